/**
 * How officers' trials of shares run: every lot of a tender gets a batch at the same hours before its deadline, and
 * every batch holds the same number of envelopes, real or not, so that neither says anything about bids.
 */
export const precheckPlan = {
  /** Envelopes in a batch. */
  size: 12,
  /** On the last day; before it there is one batch a day. */
  lastHours: [12, 6, 3, 1],
  /** A complaint counts against a bid only if its bidder had this long to seal again. */
  noticeMinutes: 30,
} as const;

const hour = 3_600_000;

/**
 * When the batches of a lot are made: once a day, counted back from the deadline, and closer together on the last day.
 * The same for every lot, whatever is handed in.
 */
export function precheckTimes(publishedAt: Date, deadline: Date): Date[] {
  const end = deadline.getTime();
  const days = Math.floor((end - publishedAt.getTime()) / (24 * hour));
  const daily = Array.from({ length: Math.max(0, days) }, (_, at) => end - (days - at) * 24 * hour);
  const last = precheckPlan.lastHours.map((hours) => end - hours * hour);
  return [...daily, ...last].filter((at) => at > publishedAt.getTime()).map((at) => new Date(at));
}

/** When the clock has to look next. */
export const nextPrecheck = (times: readonly Date[], now: Date): Date | undefined => times.find((at) => at > now);
