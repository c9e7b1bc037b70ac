import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  closeMatches,
  enoughBids,
  followsHead,
  headsFrom,
  mayOpenEnvelope,
  mayStorePiece,
  maySubmitBid,
  mayWithdrawBid,
  type DisclosedBid,
} from './bid.rules.ts';
import type { CloseDocument } from './bid.schema.ts';

const deadline = new Date('2026-12-01T01:30:00.000Z');
const before = new Date(deadline.getTime() - 1);
const open = { lotState: 'bidding', deadline, now: before };
const codes = (verdict: readonly { code: string }[]): string[] => verdict.map(({ code }) => code);

test('takes a bid one millisecond before the deadline and refuses it at the very deadline', () => {
  expect(maySubmitBid(open)).toEqual([]);
  expect(codes(maySubmitBid({ ...open, now: deadline }))).toEqual(['bid.after-deadline']);
});

test('refuses a bid for a lot that is not open, and says the deadline first where both hold', () => {
  expect(codes(maySubmitBid({ ...open, lotState: 'failed' }))).toEqual(['bid.lot-not-open']);
  expect(codes(maySubmitBid({ ...open, lotState: 'closed', now: deadline }))).toEqual(['bid.after-deadline']);
});

test('says everything that stands in the way of an envelope', () => {
  const sound = {
    ...open,
    organisationState: 'active',
    hasCertificate: true,
    certificateUntil: null,
    openEnvelopes: 4,
  };
  expect(mayOpenEnvelope(sound)).toEqual([]);
  expect(
    codes(mayOpenEnvelope({ ...sound, organisationState: 'suspended', hasCertificate: false, openEnvelopes: 5 })),
  ).toEqual(['bid.organisation-not-active', 'bid.no-certificate', 'bid.too-many-open']);
  expect(codes(mayOpenEnvelope({ ...sound, certificateUntil: before }))).toEqual(['bid.no-certificate']);
  expect(codes(mayOpenEnvelope({ ...sound, lacksGateKey: true }))).toEqual(['bid.no-encryption-certificate']);
});

test('keeps pieces within piece length and quota', () => {
  const piece = { ...open, envelopeState: 'open', size: 8, pieceLength: 8, used: 92, quota: 100 };
  expect(mayStorePiece(piece)).toEqual([]);
  expect(codes(mayStorePiece({ ...piece, size: 9 }))).toEqual(['bid.piece-too-large', 'bid.quota-exceeded']);
  expect(codes(mayStorePiece({ ...piece, envelopeState: 'sealed' }))).toEqual(['bid.envelope-not-open']);
});

test('replaces exactly the bid an envelope was made to replace', () => {
  const head = { seq: 2, manifestHash: 'b' };
  expect(followsHead({ seq: 3, supersedes: 'b', head })).toEqual([]);
  expect(codes(followsHead({ seq: 3, supersedes: null, head }))).toEqual(['bid.head-moved']);
  expect(codes(followsHead({ seq: 2, supersedes: 'b', head }))).toEqual(['bid.head-moved']);
  expect(followsHead({ seq: 3, supersedes: null, head: { seq: 2, manifestHash: null } })).toEqual([]);
});

test('takes back the current bid and no other, before the deadline only', () => {
  const head = { seq: 1, manifestHash: 'a' };
  expect(mayWithdrawBid({ ...open, head, manifestHash: 'a' })).toEqual([]);
  expect(codes(mayWithdrawBid({ ...open, head, manifestHash: 'b' }))).toEqual(['bid.nothing-to-withdraw']);
  expect(codes(mayWithdrawBid({ ...open, head: null, manifestHash: 'a' }))).toEqual(['bid.nothing-to-withdraw']);
  expect(codes(mayWithdrawBid({ ...open, now: deadline, head, manifestHash: 'a' }))).toEqual(['bid.after-deadline']);
});

test('opens with three bids and not with two', () => {
  expect([enoughBids(2), enoughBids(3)]).toEqual([false, true]);
});

/** What bidders do, and who counts at the end by bookkeeping of its own. */
const stories = fc.array(
  fc.record({ bidder: fc.integer({ min: 0, max: 4 }), does: fc.constantFrom('hand in', 'take back') }),
  { maxLength: 30 },
);

