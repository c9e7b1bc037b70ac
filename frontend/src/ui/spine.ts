/** One event on the spine. */
export type SpineItem = {
  readonly id: string;
  /** past ● happened, now ◉, next ○ to come. */
  readonly state: 'past' | 'now' | 'next';
  /** When, already in words: `11月2日 09:00`, `至 12月14日`. */
  readonly when: string;
  readonly title: string;
  readonly text?: string | undefined;
  /** Its public record number; opens its check. */
  readonly record?: number | undefined;
};
