import { addTime, toHex } from '@xinbiao/contracts/kernel';
import { readLogKey } from '@xinbiao/contracts/ledger';
import { checkFault, decideOmission, decisionAct, readEvidence, readReleaseBatch } from '@xinbiao/contracts/opening';
import { openRecovery, protectRecovery, recoveryOf, dealOfRecovery, bytesOf, judge } from '@xinbiao/contracts/trust';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Cast } from '../../../scripts/play/cast.ts';
import type { Person } from '../../../scripts/play/person.ts';
import { announce, disclose, prepareBatch, release } from '../../../scripts/play/steps.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { castFor, publishedLots, type PublishedLots } from '../lots.ts';
import {
  answering,
  bid,
  complaining,
  decrypting,
  disputeFile,
  gatesBody,
  hallOf,
  lookForOwn,
  recovering,
  reportMissing,
  rootsOf,
  scalarOf,
  stageKeysOf,
  storyOf,
  withBrokenWrap,
  type KeptBid,
} from '../openings.ts';
import { outsiderFinds } from './outsider.ts';

/*
 * Openings that do not go as they should. Lots 1 to 6 of one tender have an objection window and need the officers
 * only; the lot of another needs the bidders' own keys too.
 */

let house: TestHouse;
let cast: Cast;
let open: PublishedLots;
let gated: PublishedLots;
let lots: readonly string[];
const kept = new Map<string, KeptBid>();
const minute = 60_000;
const at = (from: Date, minutes: number): Date => addTime(from, minutes * minute);
const bidder = (at: number): Person => cast.bidders[at]!;
const own = (no: number, who: number): KeptBid => kept.get(`${no}/${who}`)!;
const lot = (no: number): string => (no === 7 ? gated.lots[0]! : lots[no - 1]!);
const now = () => house.clock.now();
const opens = (officer: Person, no: number) => release(officer, lot(no), rootsOf(house), now());
const prepared = (officer: Person, no: number) => prepareBatch(officer, lot(no), rootsOf(house), now());
const turn = async (to: Date): Promise<void> => {
  house.clock.set(to);
  await house.tick();
};

beforeAll(async () => {
  house = await openHouse();
  cast = await castFor(house);
  open = await publishedLots(house, cast, 6, (draft) => ({
    ...draft,
    sealing: { ...draft.sealing, objectionMinutes: 60, releaseMinutes: 30 },
  }));
  gated = await publishedLots(house, cast, 1, (draft) => ({
    ...draft,
    sealing: { ...draft.sealing, gate: 'bidder', objectionMinutes: 0, releaseMinutes: 30, decryptMinutes: 40 },
  }));
  ({ lots } = open);
  for (const no of [1, 2, 3, 4, 5, 6, 7])
    for (const who of [0, 1, 2])
      kept.set(
        `${no}/${who}`,
        await bid(
          bidder(who),
          lot(no),
          BigInt(no * 1000 + who),
          no === 4 && who === 2 ? { spoil: withBrokenWrap('purchaser', 1) } : {},
        ),
      );
  await turn(open.deadline);
}, 240_000);
afterAll(() => house.close());

test('with the bidders’ own keys: retried in time, from the certificate or the recovery file; who stays away has revoked its bid', async () => {
  const early = await decrypting(bidder(0), lot(7));
  expect(await bidder(0).client.refused(early.endpoint, early)).toEqual(['opening.no-gate-now']);
  for (const officer of [cast.purchaser, cast.notary]) await opens(officer, 7);
  await house.tick();
  const asked = await hallOf(house, lot(7));
  expect([asked.phase, asked.bids.map(({ gate, price }) => [gate, price])]).toEqual([
    'decrypting',
    [1, 2, 3].map(() => ['awaited', null]),
  ]);
  const { endpoint, ...first } = await decrypting(bidder(0), lot(7));
  expect((await bidder(0).client.call(endpoint, first)).gate).toBe('released');
  expect(await bidder(0).client.refused(endpoint, first)).toEqual(['opening.gate-released']);
  const mine = await decrypting(bidder(1), lot(7), own(7, 1).deal);
  const stage = mine.body.gates[0]!.stage;
  const wrong = await gatesBody(bidder(1), lot(7), own(7, 1).manifestHash, [{ stage, blob: toHex(bytesOf('{}')) }]);
  expect(await bidder(1).client.refused(endpoint, wrong)).toEqual(['opening.gate-differs']);
  const foreign = await gatesBody(bidder(1), lot(7), own(7, 1).manifestHash, first.body.gates);
  expect(await bidder(1).client.refused(endpoint, foreign)).toEqual(['opening.gate-differs']);
  await bidder(1).client.call(endpoint, mine);
  await turn(at(now(), 39));
  expect((await hallOf(house, lot(7))).phase).toBe('decrypting');
  await turn(new Date(asked.gateUntil!));
  const hall = await hallOf(house, lot(7));
  expect(
    hall.bids.map(({ state, price, faults }) => [state, price, faults.map(({ code, party }) => `${code} ${party}`)]),
  ).toEqual([
    ['opened', '7000', []],
    ['opened', '7001', []],
    ['faulty', null, ['gate.missing bidder']],
  ]);
});

