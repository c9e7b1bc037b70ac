import {
  CloseDocument,
  deadlineBy,
  finalizeEnvelope,
  OutageCertificate,
  putPiece,
  readClose,
  readOutageCertificate,
  readOutages,
  readSealing,
} from '@xinbiao/contracts/bidding';
import { addTime, instantText } from '@xinbiao/contracts/kernel';
import { listEntries } from '@xinbiao/contracts/ledger';
import { readTender } from '@xinbiao/contracts/publication';
import { stampedDigest, handAttestation, readReachability } from '@xinbiao/contracts/timekeeping';
import {
  acknowledge,
  attest,
  bytesOf,
  parseCanonical,
  policyText,
  parseVerifierKey,
  reachability,
  sha256Hex,
  signerKey,
} from '@xinbiao/contracts/trust';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Cast } from '../../../scripts/play/cast.ts';
import { Clock } from '../../src/platform/index.ts';
import { Lot } from '../../src/tendering/index.ts';
import { beat, noteDowntime } from '../../src/timekeeping/index.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { castFor, handIn, publishedLots, sealBid, type PublishedLots, type SealedBid } from '../lots.ts';
import { outsider, openLot, takeAll } from '../attacks/time.ts';

/* The platform was away before a deadline. What its tenders promise for that happens, and nothing else. */

let house: TestHouse;
let cast: Cast;
const price = 300_000_000n;
const minute = 60_000;
const hour = 3_600_000;
const witnesses = ['court.example', 'notary.example'].map((name, at) =>
  signerKey(name, new Uint8Array(32).fill(40 + at), 4),
);

beforeAll(async () => {
  house = await openHouse();
  cast = await castFor(house, { bidders: 3 });
  // Two witnesses of the log, as its policy would name them.
  Object.defineProperty(house.house.ledger, 'policy', {
    value: policyText({
      logs: [{ key: parseVerifierKey(house.house.ledger.verifierKey) }],
      witnesses: witnesses.map((key, at) => ({ name: `w${at}`, key })),
      threshold: 2,
    }),
  });
});
afterAll(() => house.close());

const terms = { withinHours: 24, minutes: 30, extendHours: 24, redeliverHours: 0 };
let published: PublishedLots;
let lotId = '';
async function aTender(outage: typeof terms): Promise<void> {
  published = await publishedLots(house, cast, 1, (draft) => ({
    ...draft,
    outage,
    sealing: { ...draft.sealing, precheck: 'dummy' },
  }));
  [lotId = ''] = published.lots;
  await takeAll(cast, published);
}
const at = (milliseconds: number): Date => addTime(published.deadline, milliseconds);
const down = (from: number, to: number) => noteDowntime(house.house, { from: at(from), to: at(to), cause: 'silent' });
const deadlineNow = async () => (await cast.bidders[0]!.client.call(readSealing, { params: { lotId } })).deadline;
const outages = () => house.anybody.call(readOutages, { params: { tenderId: published.tenderId } });
const isClosed = () =>
  house.anybody.call(readClose, { params: { lotId } }).then(
    () => true,
    () => false,
  );
const findings = async () =>
  (await outsider(house, published.tenderId)).filter((one) => /^(?:close|time|outages)\./.test(one));
async function entries() {
  await house.house.ledger.sequencer.drain();
  const { rows } = await house.anybody.call(listEntries, { query: { scope: lotId, limit: 100 } });
  return rows.flatMap(({ body }) => (body ? [body] : [])).reverse();
}

