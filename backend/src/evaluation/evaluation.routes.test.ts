import { awardAct, decideAward, readDecision, readLetter, readOwnResult, readResultNotice, readResultPaper } from '@xinbiao/contracts/award';
import {
  acceptTask, appointPanel, convenePanel, criteriaHash, declineTask, escrowAct, evaluate, judgeQualification, listCandidates, listTasks, panelAct, readBidFile, readEscrows, readPanel, readProgress,
  readQualification, readReport, readReportPaper, readRoom, readSheet, releaseEscrows, replaceMember, replacementAct, resultHash, revealSheet, submitSheet, type RoomReply,
} from '@xinbiao/contracts/evaluation';
import { addTime, fromHex, instantText, toHex } from '@xinbiao/contracts/kernel';
import { readAct, readEntry } from '@xinbiao/contracts/ledger';
import { readBoard, readDesk, readLotFile } from '@xinbiao/contracts/oversight';
import { findResults, findTenders, readBundle, readCalendar, readHome, readStatus, readTender } from '@xinbiao/contracts/publication';
import { changeExpert, readOwnExpert } from '@xinbiao/contracts/registry';
import { bytesOf, canonical, isCommittedSheet, parseCanonical, SheetEscrow, sheetLocked, sheetStage, unwrapShare } from '@xinbiao/contracts/trust';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileOf, handIn } from '../../../scripts/play/bid.ts';
import { accept, appoint, award, convene, qualify, release, reveal, score, sign } from '../../../scripts/play/steps.ts';
import type { Cast } from '../../../scripts/play/cast.ts';
import type { Person } from '../../../scripts/play/person.ts';
import { openHouse, type TestHouse } from '../../test/house.ts';
import { castFor, publishedLots, type PublishedLots } from '../../test/lots.ts';
import { checkPaper } from '../platform/pdf/index.ts';

/*
 * Four lots of one tender: the first is evaluated and awarded, the second loses its bidders in the qualification
 * check, the third has an absent expert and ends for want of responsive bids, the fourth never opens.
 */

let house: TestHouse;
let cast: Cast;
let published: PublishedLots;
const plan = new TextEncoder().encode('%PDF-1.7 技术方案 '.repeat(2_000));
const hour = 3_600_000;

const lot = (no: number): string => published.lots[no - 1] ?? '';
const params = (no: number) => ({ params: { lotId: lot(no) } });
const bidder = (at: number): Person => cast.bidders[at]!;
const seat = (person: Person): string => person.known.seatId;
const roots = () => house.house.identity.authorities.roots.map((der) => new Uint8Array(der));
const room = (person: Person, no: number): Promise<RoomReply> => person.client.call(readRoom, params(no));
const story = () => house.anybody.call(readTender, { params: { tenderId: published.tenderId } });
const panel = (): Person[] => [...cast.experts.slice(0, 4), cast.purchaser2];
/** Everything the public can see of a thing, as text: what must not be there yet is looked for in it. */
const publicText = async (): Promise<string> => JSON.stringify([await story(), await house.anybody.call(readBundle, { params: { tenderId: published.tenderId } }), await house.anybody.call(readHome)]);

const prices = [348_860_000n, 374_250_000n, 400_180_000n, 500_000_001n];

beforeAll(async () => {
  house = await openHouse({ at: '2026-11-02T01:00:00.000Z' });
  cast = await castFor(house, { bidders: 5, experts: 7 });
  published = await publishedLots(house, cast, 4);
  for (const [at, price] of prices.entries()) await handIn(bidder(at), lot(1), { price, files: [fileOf('技术方案.pdf', plan)], claims: { warranty: at === 0 ? 'two' : 'five', record: 'many' } });
  for (const no of [2, 3]) for (const at of [0, 1, 2]) await handIn(bidder(at), lot(no), { price: BigInt(1_000_000 + at) });
  await handIn(bidder(0), lot(4), { price: 5n });
}, 240_000);
afterAll(() => house.close());

