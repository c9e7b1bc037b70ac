import type { Verdict } from '../kernel/refusal.ts';
import type { EnvelopeContext } from '../trust/index.ts';
import type { CloseDocument } from './bid.schema.ts';
import type { BidStamp } from '../timekeeping/index.ts';
import type { BiddingCode } from './bidding.refusals.ts';

type Says = Verdict<BiddingCode>;

type Open = { readonly lotState: string; readonly deadline: Date; readonly now: Date };

/** May a bid change now? Half-open: at the very millisecond of the deadline it is too late. @law 招标投标法 §28; 87号令 §33 */
export function maySubmitBid({ lotState, deadline, now }: Open): Says {
  if (now.getTime() >= deadline.getTime())
    return [{ code: 'bid.after-deadline', facts: { deadline: deadline.toISOString() } }];
  if (lotState !== 'bidding') return [{ code: 'bid.lot-not-open' }];
  return [];
}

/** May a bidder begin an envelope? Decisions that forbid bidding are the registry's to say. */
export function mayOpenEnvelope(
  facts: Open & {
    readonly organisationState: string;
    readonly hasCertificate: boolean;
    readonly certificateUntil: Date | null;
    /** Holds a valid signing certificate, but only of the other suite. */
    readonly otherSuite?: boolean;
    /** Does the tender need the bidder's own key, and is there none to wrap it to? */
    readonly lacksGateKey?: boolean;
    readonly openEnvelopes: number;
  },
): Says {
  const says: Says[number][] = [...maySubmitBid(facts)];
  if (facts.organisationState !== 'active') says.push({ code: 'bid.organisation-not-active' });
  if (facts.otherSuite) says.push({ code: 'bid.other-suite' });
  else if (!facts.hasCertificate || (facts.certificateUntil && facts.certificateUntil.getTime() <= facts.now.getTime()))
    says.push({ code: 'bid.no-certificate' });
  if (facts.lacksGateKey) says.push({ code: 'bid.no-encryption-certificate' });
  if (facts.openEnvelopes >= mostOpenEnvelopes)
    says.push({ code: 'bid.too-many-open', facts: { most: mostOpenEnvelopes } });
  return says;
}
export const mostOpenEnvelopes = 5;

/** May a piece be stored? Only while the bid may still change, within its envelope's piece length and the bidder's quota. */
export function mayStorePiece(
  facts: Open & {
    readonly envelopeState: string;
    readonly size: number;
    readonly pieceLength: number;
    readonly used: number;
    readonly quota: number;
  },
): Says {
  const closed = maySubmitBid(facts);
  if (closed.length > 0) return closed;
  const says: Says[number][] = [];
  if (facts.envelopeState !== 'open') says.push({ code: 'bid.envelope-not-open' });
  if (facts.size > facts.pieceLength) says.push({ code: 'bid.piece-too-large', facts: { most: facts.pieceLength } });
  if (facts.used + facts.size > facts.quota) says.push({ code: 'bid.quota-exceeded', facts: { quota: facts.quota } });
  return says;
}

type HeadFacts = { readonly seq: number; readonly manifestHash: string | null };

/** Compare-and-set: an envelope replaces the bid it was made to replace, or none. */
export function followsHead({
  seq,
  supersedes,
  head,
}: {
  readonly seq: number;
  readonly supersedes: string | null;
  readonly head: HeadFacts;
}): Says {
  return seq > head.seq && supersedes === head.manifestHash ? [] : [{ code: 'bid.head-moved' }];
}

/** May this bid be taken back? Any time before the deadline, without a reason. @law 招标投标法 §29; 87号令 §34 */
export function mayWithdrawBid(facts: Open & { readonly head: HeadFacts | null; readonly manifestHash: string }): Says {
  const says = maySubmitBid(facts);
  if (says.length > 0) return says;
  return facts.head?.manifestHash === facts.manifestHash ? [] : [{ code: 'bid.nothing-to-withdraw' }];
}

/** Are the timestamps that come with a bid good? A bid needs none; one that it carries must hold and precede the deadline. @law 招标投标法 §28 */
export const judgeStamps = (stamps: readonly BidStamp[], deadline: Date): Says =>
  stamps.flatMap((stamp, at): Says => {
    if (stamp.outcome === 'before') return [];
    return stamp.outcome === 'late'
      ? [
          {
            code: 'bid.timestamp-late',
            field: `timestamps.${at}`,
            facts: { at: stamp.stamp.time.toISOString(), deadline: deadline.toISOString() },
          },
        ]
      : [{ code: 'bid.timestamp-refused', field: `timestamps.${at}`, facts: { no: at + 1, reason: stamp.reason } }];
  });

/** Are there enough bids to open? With fewer than three none is opened. @law 政府采购法 §36; 87号令 §41 */
export const enoughBids = (count: number): boolean => count >= leastBids;
export const leastBids = 3;

/** A receipt or a withdrawal as its disclosed log entry shows it. */
export type DisclosedBid =
  | { readonly type: 'bid.receipt'; readonly manifestHash: string; readonly supersedes: string | null }
  | { readonly type: 'bid.withdraw'; readonly manifestHash: string };

/** The bids that count, worked out by anybody from the disclosed entries of a lot: received, neither replaced nor taken back. */
export function headsFrom(entries: readonly DisclosedBid[]): string[] {
  const gone = new Set(entries.map((entry) => (entry.type === 'bid.withdraw' ? entry.manifestHash : entry.supersedes)));
  return entries.flatMap((entry) =>
    entry.type === 'bid.receipt' && !gone.has(entry.manifestHash) ? [entry.manifestHash] : [],
  );
}

/** Does a close document list exactly the bids that its lot's disclosed entries leave standing? */
export function closeMatches(close: CloseDocument, entries: readonly DisclosedBid[]): boolean {
  const listed = close.heads.map(({ manifestHash }) => manifestHash).sort();
  const standing = headsFrom(entries).sort();
  return listed.length === standing.length && listed.every((hash, at) => hash === standing[at]);
}

/** Was this envelope sealed for the place where the close document lists it: this lot, this bidder, this version? */
export function isListedFor(
  { tenderId, lotId, heads }: CloseDocument,
  { manifestHash, ctx }: { readonly manifestHash: string; readonly ctx: EnvelopeContext },
): boolean {
  const head = heads.find((one) => one.manifestHash === manifestHash);
  return (
    head?.seq === ctx.seq &&
    ctx.tenderId === tenderId &&
    ctx.lotId === lotId &&
    (head.bidder === null || head.bidder.certSha256 === ctx.bidderCertSha256)
  );
}