describe('measuring', () => {
  test('a heartbeat that stops is an outage from its last beat to the next; one that is late is none', async () => {
    let real = new Date('2026-11-20T00:00:00.000Z');
    const clock = new Clock({ sandbox: true, offset: hour, real: () => real });
    const beating = { ...house.house, clock };
    const reach = async () =>
      (await house.anybody.call(readReachability, { query: { days: 366 } })).rows.filter(({ from }) =>
        from.startsWith('2026-11-20'),
      );
    await beat(beating);
    for (let step = 0; step < 4; step += 1) {
      real = addTime(real, 19_000);
      await beat(beating);
    }
    expect(await reach()).toEqual([]);
    const from = real;
    real = addTime(real, 7 * minute);
    await beat(beating);
    // In business time, by which deadlines are judged.
    expect(await reach()).toEqual([
      { from: instantText(addTime(from, hour)), to: instantText(addTime(real, hour)), by: 'platform' },
    ]);
    // A rehearsal that was switched off was not away.
    real = addTime(real, hour);
    await beat(beating, { starting: true });
    expect(await reach()).toHaveLength(1);
    real = addTime(real, 5_000);
    Object.assign(house.house.time.answers, { all: 20, failed: 19 });
    await beat(beating);
    expect(await reach()).toHaveLength(2);
  });

  test('what a witness of the log signed is taken from whoever brings it, and nothing else', async () => {
    const seen = reachability({
      log: house.house.ledger.origin,
      address: house.url,
      from: 1_700_000_000,
      to: 1_700_003_600,
      every: 30,
      probes: [{ at: 1_700_000_100, state: 'down' }],
    });
    const stranger = signerKey('stranger.example', new Uint8Array(32).fill(9), 4);
    for (const note of [
      attest(seen, stranger, 1_700_003_700),
      attest({ ...seen, log: 'elsewhere' }, witnesses[0]!, 1_700_003_700),
      'rubbish',
    ])
      expect(await house.anybody.refused(handAttestation, { body: { note } })).toEqual(['time.no-attestation']);
    await house.anybody.call(handAttestation, { body: { note: attest(seen, witnesses[0]!, 1_700_003_700) } });
  });
});