test('shows nothing of bids before the close, and everything that is true now', async () => {
  const text = await publicText();
  for (const one of cast.bidders) expect(text).not.toContain(one.known.organisation?.name);
  const tender = await story();
  expect(tender.standing).toMatchObject({ now: 'bidding', next: 'close', until: instantText(published.deadline) });
  expect(tender.lots.map(({ close, opening, evaluation, award: decided }) => [close, opening, evaluation, decided])).toEqual([1, 2, 3, 4].map(() => [null, null, null, null]));
  expect(tender.spine.slice(0, 3).map(({ key, state }) => [key, state])).toEqual([['published', 'done'], ['documentsUntil', 'next'], ['deadline', 'now']]);
  expect(tender.spine[0]?.record?.leaf).toBe(tender.noticeLeaf);
  const found = await house.anybody.call(findTenders, { query: { q: '实验室' } });
  expect(found.rows.map(({ id, regionName }) => [id, regionName.length > 0])).toEqual([[published.tenderId, true]]);
  const day = instantText(published.deadline).slice(0, 10);
  expect((await house.anybody.call(readCalendar, { query: { from: day, to: day } })).rows).toHaveLength(4);
  expect(await house.anybody.refused(readCalendar, { query: { from: '2026-01-01', to: '2026-12-31' } })).toEqual(['publication.stretch-too-long']);
  expect((await house.anybody.call(readHome)).counts).toMatchObject({ openTenders: 1, awardedThisYear: 0 });
  const desk = await bidder(0).client.call(readDesk);
  expect(desk.rows.map(({ verb }) => verb)).not.toContain('look');
});

test('lets nobody look into bids, not even supervision, before they are opened', async () => {
  const file = { params: { lotId: lot(1), bidId: crypto.randomUUID(), index: 0 } };
  for (const person of [cast.agency, cast.supervisor, cast.experts[0]!]) expect(await person.client.refused(readBidFile, file)).toEqual(['evaluation.not-entitled']);
  expect(await cast.agency.client.refused(readQualification, params(1))).toEqual(['evaluation.not-opened']);
  const seen = await cast.supervisor.client.call(readLotFile, params(1));
  expect(JSON.stringify(seen)).not.toContain(bidder(0).known.organisation?.name);
  expect(seen.board.next).toMatchObject({ move: 'close' });
});

test('opens, and gives the purchaser’s side and the officers their work', async () => {
  house.clock.set(published.deadline);
  await house.tick();
  expect((await cast.notary.client.call(readDesk)).rows.filter(({ verb }) => verb === 'open')).toHaveLength(3);
  for (const no of [1, 2, 3]) {
    await release(cast.purchaser, lot(no), roots(), house.clock.now());
    await release(cast.notary, lot(no), roots(), house.clock.now());
  }
  await house.tick();
  const tender = await story();
  expect(tender.lots.map(({ state, failure }) => [state, failure?.reason ?? null])).toEqual([['opened', null], ['opened', null], ['opened', null], ['failed', 'lt3Bids']]);
  expect(tender.lots[0]?.opening?.bids.map(({ price, state, partKey }) => [price, state, partKey?.length])).toEqual(prices.map((price) => [price.toString(), 'opened', 64]));
  expect(tender.lots[3]?.opening).toBeNull();
  expect((await cast.agency.client.call(readDesk)).rows.map(({ verb }) => verb)).toEqual(expect.arrayContaining(['qualify', 'appointPanel']));
});

test('judges every standing bid, by signature over exactly what is decided', async () => {
  const view = await cast.agency.client.call(readQualification, params(1));
  expect(view.bids.map(({ stands, files, statements }) => [stands, files.map(({ name }) => name), statements.length])).toEqual(prices.map(() => [true, ['技术方案.pdf'], 2]));
  expect(await bidder(0).client.refused(readQualification, params(1))).toEqual(['auth.not-allowed']);
  const file = { params: { lotId: lot(1), bidId: view.bids[0]!.bidId, index: 0 } };
  expect(Buffer.from(await cast.agency.client.call(readBidFile, file)).equals(Buffer.from(plan))).toBe(true);
  expect(Buffer.from(await bidder(0).client.call(readBidFile, file)).equals(Buffer.from(plan))).toBe(true);
  expect(await bidder(1).client.refused(readBidFile, file)).toEqual(['evaluation.not-entitled']);
  const bids = view.bids.map(({ bidId }) => ({ bidId, findings: view.criteria.qualifications.map(({ id }) => ({ qualification: id, met: true, reason: '' })) }));
  const other = await cast.agency.sign({ v: 'xinbiao/act/v1', type: 'qualify.result', by: cast.agency.by });
  expect(await cast.agency.client.refused(judgeQualification, { ...params(1), body: { ...other, bids } })).toEqual(['act.not-what-is-decided']);
  expect(await cast.agency.client.refused(judgeQualification, { ...params(1), body: { ...other, bids: bids.slice(1) } })).toEqual(['qualification.bids-differ']);
  expect(await qualify(cast.agency, lot(1))).toMatchObject({ state: 'qualified', passed: 4 });
  expect(await cast.agency.client.refused(judgeQualification, { ...params(1), body: { ...other, bids } })).toEqual(['evaluation.not-opened']);
});

