import { readOwnResult, readResultNotice } from '@xinbiao/contracts/award';
import {
  CloseDocument,
  listMyBids,
  listPieces,
  readClose,
  readOwnPiece,
  type BidReceipt,
} from '@xinbiao/contracts/bidding';
import { readBidFile, readQualification, readReport } from '@xinbiao/contracts/evaluation';
import { addTime } from '@xinbiao/contracts/kernel';
import {
  readOpening,
  readOpeningRecord,
  readPricePiece,
  readPublicPrice,
  readReleaseBatch,
} from '@xinbiao/contracts/opening';
import { findResults, readBundle, readTender } from '@xinbiao/contracts/publication';
import { parseCanonical } from '@xinbiao/contracts/trust';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Cast } from '../../../scripts/play/cast.ts';
import type { Person } from '../../../scripts/play/person.ts';
import { accept, appoint, convene, qualify, release, reveal, score } from '../../../scripts/play/steps.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { castFor, handIn, publishedLots, type PublishedLots } from '../lots.ts';
import { outsiderFinds } from './outsider.ts';

/*
 * Where competition is missing. Lot 1 gets two bids and is never opened; lot 2 loses one of three in the
 * qualification check; of three in lot 3 one is not responsive by the vote of the panel.
 */

let house: TestHouse;
let cast: Cast;
let published: PublishedLots;
const handedIn: BidReceipt[][] = [];
const price = (no: number, at: number): bigint => BigInt(301_117_000 + no * 10_007 + at * 1_013);
const lot = (no: number): string => published.lots[no - 1] ?? '';
const params = (no: number) => ({ params: { lotId: lot(no) } });
const bidder = (at: number): Person => cast.bidders[at]!;
const roots = () => house.house.identity.authorities.roots.map((der) => new Uint8Array(der));
const failureOf = async (no: number) =>
  (await house.anybody.call(readTender, { params: { tenderId: published.tenderId } })).lots[no - 1]?.failure;

beforeAll(async () => {
  house = await openHouse();
  cast = await castFor(house, { bidders: 3, experts: 5 });
  published = await publishedLots(house, cast, 3);
  for (const no of [1, 2, 3]) {
    const bids: BidReceipt[] = [];
    for (const at of no === 1 ? [0, 1] : [0, 1, 2])
      bids.push(await handIn(bidder(at), lot(no), { price: price(no, at) }));
    handedIn.push(bids);
  }
  house.clock.set(published.deadline);
  await house.tick();
});
afterAll(() => house.close());

test('two bids are one too few: the lot fails at its deadline by law, and says neither who bid nor what', async () => {
  const hall = await house.anybody.call(readOpening, params(1));
  expect(hall).toMatchObject({
    phase: 'failed',
    failure: { reason: 'lt3Bids', law: '87号令 §41', count: 2 },
    bids: [],
    missing: [],
  });
  expect(await failureOf(1)).toMatchObject({ reason: 'lt3Bids', law: '87号令 §41' });
  const close = CloseDocument.parse(parseCanonical((await house.anybody.call(readClose, params(1))).document));
  expect(close.heads.map(({ bidder: named }) => named)).toEqual([null, null]);
  expect(await house.anybody.call(readResultNotice, params(1))).toMatchObject({
    outcome: 'failed',
    winner: null,
    evaluation: null,
    failure: { reason: 'lt3Bids', law: '87号令 §41' },
  });
  const seen = JSON.stringify([
    hall,
    close,
    await house.anybody.call(readTender, { params: { tenderId: published.tenderId } }),
    await house.anybody.call(findResults),
  ]);
  for (const at of [0, 1]) expect(seen.includes(`${price(1, at)}`)).toBe(false);
});