test('in the objection window nobody releases, and every bidder finds its own bid in the list', async () => {
  const hall = await hallOf(house, lot(1));
  expect([hall.phase, hall.objectionUntil]).toEqual(['objecting', at(open.deadline, 60).toISOString()]);
  const verifierKey = (await house.anybody.call(readLogKey)).verifierKey;
  const act = await prepared(cast.purchaser, 1);
  await expect(announce(cast.purchaser, act)).rejects.toMatchObject({ codes: ['opening.objecting'] });
  await expect(disclose(cast.purchaser, act)).rejects.toMatchObject({ codes: ['opening.objecting'] });
  expect(await lookForOwn({ anybody: house.anybody, verifierKey }, lot(1), own(1, 0).receipt)).toEqual({
    proven: false,
    reason: 'listed',
  });
  // Whoever is listed, or shows another lot's receipt, stops nothing.
  for (const receipt of [own(1, 0).receipt, own(2, 0).receipt, 'c2sp.org/tlog-proof@v1\n']) {
    const { endpoint, ...call } = await reportMissing(bidder(0), lot(1), receipt);
    expect(await bidder(0).client.refused(endpoint, call)).toEqual(['opening.omission-not-proven']);
  }
  const finding = '没有漏列。';
  const none = { lotId: lot(1), omissionId: crypto.randomUUID() };
  const signed = await cast.supervisor.sign(decisionAct(cast.supervisor.by, { ...none, finding }));
  expect(await cast.supervisor.client.refused(decideOmission, { params: none, body: { ...signed, finding } })).toEqual([
    'opening.omission-unknown',
  ]);
  expect(await storyOf(house, lot(1))).toEqual(['tender.close']);
});

