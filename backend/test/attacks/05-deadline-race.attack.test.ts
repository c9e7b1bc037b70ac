import {
  CloseDocument,
  finalizeEnvelope,
  handIn,
  readClose,
  type FinalizeAnswer,
  type Handed,
} from '@xinbiao/contracts/bidding';
import { addTime, instantOf, instantText } from '@xinbiao/contracts/kernel';
import { findEntry } from '@xinbiao/contracts/ledger';
import { parseCanonical } from '@xinbiao/contracts/trust';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeLots } from '../../src/bidding/index.ts';
import { Timekeeper } from '../../src/timekeeping/index.ts';
import { Said } from '../../../scripts/play/client.ts';
import type { Cast } from '../../../scripts/play/cast.ts';
import type { Person } from '../../../scripts/play/person.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { castFor, publishedLots, sealBid, type SealedBid } from '../lots.ts';
import { outsider, takeAll, trueClock } from './time.ts';
import { attack } from './table.ts';

/*
 * A thousand submissions around the deadline, on a server whose clock is two minutes ahead or behind and jumps back
 * and forth by as much as a second while the close is under way. Each client must come out with a receipt or with a
 * refusal: never with both, never with neither. Takes some minutes, most of them for sealing.
 */

const clients = 5;
const lots = 20;
const tenders = 5;
const skews = [120_000, -120_000];

let house: TestHouse;
let cast: Cast;
/** The lots for each way in which the clock is wrong, and when they close. */
const groups: { readonly lots: readonly string[]; readonly deadline: Date }[] = [];
let trueNow: Date;
const waiting: { bidder: Person; lotId: string; sealed: SealedBid }[] = [];

beforeAll(async () => {
  house = await openHouse();
  trueNow = house.clock.now();
  await trueClock(house, () => trueNow);
  cast = await castFor(house, { bidders: clients });
  for (const at of skews.keys()) {
    const own: string[] = [];
    let deadline = new Date(0);
    for (let count = 0; count < tenders; count += 1) {
      const published = await publishedLots(house, cast, lots, (draft) => {
        // Each clock has a deadline of its own, a day apart.
        deadline = addTime(instantOf(draft.deadline), at * 86_400_000);
        return { ...draft, deadline: instantText(deadline) };
      });
      own.push(...published.lots);
      await takeAll(cast, published);
    }
    groups.push({ lots: own, deadline });
  }
  house.clock.set(addTime(groups[0]?.deadline ?? house.clock.now(), -3_600_000));
  await Promise.all(
    cast.bidders.map(async (bidder) => {
      for (const lotId of groups.flatMap(({ lots: own }) => own)) {
        const sealed = await sealBid(bidder, lotId, { price: 300_000_000n });
        await sealed.upload();
        waiting.push({ bidder, lotId, sealed });
      }
    }),
  );
}, 900_000);
afterAll(() => house.close());

type Out = {
  readonly lotId: string;
  readonly manifestHash: string;
  readonly handed: Handed<{ readonly code: string }>;
};

async function submit({ bidder, lotId, sealed }: (typeof waiting)[number]): Promise<Out> {
  const { envelopeId, manifest, manifestHash, signature } = sealed;
  const handed = await handIn<{ readonly code: string }>({
    bid: { envelopeId, manifest, manifestHash, signature, timestamps: [] },
    finalize: async (timestamps): Promise<FinalizeAnswer<{ readonly code: string }>> => {
      try {
        const value = await bidder.client.call(finalizeEnvelope, {
          params: { envelopeId },
          body: { manifest, signature, timestamps },
        });
        return { ok: true, value };
      } catch (fault) {
        if (!(fault instanceof Said)) return { ok: false, status: 0, refusals: [] };
        return { ok: false, status: fault.status, refusals: fault.refusals };
      }
    },
    logKey: async () => house.house.ledger.verifierKey,
    now: () => trueNow,
    wait: (milliseconds) => pause(milliseconds / 20),
  });
  return { lotId, manifestHash, handed };
}

/** Every look at the clock moves it, and every seventh finds it back by a good part of a second. */
function unsteady(from: Date, step: number): () => void {
  let looks = 0;
  const original = Object.getOwnPropertyDescriptor(house.clock, 'now');
  Object.defineProperty(house.clock, 'now', {
    configurable: true,
    value: () => {
      looks += 1;
      return addTime(from, Math.floor(looks * step) - (looks % 7 === 0 ? 700 : 0));
    },
  });
  return () => {
    if (original) Object.defineProperty(house.clock, 'now', original);
    else Reflect.deleteProperty(house.clock, 'now');
  };
}

