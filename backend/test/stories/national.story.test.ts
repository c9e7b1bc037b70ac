import { openEnvelope } from '@xinbiao/contracts/bidding';
import { joinDraw, joinDrawAct, listContributors, readDraw } from '@xinbiao/contracts/draw';
import { readReport } from '@xinbiao/contracts/evaluation';
import { addTime, fromHex } from '@xinbiao/contracts/kernel';
import { readOpening, readPricePiece, readPublicPrice } from '@xinbiao/contracts/opening';
import { listOfficers, readDesk, readVerdict, takeDocuments } from '@xinbiao/contracts/tendering';
import { checkDraw, drawContribution, openPart, readCertificate, readPieces } from '@xinbiao/contracts/trust';
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileOf } from '../../../scripts/play/bid.ts';
import { approveAll, demoPassword, newcomer, type Cast } from '../../../scripts/play/cast.ts';
import { appointDrawn, ContributorSide, contributorOf, drawExperts, propose } from '../../../scripts/play/drawing.ts';
import { acceptOpening } from '../../../scripts/play/officer.ts';
import type { Person } from '../../../scripts/play/person.ts';
import {
  accept,
  award,
  compose,
  convene,
  openEscrows,
  qualify,
  release,
  reveal,
  score,
  sign,
} from '../../../scripts/play/steps.ts';
import { filling } from '../../../scripts/play/tenders.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { castFor, handIn, publishedLots, sealBid, type PublishedLots } from '../lots.ts';
import { outsiderFinds } from './outsider.ts';

/*
 * A whole procurement in the national suite: every key SM2, every hash of the envelope SM3, every byte of it under
 * SM4. The house runs with the profile for China, so nobody has to choose anything.
 */

let house: TestHouse;
let cast: Cast;
let published: PublishedLots;
let lotId = '';
const hour = 3_600_000;
const prices = [348_860_000n, 331_800_000n, 374_250_000n] as const;

beforeAll(async () => {
  house = await openHouse({ config: { suite: 'XB1-SM' } });
  cast = await castFor(house, { bidders: 3, experts: 6 });
  published = await publishedLots(house, cast, 1);
  [lotId = ''] = published.lots;
  for (const bidder of cast.bidders)
    await bidder.client.call(takeDocuments, { params: { tenderId: published.tenderId } });
});
afterAll(() => house.close());

const roots = () => house.house.identity.authorities.roots.map((der) => new Uint8Array(der));
/** What Python's page finds wrong with a draw's record; empty, too, where there is no Python. */
function pythonFinds(record: unknown): unknown {
  const run = spawnSync('python3', ['scripts/python/xinbiao_draw.py', '--records'], {
    input: JSON.stringify([record]),
  });
  if (run.error) return [];
  return (JSON.parse(run.stdout.toString()) as unknown[])[0];
}

/** Somebody with keys of the general suite only. */
async function general(person: Person): Promise<Person> {
  return person.enrol({ filePassword: demoPassword, iterations: 1000, suite: 'XB1' });
}

test('the notice says that bids are sealed in the national suite, without anybody having chosen it', async () => {
  const { content } = await cast.agency.client.call(readDesk, { params: { tenderId: published.tenderId } });
  expect(content.sealing.suite).toBe('XB1-SM');
  for (const person of [cast.purchaser, cast.notary, ...cast.bidders, ...cast.experts])
    expect(readCertificate(person.held.signing.certificate).algorithm).toBe('SM2');
});

test('a bidder with keys of the other suite is told so before anything is sealed', async () => {
  const bidder = await newcomer(house, {
    kind: 'bidder',
    serial: 390,
    name: '外埠仪器有限公司',
    login: 'general',
    person: '温行',
  });
  await general(bidder);
  await bidder.client.call(takeDocuments, { params: { tenderId: published.tenderId } });
  expect(await bidder.client.refused(openEnvelope, { params: { lotId }, body: {} })).toEqual(['bid.other-suite']);
  // With a pair of each suite the fitting one is taken; what the other signs does not count.
  await bidder.enrol({ filePassword: demoPassword, iterations: 1000, suite: 'XB1-SM' });
  const sealed = await sealBid(bidder, lotId, { price: 1n });
  expect(sealed.facts.certificate?.fingerprint).toBe(bidder.held.signing.fingerprint);
});