test('a batch is announced before it is revealed; asked twice, at once or in two tabs, it is the same', async () => {
  await turn(at(open.deadline, 60));
  const act = await prepared(cast.purchaser, 1);
  await expect(disclose(cast.purchaser, act)).rejects.toMatchObject({ codes: ['opening.batch-not-announced'] });
  const [first, second] = await Promise.all([announce(cast.purchaser, act), announce(cast.purchaser, act)]);
  expect(second.entry).toBe(first.entry);
  const third = await announce(cast.purchaser, await prepared(cast.purchaser, 1));
  expect(third.entry).toBe(first.entry);
  expect(
    (await hallOf(house, lot(1))).groups[0]?.members.map(({ announcedAt, releasedAt }) => [
      announcedAt !== null,
      releasedAt,
    ]),
  ).toEqual([
    [true, null],
    [false, null],
  ]);
  const both = await Promise.allSettled([disclose(cast.purchaser, act), disclose(cast.purchaser, act)]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  // Two officers at the same moment: the bids open once.
  await Promise.all([opens(cast.notary, 1), opens(cast.witness, 1)]);
  await house.tick();
  expect((await hallOf(house, lot(1))).bids.map(({ price }) => price)).toEqual(['1000', '1001', '1002']);
  const story = await storyOf(house, lot(1));
  expect(story.toSorted()).toEqual(
    [
      'tender.close',
      ...Array.from({ length: 3 }, () => ['open.batch', 'open.reveal', 'open.result']).flat(),
      'lot.open',
    ].toSorted(),
  );
  expect(story.indexOf('open.batch')).toBeLessThan(story.indexOf('open.reveal'));
});

test('another batch than the announced one is refused, named on record, and not without end', async () => {
  const act = await prepared(cast.notary, 6);
  const other = complaining(act, [own(6, 0).manifestHash]);
  for (const _ of [1, 2, 3]) {
    await announce(cast.notary, act);
    await expect(disclose(cast.notary, other)).rejects.toMatchObject({ codes: ['opening.batch-not-logged'] });
    await expect(disclose(cast.notary, other)).rejects.toMatchObject({ codes: ['opening.batch-not-announced'] });
  }
  await expect(announce(cast.notary, act)).rejects.toMatchObject({ codes: ['opening.too-many-batches'] });
  expect((await storyOf(house, lot(6))).filter((type) => type === 'open.fault')).toHaveLength(3);
  expect((await storyOf(house, lot(6))).filter((type) => type === 'open.batch')).toHaveLength(3);
  // The colleague of the same group can still open.
  await opens(cast.witness, 6);
  await opens(cast.purchaser2, 6);
  await house.tick();
  expect((await hallOf(house, lot(6))).phase).toBe('opened');
});

test('a complaint that is false is answered with one scalar: the officer is named, and the bid opens with that share', async () => {
  const about = own(3, 1).manifestHash;
  const act = complaining(await prepared(cast.purchaser, 3), [about]);
  await announce(cast.purchaser, act);
  await disclose(cast.purchaser, act);
  await opens(cast.notary, 3);
  await house.tick();
  const hall = await hallOf(house, lot(3));
  expect(hall.phase).toBe('releasing');
  const [dispute] = hall.disputes;
  expect(dispute).toMatchObject({ no: 2, officer: cast.purchaser.known.name, verdict: null });
  const scalar = scalarOf(dispute!, own(3, 1));
  // Neither the scalar of another wrap nor another bidder's word counts.
  const wrong = await answering(bidder(1), lot(3), dispute!, scalarOf(dispute!, own(3, 0)));
  expect(await bidder(1).client.refused(wrong.endpoint, wrong)).toEqual(['opening.rebuttal-differs']);
  const stranger = await answering(bidder(0), lot(3), dispute!, scalar);
  expect(await bidder(0).client.refused(stranger.endpoint, stranger)).toEqual(['opening.not-your-bid']);
  const { endpoint, ...right } = await answering(bidder(1), lot(3), dispute!, scalar);
  expect(await bidder(1).client.call(endpoint, right)).toMatchObject({
    verdict: { code: 'complaint.false', party: 'officer' },
  });
  expect(await bidder(1).client.refused(endpoint, right)).toEqual(['opening.dispute-unknown']);
  // One colleague is still waited for; when the time is over the shares at hand suffice.
  await turn(at(open.deadline, 90));
  const opened = await hallOf(house, lot(3));
  expect(opened.bids.map(({ state, price }) => [state, price])).toEqual([
    ['opened', '3000'],
    ['opened', '3001'],
    ['opened', '3002'],
  ]);
  expect(opened.bids[1]?.faults).toMatchObject([{ code: 'complaint.false', party: 'officer' }]);
  const file = await disputeFile(house, lot(3), dispute!.id);
  expect(
    await judge({
      manifest: JSON.parse(file.manifest),
      keyring: JSON.parse(file.keyring),
      stage: dispute!.stage,
      officer: dispute!.officerCert,
      ephemeral: file.ephemeral ?? '',
    }),
  ).toMatchObject({ decided: true, party: 'officer', share: 'good' });
});

test('a complaint that is true, and one that nobody answers, are the bidder’s fault; anybody finds that again', async () => {
  for (const officer of [cast.purchaser, cast.notary]) await opens(officer, 4);
  await house.tick();
  const [dispute] = (await hallOf(house, lot(4))).disputes;
  const { endpoint, ...call } = await answering(bidder(2), lot(4), dispute!, scalarOf(dispute!, own(4, 2)));
  expect(await bidder(2).client.call(endpoint, call)).toMatchObject({ verdict: { code: 'complaint.true' } });
  await house.tick();
  const hall = await hallOf(house, lot(4));
  expect(hall.bids.map(({ state }) => state)).toEqual(['opened', 'opened', 'faulty']);
  expect(hall.bids[2]?.faults).toMatchObject([{ code: 'complaint.true', party: 'bidder' }]);
  const params = { lotId: lot(4), bidId: hall.bids[2]?.bidId ?? '' };
  const { rows } = await house.anybody.call(readEvidence, { params });
  expect(await checkFault({ evidence: rows[0]?.evidence ?? '', manifestHash: own(4, 2).manifestHash })).toMatchObject({
    outcome: 'holds',
  });
});

test('officers who do not come are named; bidders open their own bids with the recovery file, and only unaltered', async () => {
  // The purchaser's side stays away; one of the independent came.
  const hall = await hallOf(house, lot(2));
  expect([hall.phase, hall.groups.flatMap(({ members }) => members.map(({ absent }) => absent))]).toEqual([
    'recovering',
    [true, true, true, true],
  ]);
  for (const who of [0, 1, 2]) {
    const { deal, facts } = own(2, who);
    const file = await protectRecovery(
      recoveryOf({
        deal,
        parts: facts.stages.flatMap(({ id: stage, parts }) =>
          parts.map((name) => ({ stage, name, content: null, files: [] })),
        ),
        client: { bundleSha256: null, version: 'test' },
      }),
      '十二个字以上的口令口令口令',
      crypto.getRandomValues(new Uint8Array(28)),
    );
    const again = await dealOfRecovery(await openRecovery(file, '十二个字以上的口令口令口令'), facts.keyring);
    const keys = stageKeysOf(again);
    const altered = keys.map(({ stage, key }) => ({
      stage,
      key: key.replace(/^../, key.startsWith('00') ? '01' : '00'),
    }));
    const bad = await recovering(bidder(who), lot(2), altered);
    expect(await bidder(who).client.refused(bad.endpoint, bad)).toEqual(['opening.recovery-altered']);
    const others = await recovering(bidder(who), lot(2), stageKeysOf(own(2, (who + 1) % 3).deal));
    expect(await bidder(who).client.refused(others.endpoint, others)).toEqual(['opening.recovery-altered']);
    const { endpoint, ...good } = await recovering(bidder(who), lot(2), keys);
    expect((await bidder(who).client.call(endpoint, good)).recovered).toBe(true);
    expect(await bidder(who).client.refused(endpoint, good)).toEqual(['opening.already-recovered']);
    await house.tick();
  }
  const opened = await hallOf(house, lot(2));
  expect([opened.phase, opened.bids.map(({ price, recovered }) => [price, recovered])]).toEqual([
    'opened',
    [
      ['2000', true],
      ['2001', true],
      ['2002', true],
    ],
  ]);
  const early = await recovering(bidder(0), lot(4), stageKeysOf(own(4, 0).deal));
  expect(await bidder(0).client.refused(early.endpoint, early)).toEqual(['opening.no-recovery-now']);
});

test('where neither officers nor bidders open, it is tried again a day later, and then the lot fails, nobody having read a bid', async () => {
  const first = await hallOf(house, lot(5));
  expect(first.phase).toBe('recovering');
  await turn(new Date(first.recoveryUntil!));
  const again = await hallOf(house, lot(5));
  expect([again.phase, again.round]).toEqual(['releasing', 2]);
  expect(Date.parse(again.releaseUntil!) - now().getTime()).toBe((24 * 60 + 30) * minute);
  await turn(new Date(again.releaseUntil!));
  await turn(new Date((await hallOf(house, lot(5))).recoveryUntil!));
  const failed = await hallOf(house, lot(5));
  expect([failed.phase, failed.failure?.reason, failed.bids.map(({ price }) => price)]).toEqual([
    'failed',
    'officersAbsent',
    [null, null, null],
  ]);
  expect(await storyOf(house, lot(5))).toEqual([
    'tender.close',
    'open.default',
    'open.reschedule',
    'open.default',
    'lot.fail',
  ]);
  expect(await cast.notary.client.refused(readReleaseBatch, { params: { lotId: lot(5) } })).toEqual(['opening.over']);
});

test('no key that was handed in stands in the log, in any page or in an answer to anybody else, and the outsider finds nothing wrong', async () => {
  await house.house.ledger.sequencer.drain();
  const secrets = [...kept.values()].flatMap(({ deal }) => stageKeysOf(deal).map(({ key }) => key));
  const em = house.house.fork();
  const log = JSON.stringify(await em.getConnection().execute('select leaf, body from ledger_entry'));
  const halls = JSON.stringify(await Promise.all([1, 2, 3, 4, 5, 6, 7].map((no) => hallOf(house, lot(no)))));
  for (const key of secrets) expect(log.includes(key) || halls.includes(key)).toBe(false);
  expect(await outsiderFinds(house, open.tenderId)).toEqual([]);
  expect(await outsiderFinds(house, gated.tenderId)).toEqual([]);
  expect(await house.house.ledger.fsck(house.house.fork())).toEqual([]);
  expect(house.faults).toEqual([]);
});