describe('a document that promises a later deadline', () => {
  beforeEach(() => aTender(terms));

  test('moves it by what it promises, once, as soon as enough is measured, and says so to everybody', async () => {
    house.clock.set(at(-5 * hour));
    await handIn(cast.bidders[0]!, lotId, { price });
    await down(-4 * hour, -4 * hour + 20 * minute);
    house.clock.set(at(-3 * hour));
    await house.tick();
    expect(await outages()).toMatchObject({ minutes: 20, rows: [] });
    await down(-2 * hour, -2 * hour + 10 * minute);
    house.clock.set(at(-hour));
    await house.tick();
    const moved = instantText(at(24 * hour));
    expect(await deadlineNow()).toBe(moved);
    // The officers' trials go on to the new deadline, counted back from it.
    const { precheckAt } = await house.house.fork().findOneOrFail(Lot, { id: lotId });
    expect(precheckAt).toEqual(at(0));
    const { rows } = await outages();
    expect(rows).toMatchObject([
      { kind: 'extend', from: instantText(published.deadline), to: moved, minutes: 30, attested: false },
    ]);
    const certificate = OutageCertificate.parse(parseCanonical(rows[0]!.certificate));
    expect(certificate.unreachable.map(({ by }) => by)).toEqual([['platform'], ['platform']]);
    expect(sha256Hex(bytesOf(rows[0]!.certificate))).toBe(rows[0]!.hash);
    const paper = await house.anybody.call(readOutageCertificate, {
      params: { tenderId: published.tenderId, hash: rows[0]!.hash },
    });
    expect(new TextDecoder('latin1').decode(paper.subarray(0, 5) as Uint8Array)).toBe('%PDF-');
    expect((await house.anybody.call(readTender, { params: { tenderId: published.tenderId } })).deadline).toBe(moved);
    // A second outage moves nothing: the promise holds once.
    await down(-50 * minute, -10 * minute);
    house.clock.set(at(-minute));
    await house.tick();
    expect(await deadlineNow()).toBe(moved);
    // At the old deadline the lot goes on taking bids, and closes at the new one.
    house.clock.set(at(0));
    await house.tick();
    expect(await isClosed()).toBe(false);
    for (const bidder of cast.bidders) await handIn(bidder, lotId, { price });
    house.clock.set(at(24 * hour));
    await house.tick();
    const close = await house.anybody.call(readClose, { params: { lotId } });
    expect(CloseDocument.parse(parseCanonical(close.document))).toMatchObject({ deadline: moved, heads: [{}, {}, {}] });
    expect(await findings()).toEqual([]);
    // Notice and log together give the deadline to anybody.
    expect(
      deadlineBy(await entries(), {
        lotId,
        tenderId: published.tenderId,
        deadline: instantText(published.deadline),
        terms,
      }),
    ).toEqual({ deadline: moved, redeliverUntil: null });
  });

  test('one witness alone moves nothing; two that agree do, and the certificate names what they signed', async () => {
    const from = Math.floor(at(-3 * hour).getTime() / 1000);
    const probes = Array.from({ length: 80 }, (_, nth) => ({
      at: from + nth * 30,
      state: nth < 70 ? ('down' as const) : ('up' as const),
    }));
    const seen = reachability({
      log: house.house.ledger.origin,
      address: house.url,
      from,
      to: from + 2400,
      every: 30,
      probes,
    });
    const bring = (nth: number) =>
      house.anybody.call(handAttestation, { body: { note: attest(seen, witnesses[nth]!, from + 2500) } });
    house.clock.set(at(-hour));
    await bring(0);
    await house.tick();
    expect((await outages()).rows).toEqual([]);
    await bring(1);
    await house.tick();
    const { rows } = await outages();
    expect(rows).toMatchObject([{ kind: 'extend', minutes: 34, attested: true }]);
    const { attestations, unreachable } = OutageCertificate.parse(parseCanonical(rows[0]!.certificate));
    expect(attestations).toHaveLength(2);
    expect(unreachable[0]?.by).toEqual(['court.example', 'notary.example']);
    expect(await findings()).toEqual([]);
  });

  test('too little, too early, or after a deadline that the platform was there for moves nothing', async () => {
    await down(-30 * hour, -25 * hour);
    await down(-2 * hour, -2 * hour + 29 * minute);
    house.clock.set(at(-minute));
    await house.tick();
    expect((await outages()).rows).toEqual([]);
    house.clock.set(at(1));
    await house.tick();
    expect(await isClosed()).toBe(true);
    await down(-hour, -hour + 20 * minute);
    house.clock.set(at(minute));
    await house.tick();
    expect((await outages()).rows).toEqual([]);
  });

  test('a platform that was away over the deadline itself keeps the promise when it is back, before it closes anything', async () => {
    house.clock.set(at(-2 * hour));
    await handIn(cast.bidders[0]!, lotId, { price });
    await down(-40 * minute, 15 * minute);
    house.clock.set(at(15 * minute));
    await house.tick();
    expect(await isClosed()).toBe(false);
    expect(await deadlineNow()).toBe(instantText(at(24 * hour)));
    await handIn(cast.bidders[1]!, lotId, { price });
    expect(await findings()).toEqual([]);
  });

  test('a deadline that the operator moves without the document, or by more, is found out', async () => {
    house.clock.set(at(-hour));
    const { record } = await import('../../src/ledger/index.ts');
    const { transact } = await import('../../src/platform/index.ts');
    const { lockLot, moveDeadline } = await import('../../src/tendering/index.ts');
    await transact(house.house.fork(), async (tx) => {
      await record(tx, {
        scope: lotId,
        type: 'outage.extend',
        visibility: 'public',
        at: house.clock.now(),
        body: {
          tender: published.tenderId,
          from: instantText(published.deadline),
          to: instantText(at(48 * hour)),
          minutes: 45,
          certificate: 'ab'.repeat(32),
        },
      });
      await moveDeadline(tx, await lockLot(tx, lotId), at(48 * hour), house.clock.now());
    });
    for (const bidder of cast.bidders) await handIn(bidder, lotId, { price });
    house.clock.set(at(48 * hour));
    await house.tick();
    const found = await findings();
    expect(found).toContainEqual(expect.stringMatching(/^outages\.promise broken: .*not what the document promises/));
    expect(found).toContainEqual(
      expect.stringMatching(/^close\.bids broken: .*the close document says the deadline was/),
    );
  });
});

