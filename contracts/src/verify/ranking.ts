import { EvaluationResult, priceScore, rankBids, resultHash } from '../evaluation/index.ts';
import type { TenderContent } from '../tendering/index.ts';
import { canonical, found, parseCanonical, type LogView } from '../trust/index.ts';
import { entriesOf, type Findings, type Lot } from './record.ts';

/** Scores and ranks follow from the published numbers, and the sheets are those that were sealed. */
export function rankingFindings(lot: Lot, view: LogView, content: TenderContent | undefined): Findings {
  // An evaluation that was reopened has several results; the last one counts.
  const entry = entriesOf(view, lot.id, 'eval.result').at(-1);
  const isOver = lot.state === 'awarded' || entry?.body?.p['outcome'] === 'lt3Responsive';
  if (!entry || lot.result === null) {
    if (lot.result !== null || (entry && isOver))
      return [
        found.broken(
          `第 ${lot.no} 包的评审结果与记录不一致：一处有、一处没有。`,
          `Lot ${lot.no}: of log and material one has the result of the evaluation and the other has not.`,
          entry?.index,
        ),
      ];
    return [found.holds(`第 ${lot.no} 包的评审结果还没有公开。`, `The evaluation of lot ${lot.no} is not public yet.`)];
  }
  const result = EvaluationResult.parse(parseCanonical(lot.result));
  const findings: Findings = [];
  const sealed = entriesOf(view, lot.id, 'eval.close').at(-1);
  const sheets = result.sheets
    .map(({ expert, commitment }) => ({ expert, commitment }))
    .toSorted((a, b) => (a.expert < b.expert ? -1 : 1));
  if (!sealed || canonical(sealed.body?.p['sheets'] ?? null) !== canonical(sheets))
    findings.push(
      found.broken(
        `第 ${lot.no} 包：评审用的评分表不是封存的那些。`,
        `Lot ${lot.no}: the sheets of the evaluation are not those that were sealed.`,
        sealed?.index,
      ),
    );
  if (resultHash(result) !== entry.body?.p['result'])
    findings.push(
      found.broken(
        `第 ${lot.no} 包的评审结果与记录不符。`,
        `The result of lot ${lot.no} is not the one on record.`,
        entry.index,
      ),
    );
  const prices = new Map(
    entriesOf(view, lot.id, 'open.result').map(({ body }) => [String(body?.p['bid']), String(body?.p['price'])]),
  );
  const weight = BigInt(content?.lots.find(({ no }) => no === lot.no)?.priceWeight ?? 0);
  const valid = result.bids.filter(({ responsive, overLimit }) => responsive && !overLimit);
  const base = valid
    .map(({ price }) => BigInt(price))
    .reduce<bigint | null>((least, price) => (least === null || price < least ? price : least), null);
  for (const bid of result.bids) {
    if (prices.get(bid.bidId) !== bid.price)
      findings.push(
        found.broken(
          `第 ${lot.no} 包：评审用的报价不是开标读出的报价。`,
          `Lot ${lot.no}: a price in the evaluation is not the one that was read out.`,
          entry.index,
        ),
      );
    if (!valid.includes(bid) || result.method !== 'comprehensive' || base === null) continue;
    if (
      priceScore({ base, price: BigInt(bid.price), weight }) !== BigInt(bid.priceScore) ||
      bid.objective + bid.subjective + bid.priceScore !== bid.total
    )
      findings.push(
        found.broken(
          `第 ${lot.no} 包：有一份投标的得分算错了。`,
          `Lot ${lot.no}: a score does not add up.`,
          entry.index,
        ),
      );
  }
  const ranks = new Map(
    rankBids(
      result.method,
      valid.map(({ bidId, price, total }) => ({ id: bidId, price: BigInt(price), total: BigInt(total) })),
    ).map(({ id, rank }) => [id, rank]),
  );
  if (result.outcome === 'ranked' && result.bids.some(({ bidId, rank }) => rank !== (ranks.get(bidId) ?? null)))
    findings.push(
      found.broken(
        `第 ${lot.no} 包的名次与得分不符。`,
        `The ranks of lot ${lot.no} do not follow from the scores.`,
        entry.index,
      ),
    );
  return findings.length > 0
    ? findings
    : [
        found.holds(
          `第 ${lot.no} 包：价格分、总分和名次都重新算出来了。`,
          `Lot ${lot.no}: price scores, totals and ranks were computed again.`,
        ),
      ];
}
