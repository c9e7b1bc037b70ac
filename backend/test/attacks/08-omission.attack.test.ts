import { instantText } from '@xinbiao/contracts/kernel';
import { readLogKey } from '@xinbiao/contracts/ledger';
import { decideOmission, decisionAct, judgeOmission } from '@xinbiao/contracts/opening';
import { readTender } from '@xinbiao/contracts/tendering';
import { parseVerifierKey } from '@xinbiao/contracts/trust';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cast } from '../../../scripts/play/cast.ts';
import type { Person } from '../../../scripts/play/person.ts';
import { announce, prepareBatch } from '../../../scripts/play/steps.ts';
import { verify } from '../../../scripts/verify.ts';
import { Bid, Envelope } from '../../src/bidding/index.ts';
import { BidOmission } from '../../src/opening/course.entity.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { castFor, publishedLots, type PublishedLots } from '../lots.ts';
import { bid, hallOf, lookForOwn, officersPage, reportMissing, rootsOf, storyOf, type KeptBid } from '../openings.ts';
import { attack } from './table.ts';

/*
 * The platform leaves a bid out of the close list, as somebody with the database in hand can. The bidder's own client
 * finds that with the receipt it kept; the officers' own client then releases nothing, whatever the platform says.
 */

let house: TestHouse;
let cast: Cast;
let published: PublishedLots;
let victim: KeptBid;
let lotId = '';
const bidder = (at: number): Person => cast.bidders[at]!;

beforeAll(async () => {
  house = await openHouse();
  cast = await castFor(house);
  published = await publishedLots(house, cast, 1, (draft) => ({
    ...draft,
    sealing: { ...draft.sealing, objectionMinutes: 20 },
  }));
  lotId = published.lots[0]!;
  for (const who of [0, 1, 2]) await bid(bidder(who), lotId, BigInt(1000 + who));
  victim = await bid(bidder(3), lotId, 900n);
  await house.house.ledger.sequencer.drain();
  // The insider: the bid is forgotten, its receipt with it.
  const em = house.house.fork();
  const { headId } = await em.findOneOrFail(Bid, { lotId, organisationId: bidder(3).known.organisation!.id });
  await em.nativeUpdate(Envelope, { id: headId! }, { entryId: null });
  await em.nativeUpdate(Bid, { headId }, { headId: null, standing: 'none' });
  house.clock.set(published.deadline);
  await house.tick();
}, 240_000);
afterAll(() => house.close());

/** Where the officer's page stopped, and whose doing that is; undefined where it would release. */
const page = (officer: Person) =>
  officersPage(officer, async ({ prepareRelease, Refusal }) => {
    const story = await officer.client.call(readTender, { params: { tenderId: published.tenderId } });
    const { privateKey, certificate } = officer.held.encryption;
    try {
      await prepareRelease({
        lotId,
        notice: { leaf: story.notice.leaf, keyringHash: story.keyringHash },
        key: () => Promise.resolve({ privateKey, certificate }),
        tell: () => undefined,
        houseNow: house.clock.now(),
      });
      return undefined;
    } catch (fault) {
      if (fault instanceof Refusal) return { step: fault.step, owner: fault.owner };
      throw fault;
    }
  });

