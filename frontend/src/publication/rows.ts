/** One opening in a day's list. */
export type OpeningRow = {
  readonly id: string;
  readonly to: string;
  /** When bids close and are opened. */
  readonly at: string;
  readonly title: string;
  /** Purchaser · region · lots. */
  readonly who: string;
  readonly light?: 'ok' | 'warn' | 'bad' | 'ring' | undefined;
  readonly word: string;
  readonly note?: string | undefined;
};
