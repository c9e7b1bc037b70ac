import { checkFault, readEvidence, readPublicPrice } from '@xinbiao/contracts/opening';
import { judge, type Keyring, type Manifest } from '@xinbiao/contracts/trust';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cast } from '../../../scripts/play/cast.ts';
import type { Person } from '../../../scripts/play/person.ts';
import { announce, disclose, prepareBatch, release } from '../../../scripts/play/steps.ts';
import { BidDispute } from '../../src/opening/course.entity.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { castFor, publishedLots } from '../lots.ts';
import {
  answering,
  bid,
  complaining,
  disputeFile,
  hallOf,
  rootsOf,
  scalarOf,
  withBrokenWrap,
  type KeptBid,
} from '../openings.ts';
import { outsiderFinds } from '../stories/outsider.ts';
import { attack } from './table.ts';

/*
 * Who lies about a wrap that does not open: the officer, or the bidder who sealed rubbish? One revealed scalar tells,
 * and whoever reads manifest and scalar judges the same, whatever the platform announces.
 */

let house: TestHouse;
let cast: Cast;
let tenderId = '';
let lots: readonly string[];
const kept = new Map<string, KeptBid>();
const bidder = (at: number): Person => cast.bidders[at]!;
const own = (no: number, who: number): KeptBid => kept.get(`${no}/${who}`)!;
const lot = (no: number): string => lots[no - 1]!;

beforeAll(async () => {
  house = await openHouse();
  cast = await castFor(house);
  const published = await publishedLots(house, cast, 3);
  ({ lots, tenderId } = published);
  for (const no of [1, 2, 3])
    for (const who of [0, 1, 2])
      kept.set(
        `${no}/${who}`,
        await bid(bidder(who), lot(no), BigInt(no * 1000 + who), {
          ...(no === 2 && who > 0 ? { spoil: withBrokenWrap('purchaser', 1) } : {}),
        }),
      );
  house.clock.set(published.deadline);
  await house.tick();
}, 240_000);
afterAll(() => house.close());

/** The purchaser's officer says of some bids, truly or not, that its wrap does not open; the notary releases as it should. */
async function complain(no: number, about: readonly string[]) {
  const act = complaining(await prepareBatch(cast.purchaser, lot(no), rootsOf(house), house.clock.now()), about);
  await announce(cast.purchaser, act);
  await disclose(cast.purchaser, act);
  await release(cast.notary, lot(no), rootsOf(house), house.clock.now());
  await house.tick();
  return (await hallOf(house, lot(no))).disputes;
}
const verdictOf = async (no: number, disputeId: string) => {
  const { manifest, keyring, dispute, ephemeral } = await disputeFile(house, lot(no), disputeId);
  return judge({
    manifest: JSON.parse(manifest) as Manifest,
    keyring: JSON.parse(keyring) as Keyring,
    stage: dispute.stage,
    officer: dispute.officerCert,
    ephemeral: ephemeral ?? '',
  });
};

describe(attack(14), () => {
  test('a lying officer is found out, the bid opens with the share it hid, and nobody else loses anything', async () => {
    const [dispute] = await complain(1, [own(1, 0).manifestHash]);
    const { endpoint, ...call } = await answering(bidder(0), lot(1), dispute!, scalarOf(dispute!, own(1, 0)));
    await bidder(0).client.call(endpoint, call);
    expect(await verdictOf(1, dispute!.id)).toMatchObject({ decided: true, party: 'officer' });
    house.clock.set(new Date(house.clock.now().getTime() + 30 * 60_000));
    await house.tick();
    const { bids } = await hallOf(house, lot(1));
    expect(bids.map(({ price }) => price)).toEqual(['1000', '1001', '1002']);
    expect(bids[0]?.faults).toMatchObject([{ code: 'complaint.false', party: 'officer' }]);
    // The scalar opens one wrap: with it alone no part of the bid can be read.
    const price = await house.anybody.call(readPublicPrice, { params: { lotId: lot(1), bidId: bids[0]!.bidId } });
    expect(price.partKey).not.toBe((await disputeFile(house, lot(1), dispute!.id)).ephemeral);
  });

  test('a bidder who sealed rubbish is convicted by its own answer, and by its silence', async () => {
    // An honest officer's page finds two wraps that do not open, and says so in its batch.
    const disputes = await complain(2, []);
    expect(disputes.map(({ no, verdict }) => [no, verdict]).sort()).toEqual([
      [2, null],
      [3, null],
    ]);
    const mine = disputes.find(({ no }) => no === 2)!;
    const { endpoint, ...call } = await answering(bidder(1), lot(2), mine, scalarOf(mine, own(2, 1)));
    expect(await bidder(1).client.call(endpoint, call)).toMatchObject({ verdict: { code: 'complaint.true' } });
    expect(await verdictOf(2, mine.id)).toMatchObject({ decided: true, party: 'bidder', why: 'does-not-open' });
    house.clock.set(new Date(house.clock.now().getTime() + 30 * 60_000));
    await house.tick();
    const { bids, disputes: decided } = await hallOf(house, lot(2));
    expect(decided.map(({ no, verdict }) => [no, verdict?.code]).sort()).toEqual([
      [2, 'complaint.true'],
      [3, 'complaint.silent'],
    ]);
    expect(bids.map(({ state, faults }) => [state, faults.map(({ code, party }) => `${code} ${party}`)])).toEqual([
      ['opened', []],
      ['faulty', ['complaint.true bidder']],
      ['faulty', ['complaint.silent bidder']],
    ]);
    expect((await outsiderFinds(house, tenderId)).filter((finding) => finding.includes('broken'))).toEqual([]);
  });

  test('a platform that announces the opposite of the judgement is refuted by anybody', async () => {
    const [dispute] = await complain(3, [own(3, 0).manifestHash]);
    const { endpoint, ...call } = await answering(bidder(0), lot(3), dispute!, scalarOf(dispute!, own(3, 0)));
    await bidder(0).client.call(endpoint, call);
    // The malicious platform: the row says that the bidder was wrong.
    await house.house.fork().nativeUpdate(BidDispute, { id: dispute!.id }, { verdict: 'complaint.true', share: null });
    house.clock.set((await hallOf(house, lot(3))).releaseUntil!);
    await house.tick();
    const hall = await hallOf(house, lot(3));
    expect(hall.bids[0]).toMatchObject({ state: 'faulty', faults: [{ code: 'complaint.true', party: 'bidder' }] });
    expect(await verdictOf(3, dispute!.id)).toMatchObject({ decided: true, party: 'officer' });
    const { rows } = await house.anybody.call(readEvidence, {
      params: { lotId: lot(3), bidId: hall.bids[0]!.bidId },
    });
    expect(await checkFault({ evidence: rows[0]?.evidence ?? '', manifestHash: own(3, 0).manifestHash })).toMatchObject(
      { outcome: 'refuted' },
    );
    expect((await outsiderFinds(house, tenderId)).filter((finding) => finding.includes('broken'))).toHaveLength(1);
  });
});