function told(story: readonly { bidder: number; does: string }[]): { entries: DisclosedBid[]; standing: string[] } {
  const heads = new Map<number, string>();
  const entries: DisclosedBid[] = [];
  for (const [at, { bidder, does }] of story.entries()) {
    const head = heads.get(bidder);
    if (does === 'hand in') {
      entries.push({ type: 'bid.receipt', manifestHash: `m${at}`, supersedes: head ?? null });
      heads.set(bidder, `m${at}`);
    } else if (head) {
      entries.push({ type: 'bid.withdraw', manifestHash: head });
      heads.delete(bidder);
    }
  }
  return { entries, standing: [...heads.values()].sort() };
}

test('anybody finds the bids that count from the disclosed entries, in whatever order', () => {
  fc.assert(
    fc.property(stories, fc.infiniteStream(fc.nat()), (story, random) => {
      const { entries, standing } = told(story);
      const shuffled = entries
        .map((entry) => ({ entry, key: random.next().value as number }))
        .sort((a, b) => a.key - b.key)
        .map(({ entry }) => entry);
      expect(headsFrom(shuffled).sort()).toEqual(standing);
    }),
  );
});

test('notices a close document that leaves a bid out or lists one too many', () => {
  const { entries } = told([
    { bidder: 0, does: 'hand in' },
    { bidder: 1, does: 'hand in' },
    { bidder: 1, does: 'hand in' },
  ]);
  const listing = (hashes: string[]): CloseDocument => ({
    v: 'xinbiao/close/v1',
    tenderId: '',
    lotId: '',
    deadline: '',
    closedAt: '',
    others: [],
    token: null,
    heads: hashes.map((manifestHash) => ({
      manifestHash,
      leaf: '',
      salt: '',
      bidId: '',
      seq: 1,
      receivedAt: '',
      bidder: null,
    })),
  });
  expect(closeMatches(listing(['m0', 'm2']), entries)).toBe(true);
  expect(closeMatches(listing(['m0']), entries)).toBe(false);
  expect(closeMatches(listing(['m0', 'm1']), entries)).toBe(false);
  expect(closeMatches(listing(['m0', 'm1', 'm2']), entries)).toBe(false);
});

/** What one bidder does with several envelopes begun at different times, handed in in any order. */
const races = fc.array(
  fc.oneof(
    fc.constant({ does: 'begin' as const, which: 0 }),
    fc.record({ does: fc.constant('hand in' as const), which: fc.nat(5) }),
    fc.record({ does: fc.constant('take back' as const), which: fc.nat(5) }),
  ),
  { maxLength: 40 },
);

test('whatever a bidder begins, hands in late and takes back, versions form one chain with one head', () => {
  fc.assert(
    fc.property(races, (race) => {
      let seq = 0;
      let head: { seq: number; manifestHash: string } | null = null;
      const begun: { seq: number; supersedes: string | null; manifestHash: string }[] = [];
      const entries: DisclosedBid[] = [];
      const accepted: { seq: number; supersedes: string | null; manifestHash: string }[] = [];
      for (const { does, which } of race) {
        if (does === 'begin') {
          begun.push({ seq: seq + 1, supersedes: head?.manifestHash ?? null, manifestHash: `m${begun.length}` });
        } else if (does === 'hand in') {
          const envelope = begun[which];
          if (!envelope || accepted.includes(envelope)) continue;
          const says = followsHead({ ...envelope, head: { seq, manifestHash: head?.manifestHash ?? null } });
          // Only what was begun after the last change counts.
          expect(says.length === 0).toBe(envelope.seq > seq && envelope.supersedes === (head?.manifestHash ?? null));
          if (says.length > 0) continue;
          accepted.push(envelope);
          entries.push({ type: 'bid.receipt', manifestHash: envelope.manifestHash, supersedes: envelope.supersedes });
          ({ seq } = envelope);
          head = { seq, manifestHash: envelope.manifestHash };
        } else {
          const manifestHash: string = begun[which]?.manifestHash ?? '';
          const says = mayWithdrawBid({ ...open, head, manifestHash });
          expect(says.length === 0).toBe(head?.manifestHash === manifestHash);
          if (says.length > 0) continue;
          entries.push({ type: 'bid.withdraw', manifestHash });
          head = null;
        }
      }
      expect(headsFrom(entries)).toEqual(head === null ? [] : [(head as { manifestHash: string }).manifestHash]);
      const numbers = accepted.map((envelope) => envelope.seq);
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
      const replaced = accepted.flatMap(({ supersedes }) => supersedes ?? []);
      expect(new Set(replaced).size).toBe(replaced.length);
    }),
    { numRuns: 500 },
  );
});