test('an officer with keys of the other suite cannot be named', async () => {
  const notary = await newcomer(house, {
    kind: 'notary',
    serial: 391,
    name: '青澜市第二公证处',
    login: 'notary2',
    person: '安仲',
  });
  await approveAll(cast.centre);
  await notary.signIn();
  await general(notary);
  await acceptOpening(notary);
  const draft = await compose({
    composer: cast.agency,
    purchaserId: cast.purchaser.known.organisation?.id ?? '',
    officers: [
      { group: 'purchaser', seatId: cast.purchaser.known.seatId },
      { group: 'independent', seatId: notary.known.seatId },
    ],
    document: { name: '招标文件.pdf', bytes: new TextEncoder().encode('%PDF-1.7') },
    fill: filling({
      title: '离心机采购',
      catalogCode: 'A02',
      summary: '采购离心机。',
      publishedAt: house.clock.now(),
      deadline: published.deadline,
      lots: [{ title: '离心机', content: '离心机。', quantity: '1 台', budget: 500_000_000n }],
    }),
  });
  const params = { tenderId: draft.id };
  const { rows } = await cast.agency.client.call(listOfficers, { params });
  expect(rows.find(({ seatId }) => seatId === notary.known.seatId)?.certificate).toBeNull();
  const { refusals } = await cast.agency.client.call(readVerdict, { params });
  expect(refusals.map(({ code }) => code)).toEqual(['tender.officer-other-suite']);
});

test('three bids are sealed, one of them replaced, and opened by officers of both sides', async () => {
  const plan = fileOf('技术方案.pdf', new TextEncoder().encode(`%PDF-1.7 ${'方案'.repeat(50_000)}`));
  const [a, b, c] = cast.bidders as [Person, Person, Person];
  await handIn(a, lotId, { price: 299_173_031n });
  await handIn(a, lotId, { price: prices[0], files: [plan], claims: { warranty: 'five', record: 'many' } });
  await handIn(b, lotId, { price: prices[1], claims: { warranty: 'two', record: 'some' } });
  await handIn(c, lotId, { price: prices[2], claims: { warranty: 'three', record: 'many' } });
  house.clock.set(published.deadline);
  await house.tick();
  expect(await release(cast.purchaser, lotId, roots(), house.clock.now())).toBe('releasing');
  await release(cast.witness, lotId, roots(), house.clock.now());
  await house.tick();
  const hall = await house.anybody.call(readOpening, { params: { lotId } });
  expect(hall.phase).toBe('opened');
  expect(hall.bids.map(({ price }) => price)).toEqual(prices.map(String));
  expect(await outsiderFinds(house, published.tenderId)).toEqual([]);
});

test('anybody opens a price again with the published key, and with the national algorithms only', async () => {
  const { bids } = await house.anybody.call(readOpening, { params: { lotId } });
  const params = { lotId, bidId: bids[1]!.bidId };
  const price = await house.anybody.call(readPublicPrice, { params });
  expect(price.suite).toBe('XB1-SM');
  const fetchPiece = async (index: number) =>
    new Uint8Array(
      await house.anybody.call(readPricePiece, { params: { ...params, sha256: price.part.pieces[index] ?? '' } }),
    );
  const open = (suite: 'XB1' | 'XB1-SM') =>
    openPart({
      manifest: { ctx: { suite }, ctxHash: price.ctxHash, parts: [price.part] },
      stage: price.part.stage,
      part: 'price',
      partKey: fromHex(price.partKey),
      read: readPieces({ part: price.part, fetchPiece }),
    });
  expect((await open('XB1-SM')).content).toMatchObject({ price: String(prices[1]) });
  await expect(open('XB1')).rejects.toMatchObject({ fault: { code: 'part.wrong-key' } });
});

/** Somebody whose only keys are of the general suite. */
let outsider: Person;
const otherSuite = (name: string) => [{ code: 'draw.other-suite', facts: { name, kind: 'SM2' } }];

