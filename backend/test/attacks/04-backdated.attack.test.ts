import { closeLots, Envelope, LotClose } from '../../src/bidding/index.ts';
import { disclose, record } from '../../src/ledger/index.ts';
import { Timekeeper } from '../../src/timekeeping/index.ts';
import { transact } from '../../src/platform/index.ts';
import { CloseDocument } from '@xinbiao/contracts/bidding';
import { addTime } from '@xinbiao/contracts/kernel';
import { stampedDigest } from '@xinbiao/contracts/timekeeping';
import { bytesOf, canonical, countersign, parseCanonical, sha256Hex, signerKey } from '@xinbiao/contracts/trust';
import { readOwnManifest } from '@xinbiao/contracts/bidding';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Cast } from '../../../scripts/play/cast.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { castFor, handIn, publishedLots, type PublishedLots } from '../lots.ts';
import { openLot, outsider, takeAll, trueClock } from './time.ts';
import { attack } from './table.ts';

/*
 * Three honest bidders; a fourth, a friend of the operator's, hears the others' prices after the deadline and hands in
 * then. The operator turns the server's clock back for it. What the server writes is consistent; clocks that are not
 * its own give it away.
 */

let house: TestHouse;
let cast: Cast;
let published: PublishedLots;
let lotId = '';
/** The time as it really is; the server's clock is whatever the operator makes it. */
let trueNow: Date;
const price = 300_000_000n;

beforeAll(async () => {
  house = await openHouse();
  await trueClock(house, () => trueNow);
  cast = await castFor(house, { bidders: 4 });
});
afterAll(() => house.close());
const { stampFrom } = Timekeeper.prototype;
beforeEach(async () => {
  house.house.time.stampFrom = stampFrom;
  published = await publishedLots(house, cast, 1);
  [lotId = ''] = published.lots;
  await takeAll(cast, published);
  at(-60_000);
  for (const bidder of cast.bidders.slice(0, 3)) await handIn(bidder, lotId, { price });
});

/** Real time and the server's, this much after the deadline. */
function at(milliseconds: number): void {
  trueNow = addTime(published.deadline, milliseconds);
  house.clock.set(trueNow);
}
const friend = () => cast.bidders[3]!;
/** The operator's hand on the clock while the friend hands in. */
async function backdated(): Promise<string> {
  house.clock.set(addTime(published.deadline, -1_000));
  const { envelopeId } = await handIn(friend(), lotId, { price: price - 1n });
  house.clock.set(trueNow);
  return envelopeId;
}

describe(attack(4), () => {
  test('an honest lot gives an outsider nothing to say against its times', async () => {
    at(1_000);
    await house.tick();
    await openLot(house, cast, lotId);
    expect((await outsider(house, published.tenderId)).filter((one) => one.startsWith('time.'))).toEqual([]);
  });

  test('before the close: a token from after the deadline is refused by the server, and by the outsider where it is not', async () => {
    at(90_000);
    const envelopeId = await backdated();
    // The friend's own program left its late token out; the server that would have taken it keeps it now.
    const { signature } = await friend().client.call(readOwnManifest, { params: { envelopeId } });
    const [late = ''] = await house.house.time.stamp(stampedDigest(signature));
    await house.house.fork().nativeUpdate(Envelope, { id: envelopeId }, { timestamps: [late] });
    await house.tick();
    await openLot(house, cast, lotId);
    expect(await outsider(house, published.tenderId)).toContainEqual(
      expect.stringMatching(/^time\.bids broken: .*bid 4.*not before the deadline, and yet it counts/),
    );
  });

  test('before the close: without a token, a witness that saw the log without it gives it away', async () => {
    at(90_000);
    const witness = signerKey('notary.example', new Uint8Array(32).fill(7), 4);
    const { note } = await house.house.ledger.checkpoint(house.house.fork());
    const seen = countersign(note, witness, Math.floor(trueNow.getTime() / 1000));
    await backdated();
    await house.tick();
    await openLot(house, cast, lotId);
    const findings = await outsider(house, published.tenderId, { keys: [witness], earlier: seen });
    expect(findings).toContainEqual(
      expect.stringMatching(/^time\.order broken: .*notary\.example.*did not hold the bid.*put in late/),
    );
    // Every other check is content: the server wrote a flawless story.
    expect(findings.filter((one) => one.includes('broken')).every((one) => one.startsWith('time.'))).toBe(true);
  });

  test('the delay itself shows: the close cannot carry an instant from before the late bid', async () => {
    at(0);
    // The authority has stamped the document of three; with the fourth it is another document.
    const { time } = house.house;
    let first: string | undefined;
    time.stampFrom = async (digest, from) => {
      first ??= await stampFrom.call(time, digest, from);
      trueNow = addTime(published.deadline, 120_000);
      await backdated();
      time.stampFrom = async () => first;
      return first;
    };
    await closeLots(house.house);
    await house.house.ledger.sequencer.drain();
    const findings = await outsider(house, published.tenderId);
    expect(findings).toContainEqual(
      expect.stringMatching(/^time\.close broken: .*does not hold \(timestamp\.wrong-digest\)/),
    );
  });

  test('after the close: a receipt behind it in the log does not count, whatever the close document is made to say', async () => {
    at(1_000);
    await house.tick();
    const close = await house.house.fork().findOneOrFail(LotClose, { lotId });
    // The operator writes a receipt with a time before the deadline behind the close, and lists it.
    const manifest = 'ab'.repeat(32);
    const entry = await transact(house.house.fork(), async (tx) => {
      const recorded = await record(tx, {
        scope: lotId,
        type: 'bid.receipt',
        visibility: 'commit',
        at: addTime(published.deadline, -1_000),
        body: { manifest, seq: 1, supersedes: null, signature: 'cd'.repeat(32) },
      });
      await disclose(tx, recorded.entryId, trueNow);
      return recorded;
    });
    expect(await outsider(house, published.tenderId)).toContainEqual(
      expect.stringMatching(/^close\.bids broken: .*leaves out entry/),
    );
    const document = CloseDocument.parse(parseCanonical(close.document));
    const head = document.heads[0]!;
    const forged = canonical({
      ...document,
      heads: [
        ...document.heads,
        {
          ...head,
          leaf: entry.leafHash,
          salt: entry.salt,
          manifestHash: manifest,
          bidId: cast.bidders[3]!.known.seatId,
        },
      ],
    });
    const hash = sha256Hex(bytesOf(forged));
    await house.house.fork().nativeUpdate(LotClose, { lotId }, { document: forged, hash });
    expect(await outsider(house, published.tenderId)).toContainEqual(
      expect.stringMatching(/^close\.bids broken: .*close document of lot 1 is not the one on record/),
    );
  });
});