test('what nobody may open nobody can: no batch is given out, no key is known, no envelope is read', async () => {
  for (const officer of [cast.purchaser, cast.purchaser2, cast.notary, cast.witness]) {
    expect(await officer.client.refused(readReleaseBatch, params(1))).toEqual(['opening.over']);
    await expect(release(officer, lot(1), roots(), house.clock.now())).rejects.toMatchObject({
      codes: ['opening.over'],
    });
  }
  const { bidId, envelopeId } = handedIn[0]![0]!;
  const {
    pieces: [piece],
  } = await bidder(0).client.call(listPieces, { params: { envelopeId } });
  const { sha256 } = piece!;
  const everybody = {
    nobody: house.anybody,
    operator: cast.operator.client,
    supervisor: cast.supervisor.client,
    agency: cast.agency.client,
    notary: cast.notary.client,
    rival: bidder(1).client,
  };
  for (const [who, client] of Object.entries(everybody)) {
    expect(await client.refused(readPublicPrice, { params: { lotId: lot(1), bidId } }), who).toEqual([
      'opening.bid-unknown',
    ]);
    expect(await client.refused(readPricePiece, { params: { lotId: lot(1), bidId, sha256 } }), who).toEqual([
      'opening.bid-unknown',
    ]);
    expect(await client.refused(readOpeningRecord, params(1)), who).toEqual(['opening.no-record']);
    expect(['auth.not-signed-in', 'auth.not-allowed', 'bid.envelope-unknown']).toEqual(
      expect.arrayContaining(await client.refused(readOwnPiece, { params: { envelopeId, sha256 } })),
    );
    expect(['auth.not-signed-in', 'evaluation.not-entitled']).toEqual(
      expect.arrayContaining(await client.refused(readBidFile, { params: { lotId: lot(1), bidId, index: 0 } })),
    );
  }
  expect((await cast.agency.client.call(readQualification, params(1))).bids).toEqual([]);
  await expect(qualify(cast.agency, lot(1))).rejects.toMatchObject({ codes: ['evaluation.not-opened'] });
  // Time changes nothing about that.
  house.clock.set(addTime(house.clock.now(), 3_600_000));
  await house.tick();
  expect((await house.anybody.call(readOpening, params(1))).phase).toBe('failed');
  expect((await bidder(0).client.call(listMyBids)).rows.find(({ lotId }) => lotId === lot(1))).toMatchObject({
    standing: 'void',
    lotState: 'failed',
  });
  const bundle = await house.anybody.call(readBundle, { params: { tenderId: published.tenderId } });
  expect(JSON.stringify(bundle.lots[0])).not.toMatch(/partKey|"manifest":"/);
  expect(bundle.lots[0]!.bids.flatMap(({ partKeys, pieces }) => [...partKeys, ...pieces])).toEqual([]);
});

test('the outsider finds nothing wrong with a lot that failed beside others that wait', async () => {
  expect(await outsiderFinds(house, published.tenderId)).toEqual([]);
});

test('two qualified bidders are one too few: the lot fails before any evaluation', async () => {
  for (const no of [2, 3]) {
    await release(cast.purchaser, lot(no), roots(), house.clock.now());
    await release(cast.witness, lot(no), roots(), house.clock.now());
  }
  await house.tick();
  const { name = '', uscc = '' } = bidder(1).known.organisation ?? {};
  expect(await qualify(cast.agency, lot(2), { [uscc]: '未提供有效的资格声明' })).toEqual({
    state: 'failed',
    passed: 2,
    failed: 1,
  });
  expect(await failureOf(2)).toMatchObject({ reason: 'lt3Qualified', law: '87号令 §43' });
  const notice = await house.anybody.call(readResultNotice, params(2));
  expect(notice).toMatchObject({ outcome: 'failed', winner: null, failure: { reason: 'lt3Qualified' } });
  expect(notice.evaluation?.rejected).toMatchObject([
    { bidder: { name }, at: 'qualification', reasons: [expect.stringContaining('未提供有效的资格声明')] },
  ]);
  await expect(
    appoint(
      cast.agency,
      lot(2),
      cast.experts.map(({ known }) => known.seatId),
    ),
  ).rejects.toMatchObject({ codes: ['evaluation.not-opened'] });
  expect(await bidder(0).client.call(readOwnResult, { params: { bidId: handedIn[1]![0]!.bidId } })).toMatchObject({
    outcome: 'failed',
    rank: null,
  });
});

test('two responsive bids are one too few: the panel’s majority decides, and the procurement is void', async () => {
  await qualify(cast.agency, lot(3));
  await appoint(
    cast.agency,
    lot(3),
    cast.experts.map(({ known }) => known.seatId),
  );
  for (const expert of cast.experts) await accept(expert, lot(3));
  await convene(cast.agency, lot(3), addTime(house.clock.now(), 86_400_000));
  // Two of five object to the first bid, three to the second: half or less decides nothing.
  const objects = (at: number) => (bid: { price: string }) =>
    bid.price === `${price(3, 0)}` && at < 2
      ? ['交付期不响应']
      : bid.price === `${price(3, 1)}` && at < 3
        ? ['授权书没有签字']
        : [];
  for (const [at, expert] of cast.experts.entries())
    await score(expert, lot(3), (_, __, item) => item.max, objects(at));
  const states: string[] = [];
  for (const expert of cast.experts) states.push(await reveal(expert, lot(3)));
  expect(states).toEqual(['evaluating', 'evaluating', 'evaluating', 'evaluating', 'failed']);
  expect(await failureOf(3)).toMatchObject({ reason: 'lt3Responsive', law: '政府采购法 §36' });
  const { result, bidders } = await cast.supervisor.client.call(readReport, params(3));
  const votes = new Map(
    result.bids.map((bid) => [
      bidders.find(({ bidId }) => bidId === bid.bidId)?.name,
      [bid.votes, bid.responsive, bid.rank],
    ]),
  );
  expect(votes.get(bidder(0).known.organisation?.name)).toEqual([{ for: 3, against: 2 }, true, null]);
  expect(votes.get(bidder(1).known.organisation?.name)).toEqual([{ for: 2, against: 3 }, false, null]);
  expect(await house.anybody.call(readResultNotice, params(3))).toMatchObject({
    outcome: 'failed',
    winner: null,
    failure: { reason: 'lt3Responsive', law: '政府采购法 §36' },
  });
  expect(
    (await house.anybody.call(findResults)).rows.map(({ outcome, failure }) => [outcome, failure?.reason]).sort(),
  ).toEqual([
    ['failed', 'lt3Bids'],
    ['failed', 'lt3Qualified'],
    ['failed', 'lt3Responsive'],
  ]);
  expect(await outsiderFinds(house, published.tenderId)).toEqual([]);
  expect(house.faults).toEqual([]);
});