describe(attack(8), () => {
  test('the platform shows a whole list of three, and only the bidder left out can tell', async () => {
    expect((await hallOf(house, lotId)).bids).toHaveLength(3);
    const verifierKey = (await house.anybody.call(readLogKey)).verifierKey;
    expect(await lookForOwn({ anybody: house.anybody, verifierKey }, lotId, victim.receipt)).toMatchObject({
      proven: true,
      what: 'missing',
      manifestHash: victim.manifestHash,
    });
  });

  test('no officer’s page releases in the window; once the bid is proven missing none does after it either', async () => {
    expect(await page(cast.purchaser)).toMatchObject({ step: 'objection', owner: 'early' });
    const { endpoint, ...call } = await reportMissing(bidder(3), lotId, victim.receipt);
    await bidder(3).client.call(endpoint, call);
    expect(await bidder(3).client.refused(endpoint, call)).toEqual(['opening.omission-known']);
    await house.house.ledger.sequencer.drain();
    house.clock.set(new Date(published.deadline.getTime() + 21 * 60_000));
    await house.tick();
    expect((await hallOf(house, lotId)).phase).toBe('halted');
    const act = await prepareBatch(cast.purchaser, lotId, rootsOf(house), house.clock.now());
    await expect(announce(cast.purchaser, act)).rejects.toMatchObject({ codes: ['opening.halted'] });
    expect(await page(cast.purchaser)).toMatchObject({ step: 'objection', owner: 'platform' });

    // The platform forgets that too. The public log does not, and the officers' pages read the log.
    const rows = await house.house.fork().find(BidOmission, { lotId });
    await house.house.fork().nativeDelete(BidOmission, { lotId });
    await house.tick();
    expect((await hallOf(house, lotId)).phase).toBe('releasing');
    expect(await page(cast.purchaser)).toMatchObject({ step: 'objection', owner: 'platform' });
    const em = house.house.fork();
    for (const row of rows) await em.insert(BidOmission, { ...row });
  });

  test('the evidence is enough without the platform, and the supervisor’s finding ends the lot unopened', async () => {
    const { omissions } = await hallOf(house, lotId);
    expect(omissions).toMatchObject([{ bidder: bidder(3).known.organisation?.name, decision: null }]);
    const finding = '经核查，平台数据被改动，一份投标被漏列。';
    const params = { lotId, omissionId: omissions[0]!.id };
    const signed = await cast.supervisor.sign(decisionAct(cast.supervisor.by, { ...params, finding }));
    expect(await cast.purchaser.client.refused(decideOmission, { params, body: { ...signed, finding } })).toEqual([
      'auth.not-allowed',
    ]);
    await cast.supervisor.client.call(decideOmission, { params, body: { ...signed, finding } });
    await house.tick();
    const hall = await hallOf(house, lotId);
    expect([hall.phase, hall.failure?.reason, hall.bids.every(({ price }) => price === null)]).toEqual([
      'failed',
      'bidOmitted',
      true,
    ]);
    expect((await storyOf(house, lotId)).slice(-3)).toEqual(['open.omission', 'open.decision', 'lot.fail']);
    expect(instantText(house.clock.now())).toBe(hall.now);
  });

  test('the outsider’s check with the receipt writes proof that stands without log, platform or bidder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'attack-8-'));
    const [receipt, proof] = [join(folder, 'own.tlog-proof'), join(folder, 'proof.json')];
    writeFileSync(receipt, victim.receipt);
    const { verifierKey } = await house.anybody.call(readLogKey);
    const lines: string[] = [];
    const run = (...args: string[]) =>
      verify([...args, '--key', verifierKey, '--lang', 'en'], (line) => lines.push(line));
    const only = ['--tender', published.tenderId, '--receipt', receipt, '--evidence', proof];
    expect(await run(house.url, ...only)).toBe(2);
    expect(lines.join('\n')).toContain('and the close document leaves it out');
    lines.length = 0;
    expect(await run(proof)).toBe(2);
    expect(lines.filter((line) => line.startsWith('✗'))).toEqual([
      '✗ 402. The receipts at hand are in the close document',
    ]);
    // Without the receipt there is nothing left to believe.
    writeFileSync(proof, readFileSync(proof, 'utf8').replaceAll('c2sp.org/tlog-proof@v1\\nextra', 'nothing'));
    expect(await run(proof)).toBe(3);
    rmSync(folder, { recursive: true });
  });

  test('a made-up receipt proves nothing', async () => {
    const judged = await judgeOmission({
      receipt: victim.receipt.replace(/index \d+/, 'index 0'),
      verifierKeys: [parseVerifierKey(house.house.ledger.verifierKey)],
      lotId,
      close: '{}',
      closeIndex: 10,
      disclosed: [],
      showEnding: () => Promise.resolve(undefined),
      trust: { roots: [] },
    });
    expect(judged).toEqual({ proven: false, reason: 'receipt-broken' });
  });
});