describe(attack(5), () => {
  test.each(skews.map((skew, at) => [skew, at] as const))(
    'with a clock off by %i ms each of five hundred clients has a receipt from before the close, or a refusal',
    async (skew, at) => {
      const { lots: own = [], deadline = new Date(0) } = groups[at] ?? {};
      const mine = waiting.filter(({ lotId }) => own.includes(lotId));
      const lotIds = [...new Set(mine.map(({ lotId }) => lotId))];
      expect(mine).toHaveLength(clients * lots * tenders);
      // The server believes that the deadline comes while they hand in; in truth it is two minutes off.
      trueNow = addTime(deadline, -skew);
      const steady = unsteady(addTime(deadline, -400), 0.5);
      let running = true;
      const closing = (async () => {
        while (running) {
          await closeLots(house.house);
          await pause(15);
        }
      })();
      const out = await Promise.all(mine.map(submit));
      running = false;
      await closing;
      steady();
      // A clock ahead of the authority has refused bids, but could not close: no authority says that it is time.
      const closedEarly = await Promise.all(lotIds.map((lotId) => isClosed(lotId)));
      if (skew > 0) expect(closedEarly.every((closed) => !closed)).toBe(true);
      trueNow = addTime(deadline, 1_000);
      house.clock.set(addTime(deadline, 60_000));
      for (let closed = 1; closed > 0;) closed = await closeLots(house.house);
      await house.house.ledger.sequencer.drain();

      const outcomes = { proven: 0, refused: 0 };
      for (const lotId of lotIds) {
        const close = await house.anybody.call(readClose, { params: { lotId } });
        const { index } = await house.anybody.call(findEntry, { params: { hash: close.leaf } });
        const { heads } = CloseDocument.parse(parseCanonical(close.document));
        const counted = new Set(heads.map(({ manifestHash }) => manifestHash));
        for (const { manifestHash, handed } of out.filter((one) => one.lotId === lotId)) {
          if (handed.outcome === 'proven') {
            outcomes.proven += 1;
            expect(handed.receipt.index).toBeLessThan(index);
            expect(counted.has(manifestHash)).toBe(true);
          } else {
            outcomes.refused += 1;
            expect(handed.outcome).toBe('refused');
            if (handed.outcome === 'refused') {
              expect(handed.refusals.map(({ code }) => code)).toEqual([
                expect.stringMatching(/^bid\.(after-deadline|lot-not-open|envelope-not-open)$/),
              ]);
            }
            expect(counted.has(manifestHash)).toBe(false);
          }
        }
        expect(counted.size).toBe(out.filter((one) => one.lotId === lotId && one.handed.outcome === 'proven').length);
      }
      expect(outcomes.proven + outcomes.refused).toBe(clients * lots * tenders);
      expect(outcomes.proven).toBeGreaterThan(0);
      expect(outcomes.refused).toBeGreaterThan(0);
      expect(house.faults).toEqual([]);
    },
  );

  test('whoever closes early is found out by the outsider, with or without a token', async () => {
    const other = await publishedLots(house, cast, 2);
    const { time } = house.house;
    trueNow = addTime(other.deadline, -120_000);
    house.clock.set(other.deadline);
    // The operator takes any token there is, and for the other lot leaves it out.
    const [first = '', second = ''] = other.lots;
    time.stampFrom = async (digest) => (await time.stamp(digest))[0];
    await closeLots(house.house);
    time.stampFrom = Timekeeper.prototype.stampFrom;
    const findings = await outsider(house, other.tenderId);
    for (const no of [1, 2])
      expect(findings).toContainEqual(
        expect.stringMatching(
          new RegExp(`^time\\.close broken: Lot ${no}: .*before the deadline: it was closed early`),
        ),
      );
    expect([await isClosed(first), await isClosed(second)]).toEqual([true, true]);
  });

  test('a close that leaves the token out, and does not say that none was to be had, is found out', async () => {
    const other = await publishedLots(house, cast, 1);
    house.clock.set(other.deadline);
    const { time } = house.house;
    // Undefined in JSON is nothing at all: the entry says neither token nor degraded.
    time.stampFrom = async () => null as unknown as string;
    await closeLots(house.house);
    time.stampFrom = Timekeeper.prototype.stampFrom;
    expect(await outsider(house, other.tenderId)).toContainEqual(
      expect.stringMatching(/^time\.close broken: .*carries no timestamp and does not say why/),
    );
  });

  const isClosed = (lotId: string): Promise<boolean> =>
    house.anybody.call(readClose, { params: { lotId } }).then(
      () => true,
      () => false,
    );
});
