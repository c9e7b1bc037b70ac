import { finalizeEnvelope, readClose, readOwnManifest } from '@xinbiao/contracts/bidding';
import { addTime, fromHex } from '@xinbiao/contracts/kernel';
import { findEntry, type LogEntry } from '@xinbiao/contracts/ledger';
import { readStatus } from '@xinbiao/contracts/publication';
import { takeDocuments } from '@xinbiao/contracts/tendering';
import {
  anchorsOf,
  askAuthority,
  checkCloseToken,
  judgeBidStamps,
  listTimeAuthorities,
  stampedDigest,
  stampSignature,
  tokensOf,
} from '@xinbiao/contracts/timekeeping';
import { readTimestamp, sha256, timestampRequest } from '@xinbiao/contracts/trust';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Cast } from '../../../scripts/play/cast.ts';
import type { Person } from '../../../scripts/play/person.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { castFor, handIn, publishedLots, sealBid, type PublishedLots } from '../lots.ts';

/* What time has to do with a bid and with the close: tokens are evidence, the close waits for one, nothing waits for ever. */

let house: TestHouse;
let cast: Cast;
let published: PublishedLots;
let [a, b, c]: Person[] = [];
const price = 300_000_000n;

beforeAll(async () => {
  house = await openHouse();
  cast = await castFor(house, { bidders: 3 });
  [a, b, c] = cast.bidders;
  published = await publishedLots(house, cast, 4);
  for (const bidder of cast.bidders)
    await bidder.client.call(takeDocuments, { params: { tenderId: published.tenderId } });
});
afterAll(() => house.close());

const anchors = async () => anchorsOf(await house.anybody.call(listTimeAuthorities));
const before = (milliseconds: number) => house.clock.set(addTime(published.deadline, -milliseconds));
const after = (milliseconds: number) => house.clock.set(addTime(published.deadline, milliseconds));

/** The log's entry of a lot's close, once it is in the tree. */
async function closeOf(lotId: string): Promise<{ entry: LogEntry; document: Uint8Array } | undefined> {
  const close = await house.anybody.call(readClose, { params: { lotId } }).catch(() => undefined);
  if (!close) return undefined;
  await house.house.ledger.sequencer.drain();
  return {
    entry: await house.anybody.call(findEntry, { params: { hash: close.leaf } }),
    document: sha256(new TextEncoder().encode(close.document)),
  };
}

test('a bid carries the timestamp of its signature, made before the deadline and checked by whoever asks', async () => {
  before(60_000);
  const { envelopeId } = await handIn(a!, published.lots[0]!, { price });
  const kept = await a!.client.call(readOwnManifest, { params: { envelopeId } });
  const judged = await judgeBidStamps({ ...kept, deadline: published.deadline, anchors: await anchors() });
  expect(judged).toMatchObject([{ outcome: 'before', stamp: { time: house.clock.now() } }]);
  // Over another signature it proves nothing.
  const other = await a!.signBytes(new TextEncoder().encode('别的'));
  expect(
    await judgeBidStamps({ ...kept, signature: other, deadline: published.deadline, anchors: await anchors() }),
  ).toEqual([{ outcome: 'refused', reason: 'timestamp.wrong-digest' }]);
});

test('the platform carries questions and answers as bytes, and the asker judges them', async () => {
  before(50_000);
  const from = await house.anybody.call(listTimeAuthorities);
  const signature = await b!.signBytes(Uint8Array.of(1, 2, 3));
  const given = {
    signature,
    deadline: published.deadline,
    from,
    random: (n: number) => new Uint8Array(randomBytes(n)),
  };
  const carry = (authorityId: string, raw: Uint8Array) =>
    b!.client.call(askAuthority, { params: { authorityId }, raw }) as Promise<Uint8Array>;
  const asked = await stampSignature({ ...given, ask: ({ id }, request) => carry(id, request) });
  expect(asked).toMatchObject([{ outcome: 'stamped', authority: { demonstration: true } }]);
  expect(tokensOf(asked)).toHaveLength(1);
  // A platform that answers with an older token, or that of another signature, is found out by nonce and digest.
  const old = await carry(
    'demonstration',
    timestampRequest({ digest: stampedDigest(signature), nonce: Uint8Array.of(5) }),
  );
  expect(await stampSignature({ ...given, ask: async () => old })).toMatchObject([
    { outcome: 'refused', reason: 'timestamp.wrong-nonce' },
  ]);
  expect(await stampSignature({ ...given, ask: async () => Uint8Array.of(1, 2) })).toMatchObject([
    { outcome: 'refused', reason: 'unreadable' },
  ]);
  expect(
    await stampSignature({
      ...given,
      ask: async () => {
        throw new Error('gone');
      },
    }),
  ).toMatchObject([{ outcome: 'silent' }]);
  after(0);
  expect(await stampSignature({ ...given, ask: ({ id }, request) => carry(id, request) })).toMatchObject([
    { outcome: 'late', time: published.deadline },
  ]);
  before(50_000);
  expect(await b!.client.refused(askAuthority, { params: { authorityId: 'nobody' }, raw: Uint8Array.of(1) })).toEqual([
    'time.unknown-authority',
  ]);
  expect(
    await b!.client.refused(askAuthority, { params: { authorityId: 'demonstration' }, raw: Uint8Array.of(1) }),
  ).toEqual(['time.unreadable-question']);
});