test('ends a lot with fewer than three qualified bidders, and says why to everybody', async () => {
  const uscc = bidder(1).known.organisation?.uscc ?? '';
  expect(await qualify(cast.agency, lot(2), { [uscc]: '营业执照已过期' })).toMatchObject({ state: 'failed', passed: 2 });
  const notice = await house.anybody.call(readResultNotice, params(2));
  expect(notice).toMatchObject({ outcome: 'failed', failure: { reason: 'lt3Qualified', law: '87号令 §43' }, winner: null });
  expect(notice.evaluation?.rejected).toMatchObject([{ at: 'qualification', bidder: { uscc }, reasons: [expect.stringContaining('营业执照已过期')] }]);
  const own = await bidder(1).client.call(readOwnResult, { params: { bidId: notice.evaluation!.rejected[0]!.bidId } });
  expect(own).toMatchObject({ outcome: 'rejected', rank: null, rejected: { at: 'qualification' } });
  expect(await bidder(0).client.refused(readOwnResult, { params: { bidId: notice.evaluation!.rejected[0]!.bidId } })).toEqual(['award.not-your-bid']);
});

test('keeps those away who are tied to a bidder, and says from which facts', async () => {
  const tied = cast.experts[6]!;
  const { version, profile } = await tied.client.call(readOwnExpert);
  const { name, uscc } = bidder(2).known.organisation!;
  await tied.client.call(changeExpert, { body: { version, profile: { ...profile, employers: [...profile.employers, { name, uscc, from: '2020-01-01', until: '2024-06-30' }] } } });
  const { rule, rows } = await cast.agency.client.call(listCandidates, params(1));
  expect(rule).toMatchObject({ least: 5, mostRepresentatives: 1 });
  expect(rows.find(({ seatId }) => seatId === seat(tied))?.recused).toEqual([{ code: 'employed-by-party', facts: { party: name, from: '2020-01-01', until: '2024-06-30' } }]);
  const of = (...people: Person[]) => people.map((person) => ({ seatId: seat(person), kind: person === cast.purchaser2 || person === cast.purchaser ? ('purchaser' as const) : ('expert' as const) }));
  const refused = async (members: ReturnType<typeof of>) => cast.agency.client.refused(appointPanel, { ...params(1), body: { ...(await cast.agency.sign({ v: 'xinbiao/act/v1', type: 'panel.appoint', by: cast.agency.by })), members } });
  expect(await refused(of(...cast.experts.slice(0, 4), tied))).toEqual(['panel.must-stay-away']);
  expect(await refused(of(...cast.experts.slice(0, 3), cast.purchaser, cast.purchaser2))).toEqual(['panel.too-few-experts']);
  expect(await refused(of(...cast.experts.slice(0, 6)))).toEqual(['panel.even']);
});

