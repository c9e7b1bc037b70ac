import { divideHalfUp } from '../kernel/money.ts';

/**
 * The arithmetic of evaluation, exact: prices in fen, scores in hundredths of a point, both bigint. Where a division
 * does not come out even it is rounded half up, once, at the step that names it:
 *
 * 1. which bids are responsive: more than half of the sheets say so, and the price is not over the limit;
 * 2. base price: the lowest price among responsive bids;
 * 3. price score: base / price × weight, rounded to 0.01;
 * 4. objective items: the points of the option that the bid claims, the same for all experts;
 * 5. subjective items: the mean of all sheets, item by item, rounded to 0.01;
 * 6. total: the sum of the rounded parts; nothing is rounded again.
 *
 * Highest and lowest prices or scores are never left out. @law 87号令 §55
 */

export type Hundredths = bigint;

/** 低价优先: the lowest price gets the whole weight, every other base / price of it. @law 87号令 §55 */
export function priceScore({
  base,
  price,
  weight,
}: {
  readonly base: bigint;
  readonly price: bigint;
  /** Points, 0 to 100. */ readonly weight: bigint;
}): Hundredths {
  if (price <= 0n || base <= 0n) throw new RangeError('a price is more than nothing');
  if (weight < 0n || weight > 100n) throw new RangeError('a weight lies between 0 and 100');
  return divideHalfUp(base * weight * 100n, price);
}

/** The mean of all experts' scores of one item. */
export function meanScore(scores: readonly Hundredths[]): Hundredths {
  if (scores.length === 0) throw new RangeError('no scores');
  return divideHalfUp(
    scores.reduce((sum, score) => sum + score, 0n),
    BigInt(scores.length),
  );
}

export const sum = (parts: readonly bigint[]): bigint => parts.reduce((total, part) => total + part, 0n);

/** More than half of the panel; what half says is not decided by half. @law 87号令 §61 */
export const isMajority = (votes: number, of: number): boolean => votes * 2 > of;

/** Is a price over the budget or the published ceiling? Such a bid is invalid. @law 87号令 §63 */
export const isOverLimit = (price: bigint, limit: bigint): boolean => price > limit;

export type Rankable = { readonly id: string; readonly price: bigint; readonly total: Hundredths };

/**
 * Ranks from 1; who is equal shares a rank and the next rank is left out.
 * By points: total, highest first, then price, lowest first, else joint. @law 87号令 §57
 * By price: price, lowest first, else joint. @law 87号令 §56
 */
export function rankBids(
  method: 'comprehensive' | 'lowestPrice',
  bids: readonly Rankable[],
): readonly { readonly id: string; readonly rank: number }[] {
  const order = (a: Rankable, b: Rankable): number => {
    if (method === 'comprehensive' && a.total !== b.total) return a.total > b.total ? -1 : 1;
    if (a.price !== b.price) return a.price < b.price ? -1 : 1;
    return 0;
  };
  // Equal bids stand in the order of their ids, so that the same facts always give the same document.
  const sorted = bids.toSorted((a, b) => order(a, b) || (a.id < b.id ? -1 : 1));
  let rank = 0;
  return sorted.map((bid, at) => {
    const before = sorted[at - 1];
    if (!before || order(before, bid) !== 0) rank = at + 1;
    return { id: bid.id, rank };
  });
}

export type LowPriceRule = 'half-of-mean' | 'half-of-second' | 'share-of-ceiling';
export type LowPrice = {
  readonly id: string;
  readonly rule: LowPriceRule;
  readonly price: bigint;
  /** What the percentage was taken from: the mean (rounded half up to the fen), the second lowest price, the ceiling. */
  readonly reference: bigint;
  readonly threshold: bigint;
  readonly percent: bigint;
};
/** Ratios of the three triggers; a tender may raise each to 65 at most. */
export const lowPricePercent = { mean: 50n, second: 50n, ceiling: 45n } as const;

/**
 * Prices so low that the bidder must be asked to explain: strictly under half the mean, the lowest under half the
 * second lowest, under 45 % of the ceiling. A flag with its facts, never a verdict. @law 财库〔2026〕2号
 */
export function lowPrices(
  bids: readonly { readonly id: string; readonly price: bigint }[],
  limit: bigint,
  percent: { readonly mean: bigint; readonly second: bigint; readonly ceiling: bigint } = lowPricePercent,
): LowPrice[] {
  const flags: LowPrice[] = [];
  const count = BigInt(bids.length);
  const whole = sum(bids.map(({ price }) => price));
  const sorted = bids.toSorted((a, b) => (a.price < b.price ? -1 : a.price > b.price ? 1 : a.id < b.id ? -1 : 1));
  const [lowest, second] = sorted;
  const flag = (bid: { id: string; price: bigint }, rule: LowPriceRule, reference: bigint, share: bigint): void => {
    flags.push({
      id: bid.id,
      rule,
      price: bid.price,
      reference,
      threshold: divideHalfUp(reference * share, 100n),
      percent: share,
    });
  };
  for (const bid of sorted) {
    // Compared without dividing, so that no rounding moves the line.
    if (bid.price * count * 100n < whole * percent.mean)
      flag(bid, 'half-of-mean', divideHalfUp(whole, count), percent.mean);
    if (bid === lowest && second && bid.price * 100n < second.price * percent.second)
      flag(bid, 'half-of-second', second.price, percent.second);
    if (bid.price * 100n < limit * percent.ceiling) flag(bid, 'share-of-ceiling', limit, percent.ceiling);
  }
  return flags;
}
