import type { Say } from '../locales/index.ts';

/** A stretch of time cut into what people count. */
export type Remaining = {
  readonly total: number;
  readonly days: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
  readonly clock: string;
};

export function remaining(milliseconds: number): Remaining {
  const total = Math.max(0, Math.ceil(milliseconds / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const [days, hours, minutes, seconds] = [
    Math.floor(total / 86_400),
    Math.floor(total / 3600) % 24,
    Math.floor(total / 60) % 60,
    total % 60,
  ];
  return { total, days, hours, minutes, seconds, clock: `${two(hours)}:${two(minutes)}:${two(seconds)}` };
}

/** The two largest units: `6 天 3 小时`, `17 分 52 秒`. */
export function remainingWords(left: Remaining, t: Say): string {
  const { days, hours, minutes, seconds } = left;
  if (days > 0) return t('ui.span.days', { days, hours });
  if (hours > 0) return t('ui.span.hours', { hours, minutes });
  return t('ui.span.minutes', { minutes, seconds });
}