test('a timestamp that does not hold is refused, one from the deadline on makes the bid late, none at all is fine', async () => {
  before(40_000);
  const sealed = await sealBid(b!, published.lots[0]!, { price });
  await sealed.upload();
  const hand = (timestamps: string[]) => ({
    params: { envelopeId: sealed.envelopeId },
    body: { manifest: sealed.manifest, signature: sealed.signature, timestamps },
  });
  const [foreign = ''] = await house.house.time.stamp(sha256(Uint8Array.of(1)));
  const [good = ''] = await house.house.time.stamp(stampedDigest(sealed.signature));
  expect(await b!.client.refused(finalizeEnvelope, hand([good, foreign]))).toEqual(['bid.timestamp-refused']);
  expect(await b!.client.refused(finalizeEnvelope, hand([`${good}00`]))).toEqual(['bid.timestamp-refused']);
  expect(await b!.client.refused(finalizeEnvelope, hand(['']))).toEqual(['bid.timestamp-refused']);
  after(0);
  const [late = ''] = await house.house.time.stamp(stampedDigest(sealed.signature));
  before(1);
  expect(await b!.client.refused(finalizeEnvelope, hand([good, late]))).toEqual(['bid.timestamp-late']);
  await b!.client.call(finalizeEnvelope, hand([]));
});

test('while no authority answers the close waits and no bid is taken; then it carries the token of the one that does', async () => {
  before(30_000);
  const [lotId = ''] = published.lots;
  await handIn(c!, lotId, { price });
  const { time } = house.house;
  const stampFrom = time.stampFrom.bind(time);
  time.stampFrom = async () => undefined;
  after(0);
  expect(await house.tick()).toBe(0);
  const sealed = sealBid(c!, lotId, { price });
  await expect(sealed).rejects.toThrow(/bid.after-deadline/);
  expect(await closeOf(lotId)).toBeUndefined();
  expect((await house.anybody.call(readStatus)).notes).toContain('close-waits');
  time.stampFrom = stampFrom;
  after(4_999);
  expect(await closeOf(lotId)).toBeUndefined();
  after(5_000);
  await house.tick();
  const { entry, document } = (await closeOf(lotId))!;
  const judged = await checkCloseToken({
    entry: entry.body!.p,
    document,
    deadline: published.deadline,
    anchors: await anchors(),
  });
  expect(judged).toMatchObject({ outcome: 'after', stamp: { time: addTime(published.deadline, 5_000) } });
  expect(entry.body!.p).not.toHaveProperty('degraded');
  expect(readTimestamp(fromHex(String(entry.body!.p['token']))).digest).toEqual(document);
});

test('after a set time the close goes in without a token, and says so', async () => {
  const later = await publishedLots(house, cast, 1);
  const [lotId = ''] = later.lots;
  const { time } = house.house;
  const stampFrom = time.stampFrom.bind(time);
  time.stampFrom = async () => undefined;
  house.clock.set(addTime(later.deadline, house.house.config.closeGrace - 1));
  await house.tick();
  expect(await closeOf(lotId)).toBeUndefined();
  house.clock.set(addTime(later.deadline, house.house.config.closeGrace + 5_000));
  await house.tick();
  time.stampFrom = stampFrom;
  const { entry, document } = (await closeOf(lotId))!;
  expect(entry.body!.p).toMatchObject({ token: null, degraded: true });
  expect(
    await checkCloseToken({ entry: entry.body!.p, document, deadline: later.deadline, anchors: await anchors() }),
  ).toEqual({ outcome: 'degraded' });
});

test('a bid that takes its place while the close is being stamped is stamped anew, and counts', async () => {
  const later = await publishedLots(house, cast, 1);
  const [lotId = ''] = later.lots;
  for (const bidder of [a!, b!, c!]) await bidder.client.call(takeDocuments, { params: { tenderId: later.tenderId } });
  house.clock.set(addTime(later.deadline, -60_000));
  for (const bidder of [a!, b!]) await handIn(bidder, lotId, { price });
  const sealed = await sealBid(c!, lotId, { price });
  await sealed.upload();
  const { time } = house.house;
  const stampFrom = time.stampFrom.bind(time);
  let asked = 0;
  time.stampFrom = async (digest, from) => {
    asked += 1;
    if (asked === 1) {
      // Its transaction read the clock before the deadline, and commits only now.
      house.clock.set(addTime(later.deadline, -1));
      await c!.client.call(finalizeEnvelope, {
        params: { envelopeId: sealed.envelopeId },
        body: { manifest: sealed.manifest, signature: sealed.signature, timestamps: [] },
      });
      house.clock.set(addTime(later.deadline, 1));
    }
    return stampFrom(digest, from);
  };
  house.clock.set(later.deadline);
  await house.tick();
  time.stampFrom = stampFrom;
  expect(asked).toBe(2);
  const { entry, document } = (await closeOf(lotId))!;
  expect(entry.body!.p).toMatchObject({ count: 3 });
  expect(
    await checkCloseToken({ entry: entry.body!.p, document, deadline: later.deadline, anchors: await anchors() }),
  ).toMatchObject({ outcome: 'after' });
  expect(house.faults).toEqual([]);
});