test('the experts are drawn by agency, notary, supervision and platform with SM2 keys, and nobody deals to another kind', async () => {
  await qualify(cast.agency, lotId, {});
  const groups = [{ id: 'g1', title: '评审专家', specialties: ['B'], regionCode: null, take: 5, reserve: 1 }];
  const contributors = [cast.agency, cast.notary, cast.supervisor];
  outsider = await newcomer(house, {
    kind: 'notary',
    serial: 392,
    name: '青澜市第三公证处',
    login: 'notary3',
    person: '常昀',
  });
  await approveAll(cast.centre);
  await outsider.signIn();
  await general(outsider);
  const { rows } = await cast.agency.client.call(listContributors, { query: { suite: 'XB1-SM' } });
  const choices = rows.map(({ seatId }) => seatId);
  expect(choices).toEqual(expect.arrayContaining(contributors.map(({ known }) => known.seatId)));
  expect(choices).not.toContain(outsider.known.seatId);
  expect((await cast.agency.client.call(listContributors, { query: { suite: 'XB1' } })).rows.map(({ seatId }) => seatId)).toContain(outsider.known.seatId); // prettier-ignore
  await expect(drawExperts(cast.agency, lotId, { groups, contributors: [...contributors, outsider] })).rejects.toMatchObject({ codes: ['draw.other-suite'] }); // prettier-ignore

  const drawn = await drawExperts(cast.agency, lotId, { groups, contributors });
  expect(drawn).toMatchObject({ state: 'drawn', suite: 'XB1-SM', pool: { suite: 'XB1-SM' } });
  expect(drawn.contributors).toHaveLength(4);
  for (const { certificate } of drawn.pool?.contributors ?? [])
    expect(readCertificate(fromHex(certificate)).algorithm).toBe('SM2');
  expect(checkDraw(drawn.record).filter(({ ok }) => ok === false)).toEqual([]);
  expect(pythonFinds(drawn.record)).toEqual([]);
  expect(await outsiderFinds(house, published.tenderId)).toEqual([]);
});

test('a draw of the house is of the house’s suite: who has no SM2 key cannot join, and a withheld number comes back', async () => {
  const groups = [
    {
      id: 'g1',
      title: '代理机构',
      take: 2,
      reserve: 1,
      candidates: Array.from({ length: 7 }, (_, at) => ({ id: `a${at}`, label: `代理机构${at}` })),
    },
  ];
  const contributors = [cast.agency, cast.notary, cast.supervisor];
  const asked = await propose(contributorOf(cast.agency), {
    purpose: 'inspection',
    title: '年度抽查',
    groups,
    contributors: contributors.map(({ known }) => known.seatId),
    minutes: { join: 10, reveal: 30 },
  });
  const { drawId, suite } = asked;
  expect(suite).toBe('XB1-SM');
  const joining = await outsider.sign(joinDrawAct(outsider.by, { drawId }));
  const refused = await outsider.client.call(joinDraw, { params: { drawId }, body: joining }).catch((fault: unknown) => fault); // prettier-ignore
  expect(refused).toMatchObject({ refusals: otherSuite(outsider.known.name) });
  house.clock.set(addTime(house.clock.now(), hour / 6));
  await house.tick();
  const sides = contributors.map((one) => new ContributorSide(contributorOf(one), drawId));
  for (const step of ['commit', 'escrow']) for (const side of sides) expect(await side.step()).toBe(step);
  const [first, second, silent] = sides as [ContributorSide, ContributorSide, ContributorSide];
  for (const side of [first, second]) expect(await side.step()).toBe('reveal');
  house.clock.set(addTime(house.clock.now(), hour));
  await house.tick();
  for (const side of [first, second]) expect(await side.step()).toBe('recover');
  const drawn = await house.anybody.call(readDraw, { params: { drawId } });
  expect(drawn.state).toBe('drawn');
  const { r } = drawContribution(fromHex(silent.held.seed), drawn, silent.held.party);
  expect(drawn.contributors.find(({ party }) => party === silent.held.party)).toMatchObject({ r, from: 'escrow' });
  expect(checkDraw(drawn.record).filter(({ ok }) => ok === false)).toEqual([]);
  expect(pythonFinds(drawn.record)).toEqual([]);
});

test('sheets are sealed, one is opened from escrow, the best is awarded, and the outsider finds nothing wrong', async () => {
  const seats = await appointDrawn(cast.agency, lotId);
  const panel = () => cast.experts.filter(({ known }) => seats.includes(known.seatId));
  expect(panel()).toHaveLength(5);
  for (const expert of panel()) await accept(expert, lotId);
  await convene(cast.agency, lotId, addTime(house.clock.now(), 24 * hour));
  for (const expert of panel()) await score(expert, lotId, () => 1_000);
  for (const expert of panel().slice(0, 4)) await reveal(expert, lotId);
  house.clock.set(addTime(house.clock.now(), 2 * hour));
  await openEscrows(cast.purchaser2, lotId);
  expect((await openEscrows(cast.notary, lotId)).lotState).toBe('ranked');
  const { result } = await cast.agency.client.call(readReport, { params: { lotId } });
  // In whatever order the draw named them.
  expect(result.sheets.map(({ from }) => from).toSorted()).toEqual(['escrow', 'reveal', 'reveal', 'reveal', 'reveal']);
  for (const expert of panel()) await sign(expert, lotId);
  expect(await award(cast.purchaser, lotId)).toMatchObject({ price: String(prices[0]) });
  expect(await outsiderFinds(house, published.tenderId)).toEqual([]);
  expect(house.faults).toEqual([]);
});