describe('a document that lets the identical bytes come later', () => {
  const redeliver = { ...terms, extendHours: 0, redeliverHours: 48 };
  let sealed: SealedBid;
  let timestamps: string[];
  const hand = (bid: SealedBid, more: { timestamps?: string[]; acknowledgements?: string[] } = {}) => ({
    params: { envelopeId: bid.envelopeId },
    body: { manifest: bid.manifest, signature: bid.signature, timestamps: [], ...more },
  });

  beforeEach(async () => {
    await aTender(redeliver);
    house.clock.set(at(-3 * hour));
    for (const bidder of cast.bidders.slice(0, 2)) await handIn(bidder, lotId, { price });
    sealed = await sealBid(cast.bidders[2]!, lotId, { price });
    // Signed and stamped, and then the platform was gone.
    timestamps = await house.house.time.stamp(stampedDigest(sealed.signature));
    await down(-2 * hour, -hour);
    house.clock.set(at(0));
    await house.tick();
  });

  test('waits with the close, takes what was stamped before, and nothing that was not', async () => {
    expect((await outages()).rows).toMatchObject([{ kind: 'redeliver', to: instantText(at(48 * hour)), minutes: 60 }]);
    expect(await isClosed()).toBe(false);
    const { client } = cast.bidders[2]!;
    house.clock.set(at(10 * hour));
    await house.tick();
    for (const { sha256, bytes } of sealed.pieces)
      await client.call(putPiece, { params: { envelopeId: sealed.envelopeId, sha256 }, raw: bytes });
    expect(await client.refused(finalizeEnvelope, hand(sealed))).toEqual(['bid.redelivery-unproven']);
    const late = await house.house.time.stamp(stampedDigest(sealed.signature));
    expect(await client.refused(finalizeEnvelope, hand(sealed, { timestamps: late }))).toEqual(['bid.timestamp-late']);
    await client.call(finalizeEnvelope, hand(sealed, { timestamps }));
    // Nothing new can be begun, nor what was handed in be replaced.
    await expect(sealBid(cast.bidders[0]!, lotId, { price })).rejects.toThrow(/after-deadline/);
    house.clock.set(at(48 * hour));
    await house.tick();
    const close = await house.anybody.call(readClose, { params: { lotId } });
    const document = CloseDocument.parse(parseCanonical(close.document));
    expect(document).toMatchObject({ deadline: instantText(published.deadline), closedAt: instantText(at(48 * hour)) });
    expect(document.heads.map(({ manifestHash }) => manifestHash)).toContain(sealed.manifestHash);
    await openLot(house, cast, lotId);
    expect(await findings()).toEqual([]);
  });

  test('a witness that was shown the fingerprint in time is proof as well; one that was shown it later is none', async () => {
    const { client } = cast.bidders[2]!;
    house.clock.set(at(hour));
    await sealed.upload();
    const seconds = (milliseconds: number) => Math.floor(at(milliseconds).getTime() / 1000);
    const note = (when: number) => acknowledge(sealed.manifestHash, witnesses[0]!, seconds(when));
    const stranger = acknowledge(
      sealed.manifestHash,
      signerKey('x.example', new Uint8Array(32).fill(3), 4),
      seconds(-hour),
    );
    const other = acknowledge('cd'.repeat(32), witnesses[0]!, seconds(-hour));
    expect(
      await client.refused(finalizeEnvelope, hand(sealed, { acknowledgements: [note(minute), stranger, other] })),
    ).toEqual(['bid.redelivery-unproven']);
    await client.call(finalizeEnvelope, hand(sealed, { acknowledgements: [note(-minute)] }));
  });

  test('after the promised time nothing is taken', async () => {
    await sealed.upload();
    house.clock.set(at(48 * hour));
    expect(await cast.bidders[2]!.client.refused(finalizeEnvelope, hand(sealed, { timestamps }))).toEqual([
      'bid.after-deadline',
    ]);
  });

  test('a bid that the server takes in this time without proof is found out by an outsider', async () => {
    house.clock.set(at(hour));
    await sealed.upload();
    // The server looks away: what it was given proves nothing.
    const { Envelope } = await import('../../src/bidding/index.ts');
    await cast.bidders[2]!.client.call(finalizeEnvelope, hand(sealed, { timestamps }));
    await house.house.fork().nativeUpdate(Envelope, { id: sealed.envelopeId }, { timestamps: [] });
    house.clock.set(at(48 * hour));
    await house.tick();
    await openLot(house, cast, lotId);
    expect(await findings()).toContainEqual(
      expect.stringMatching(
        /^time\.bids broken: .*handed in after the deadline, and neither an authority nor a witness/,
      ),
    );
  });
});