test('tells an invited expert the parties and no project, and replaces whoever declines', async () => {
  await appoint(cast.agency, lot(1), [...cast.experts.slice(0, 3), cast.experts[4]!, cast.purchaser2].map(seat));
  const [asked] = (await cast.experts[0]!.client.call(listTasks)).rows;
  expect(asked).toMatchObject({ title: null, code: null, next: 'accept' });
  expect(asked?.parties.map(({ role }) => role)).toEqual(expect.arrayContaining(['purchaser', 'agency', 'bidder']));
  expect(await cast.experts[0]!.client.refused(readRoom, params(1))).toEqual(['evaluation.not-on-panel']);
  const [task] = (await cast.experts[4]!.client.call(listTasks)).rows;
  await cast.experts[4]!.client.call(declineTask, { params: { memberId: task!.memberId }, body: { reason: 'recusal', note: '' } });
  expect(await cast.experts[4]!.client.refused(acceptTask, { params: { memberId: task!.memberId }, body: { ...(await cast.experts[4]!.sign({ v: 'xinbiao/act/v1', type: 'panel.accept', by: cast.experts[4]!.by })), declaration: { noEmployment: true, noKinship: true, noOtherInterest: true, pledge: true } } })).toEqual(['panel.already-answered']);
  expect(await cast.agency.client.refused(convenePanel, { ...params(1), body: { sheetsUntil: instantText(addTime(house.clock.now(), 24 * hour)) } })).toEqual(['panel.incomplete']);

  const view = await cast.agency.client.call(readPanel, params(1));
  expect(view.allowed).toEqual(['replace']);
  const declined = view.members.find(({ state }) => state === 'declined')!;
  const replacement = cast.experts[3]!;
  const facts = { lot: { tenderId: view.tenderId, lotId: view.lotId, code: view.code, lotNo: view.lotNo }, memberId: declined.memberId, seatId: seat(replacement), name: replacement.known.name, reason: '原评委申请回避' };
  const signed = await cast.agency.sign(replacementAct(cast.agency.by, facts));
  await cast.agency.client.call(replaceMember, { params: { memberId: declined.memberId }, body: { ...signed, seatId: seat(replacement), reason: facts.reason } });
  for (const person of panel()) await accept(person, lot(1));
  expect(await cast.agency.client.refused(convenePanel, { ...params(1), body: { sheetsUntil: instantText(house.clock.now()) } })).toEqual(['panel.limit-too-near']);
  await convene(cast.agency, lot(1), addTime(house.clock.now(), 24 * hour));
  expect((await cast.agency.client.call(readPanel, params(1))).lotState).toBe('evaluating');
});

test('shows the panel machine scores, flags and files, and hides names of the panel from the public', async () => {
  const seen = await room(cast.experts[0]!, 1);
  expect(seen.bids.map(({ overLimit, priceScore }) => [overLimit, priceScore])).toEqual([[false, 3500], [false, 3263], [false, 3051], [true, null]]);
  expect(seen.bids[0]?.objective).toEqual([{ item: 'warranty', option: 'two', label: '2 年', score: 200 }, { item: 'record', option: 'many', label: '3 个及以上', score: 1000 }]);
  const file = { params: { lotId: lot(1), bidId: seen.bids[1]!.bidId, index: 0 } };
  expect((await cast.experts[0]!.client.call(readBidFile, file)).length).toBe(plan.length);
  const text = await publicText();
  for (const person of cast.experts) expect(text).not.toContain(person.known.name);
});

test('takes sealed sheets, replaces one, and holds nothing readable until the last is in', async () => {
  const judge = (r: RoomReply, bid: RoomReply['bids'][number], item: RoomReply['criteria']['items'][number]): number => {
    const at = r.bids.indexOf(bid);
    return Math.min(item.max, Math.floor(item.max / 2) + (at === 1 ? 400 : 0) + r.expert.length);
  };
  const [first, ...others] = panel();
  await score(first!, lot(1), () => 0);
  expect(await first!.client.refused(revealSheet, { ...params(1), body: { salt: '00'.repeat(32), sheet: { v: 'xinbiao/score-sheet/v1', lotId: lot(1), criteriaHash: '00'.repeat(32), expert: 'expert-1', bids: [{ bidId: crypto.randomUUID(), responsive: true, reasons: [], scores: [] }] } } })).toEqual(['sheet.not-all-in']);
  await score(first!, lot(1), judge);
  expect(await first!.client.call(readProgress, params(1))).toMatchObject({ members: 5, committed: 1, revealOpen: false });
  for (const person of others) await score(person, lot(1), judge);
  expect(await first!.client.call(readProgress, params(1))).toMatchObject({ members: 5, committed: 5, revealed: 0, revealOpen: true });
  await expect(score(first!, lot(1), judge)).rejects.toThrow('sheet.all-in');
  for (const person of cast.experts.slice(1, 4)) expect(await reveal(person, lot(1))).toBe('evaluating');
  expect(await cast.supervisor.client.refused(readSheet, { params: { lotId: lot(1), expert: 'expert-2' } })).toEqual(['evaluation.not-ranked']);
  expect(await cast.experts[1]!.client.refused(readReport, params(1))).toEqual(['evaluation.not-ranked']);
});
