import {
  awardAct,
  decideAward,
  readDecision,
  readLetter,
  readOwnResult,
  readResultNotice,
  readResultPaper,
} from '@xinbiao/contracts/award';
import {
  acceptTask,
  appointPanel,
  convenePanel,
  criteriaHash,
  declineTask,
  escrowAct,
  evaluate,
  judgeQualification,
  listCandidates,
  listTasks,
  readBidFile,
  readEscrows,
  readPanel,
  readProgress,
  readQualification,
  readReport,
  readReportPaper,
  readRoom,
  readSheet,
  readSignaturesPaper,
  releaseEscrows,
  replaceMember,
  replacementAct,
  resultHash,
  revealSheet,
  type RoomReply,
} from '@xinbiao/contracts/evaluation';
import { addTime, fromHex, instantText, toHex } from '@xinbiao/contracts/kernel';
import { readAct, readEntry } from '@xinbiao/contracts/ledger';
import { readBoard, readDesk, readLotFile } from '@xinbiao/contracts/oversight';
import {
  findResults,
  findTenders,
  readBundle,
  readCalendar,
  readHome,
  readStatus,
  readTender,
} from '@xinbiao/contracts/publication';
import { changeExpert, readOwnExpert } from '@xinbiao/contracts/registry';
import {
  bytesOf,
  canonical,
  isCommittedSheet,
  Manifest,
  openCheckpoint,
  openPart,
  parseCanonical,
  parseVerifierKey,
  provesInclusion,
  readPieces,
  sha256Hex,
  SheetEscrow,
  sheetLocked,
  sheetStage,
  unwrapShare,
} from '@xinbiao/contracts/trust';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileOf, handIn } from '../../../scripts/play/bid.ts';
import { accept, appoint, award, convene, qualify, release, reveal, score, sign } from '../../../scripts/play/steps.ts';
import type { Cast } from '../../../scripts/play/cast.ts';
import type { Person } from '../../../scripts/play/person.ts';
import { openHouse, type TestHouse } from '../../test/house.ts';
import { castFor, publishedLots, type PublishedLots } from '../../test/lots.ts';
import { OversightRead } from '../oversight/index.ts';
import { checkPaper } from '@xinbiao/contracts/trust';

/*
 * Five lots of one tender: the first is evaluated and awarded, the second loses its bidders in the qualification
 * check, the third has an absent expert and ends for want of responsive bids, the fourth never opens, and in the
 * fifth an expert seals what is no sheet.
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
const publicText = async (): Promise<string> =>
  JSON.stringify([
    await story(),
    await house.anybody.call(readBundle, { params: { tenderId: published.tenderId } }),
    await house.anybody.call(readHome),
  ]);

const lineOf = (price: bigint) => ({
  name: '学生实验台',
  specification: '型号 S1',
  quantity: '1 批',
  unitPrice: price.toString(),
  amount: price.toString(),
});
const prices = [348_860_000n, 374_250_000n, 400_180_000n, 500_000_001n];

beforeAll(async () => {
  house = await openHouse({ at: '2026-11-02T01:00:00.000Z' });
  cast = await castFor(house, { bidders: 5, experts: 7 });
  published = await publishedLots(house, cast, 5);
  for (const [at, price] of prices.entries())
    await handIn(bidder(at), lot(1), {
      price,
      files: [fileOf('技术方案.pdf', plan)],
      claims: { warranty: at === 0 ? 'two' : 'five', record: 'many' },
      lines: [lineOf(price)],
    });
  for (const no of [2, 3, 5])
    for (const at of [0, 1, 2]) await handIn(bidder(at), lot(no), { price: BigInt(1_000_000 + at) });
  await handIn(bidder(0), lot(4), { price: 5n });
}, 240_000);
afterAll(() => house.close());

test('shows nothing of bids before the close, and everything that is true now', async () => {
  const text = await publicText();
  for (const one of cast.bidders) expect(text).not.toContain(one.known.organisation?.name);
  const tender = await story();
  expect(tender.standing).toMatchObject({ now: 'bidding', next: 'close', until: instantText(published.deadline) });
  expect(
    tender.lots.map(({ close, opening, evaluation, award: decided }) => [close, opening, evaluation, decided]),
  ).toEqual([1, 2, 3, 4, 5].map(() => [null, null, null, null]));
  expect(tender.spine.slice(0, 3).map(({ key, state }) => [key, state])).toEqual([
    ['published', 'done'],
    ['documentsUntil', 'next'],
    ['deadline', 'now'],
  ]);
  expect(tender.spine[0]?.record?.leaf).toBe(tender.noticeLeaf);
  const found = await house.anybody.call(findTenders, { query: { q: '实验室' } });
  expect(found.rows.map(({ id, regionName }) => [id, regionName.length > 0])).toEqual([[published.tenderId, true]]);
  const day = instantText(published.deadline).slice(0, 10);
  expect((await house.anybody.call(readCalendar, { query: { from: day, to: day } })).rows).toHaveLength(5);
  expect(await house.anybody.refused(readCalendar, { query: { from: '2026-01-01', to: '2026-12-31' } })).toEqual([
    'publication.stretch-too-long',
  ]);
  expect((await house.anybody.call(readHome)).counts).toMatchObject({ openTenders: 1, awardedThisYear: 0 });
  const desk = await bidder(0).client.call(readDesk);
  expect(desk.rows.map(({ verb }) => verb)).not.toContain('look');
});

test('lets nobody look into bids, not even supervision, before they are opened', async () => {
  const file = { params: { lotId: lot(1), bidId: crypto.randomUUID(), index: 0 } };
  for (const person of [cast.agency, cast.supervisor, cast.experts[0]!])
    expect(await person.client.refused(readBidFile, file)).toEqual(['evaluation.not-entitled']);
  expect(await cast.agency.client.refused(readQualification, params(1))).toEqual(['evaluation.not-opened']);
  const seen = await cast.supervisor.client.call(readLotFile, params(1));
  expect(JSON.stringify(seen)).not.toContain(bidder(0).known.organisation?.name);
  expect(seen.board.next).toMatchObject({ move: 'close' });
});

test('opens, and gives the purchaser’s side and the officers their work', async () => {
  house.clock.set(published.deadline);
  await house.tick();
  expect((await cast.notary.client.call(readDesk)).rows.filter(({ verb }) => verb === 'open')).toHaveLength(4);
  for (const no of [1, 2, 3, 5]) {
    await release(cast.purchaser, lot(no), roots(), house.clock.now());
    await release(cast.notary, lot(no), roots(), house.clock.now());
  }
  await house.tick();
  const tender = await story();
  expect(tender.lots.map(({ state, failure }) => [state, failure?.reason ?? null])).toEqual([
    ['opened', null],
    ['opened', null],
    ['opened', null],
    ['failed', 'lt3Bids'],
    ['opened', null],
  ]);
  expect(tender.lots[0]?.opening?.bids.map(({ price, state, partKey }) => [price, state, partKey?.length])).toEqual(
    prices.map((price) => [price.toString(), 'opened', 64]),
  );
  expect(tender.lots[3]?.opening).toBeNull();
  expect((await cast.agency.client.call(readDesk)).rows.map(({ verb }) => verb)).toEqual(
    expect.arrayContaining(['qualify', 'appointPanel']),
  );
});

test('judges every standing bid, by signature over exactly what is decided', async () => {
  const view = await cast.agency.client.call(readQualification, params(1));
  expect(
    view.bids.map(({ stands, files, statements }) => [stands, files.map(({ name }) => name), statements.length]),
  ).toEqual(prices.map(() => [true, ['技术方案.pdf'], 2]));
  expect(await bidder(0).client.refused(readQualification, params(1))).toEqual(['auth.not-allowed']);
  const file = { params: { lotId: lot(1), bidId: view.bids[0]!.bidId, index: 0 } };
  expect(Buffer.from(await cast.agency.client.call(readBidFile, file)).equals(Buffer.from(plan))).toBe(true);
  expect(Buffer.from(await bidder(0).client.call(readBidFile, file)).equals(Buffer.from(plan))).toBe(true);
  expect(await bidder(1).client.refused(readBidFile, file)).toEqual(['evaluation.not-entitled']);
  const bids = view.bids.map(({ bidId }) => ({
    bidId,
    findings: view.criteria.qualifications.map(({ id }) => ({ qualification: id, met: true, reason: '' })),
  }));
  const other = await cast.agency.sign({ v: 'xinbiao/act/v1', type: 'qualify.result', by: cast.agency.by });
  expect(await cast.agency.client.refused(judgeQualification, { ...params(1), body: { ...other, bids } })).toEqual([
    'act.not-what-is-decided',
  ]);
  expect(
    await cast.agency.client.refused(judgeQualification, { ...params(1), body: { ...other, bids: bids.slice(1) } }),
  ).toEqual(['qualification.bids-differ']);
  expect(await qualify(cast.agency, lot(1))).toMatchObject({ state: 'qualified', passed: 4 });
  expect(await cast.agency.client.refused(judgeQualification, { ...params(1), body: { ...other, bids } })).toEqual([
    'evaluation.not-opened',
  ]);
});

test('ends a lot with fewer than three qualified bidders, and says why to everybody', async () => {
  const uscc = bidder(1).known.organisation?.uscc ?? '';
  expect(await qualify(cast.agency, lot(2), { [uscc]: '营业执照已过期' })).toMatchObject({
    state: 'failed',
    passed: 2,
  });
  const notice = await house.anybody.call(readResultNotice, params(2));
  expect(notice).toMatchObject({
    outcome: 'failed',
    failure: { reason: 'lt3Qualified', law: '87号令 §43' },
    winner: null,
  });
  expect(notice.evaluation?.rejected).toMatchObject([
    { at: 'qualification', bidder: { uscc }, reasons: [expect.stringContaining('营业执照已过期')] },
  ]);
  const own = await bidder(1).client.call(readOwnResult, { params: { bidId: notice.evaluation!.rejected[0]!.bidId } });
  expect(own).toMatchObject({ outcome: 'rejected', rank: null, rejected: { at: 'qualification' } });
  expect(
    await bidder(0).client.refused(readOwnResult, { params: { bidId: notice.evaluation!.rejected[0]!.bidId } }),
  ).toEqual(['award.not-your-bid']);
});

test('keeps those away who are tied to a bidder, and says from which facts', async () => {
  const tied = cast.experts[6]!;
  const { version, profile } = await tied.client.call(readOwnExpert);
  const { name, uscc } = bidder(2).known.organisation!;
  await tied.client.call(changeExpert, {
    body: {
      version,
      profile: {
        ...profile,
        employers: [...profile.employers, { name, uscc, from: '2020-01-01', until: '2024-06-30' }],
      },
    },
  });
  const { rule, rows } = await cast.agency.client.call(listCandidates, params(1));
  expect(rule).toMatchObject({ least: 5, mostRepresentatives: 1 });
  expect(rows.find(({ seatId }) => seatId === seat(tied))?.recused).toEqual([
    { code: 'employed-by-party', facts: { party: name, from: '2020-01-01', until: '2024-06-30' } },
  ]);
  const of = (...people: Person[]) =>
    people.map((person) => ({
      seatId: seat(person),
      kind: person === cast.purchaser2 || person === cast.purchaser ? ('purchaser' as const) : ('expert' as const),
    }));
  const refused = async (members: ReturnType<typeof of>) =>
    cast.agency.client.refused(appointPanel, {
      ...params(1),
      body: {
        ...(await cast.agency.sign({ v: 'xinbiao/act/v1', type: 'panel.appoint', by: cast.agency.by })),
        members,
        selfChosen: '专业性强',
      },
    });
  expect(await refused(of(...cast.experts.slice(0, 4), tied))).toEqual(['panel.must-stay-away']);
  expect(await refused(of(...cast.experts.slice(0, 3), cast.purchaser, cast.purchaser2))).toEqual([
    'panel.too-few-experts',
  ]);
  expect(await refused(of(...cast.experts.slice(0, 6)))).toEqual(['panel.even']);
});

test('tells an invited expert the parties and no project, and replaces whoever declines', async () => {
  await appoint(cast.agency, lot(1), [...cast.experts.slice(0, 3), cast.experts[4]!, cast.purchaser2].map(seat));
  const [asked] = (await cast.experts[0]!.client.call(listTasks)).rows;
  expect(asked).toMatchObject({ title: null, code: null, next: 'accept' });
  expect(asked?.parties.map(({ role }) => role)).toEqual(expect.arrayContaining(['purchaser', 'agency', 'bidder']));
  expect(await cast.experts[0]!.client.refused(readRoom, params(1))).toEqual(['evaluation.not-on-panel']);
  const [task] = (await cast.experts[4]!.client.call(listTasks)).rows;
  await cast.experts[4]!.client.call(declineTask, {
    params: { memberId: task!.memberId },
    body: { reason: 'recusal', note: '' },
  });
  expect(
    await cast.experts[4]!.client.refused(acceptTask, {
      params: { memberId: task!.memberId },
      body: {
        ...(await cast.experts[4]!.sign({ v: 'xinbiao/act/v1', type: 'panel.accept', by: cast.experts[4]!.by })),
        declaration: { noEmployment: true, noKinship: true, noOtherInterest: true, pledge: true },
      },
    }),
  ).toEqual(['panel.already-answered']);
  expect(
    await cast.agency.client.refused(convenePanel, {
      ...params(1),
      body: { sheetsUntil: instantText(addTime(house.clock.now(), 24 * hour)) },
    }),
  ).toEqual(['panel.incomplete']);

  const view = await cast.agency.client.call(readPanel, params(1));
  expect(view.allowed).toEqual(['replace']);
  const declined = view.members.find(({ state }) => state === 'declined')!;
  const replacement = cast.experts[3]!;
  const facts = {
    lot: { tenderId: view.tenderId, lotId: view.lotId, code: view.code, lotNo: view.lotNo },
    memberId: declined.memberId,
    seatId: seat(replacement),
    name: replacement.known.name,
    reason: '原评委申请回避',
  };
  const signed = await cast.agency.sign(replacementAct(cast.agency.by, facts));
  await cast.agency.client.call(replaceMember, {
    params: { memberId: declined.memberId },
    body: { ...signed, seatId: seat(replacement), reason: facts.reason },
  });
  for (const person of panel()) await accept(person, lot(1));
  expect(
    await cast.agency.client.refused(convenePanel, {
      ...params(1),
      body: { sheetsUntil: instantText(house.clock.now()) },
    }),
  ).toEqual(['panel.limit-too-near']);
  await convene(cast.agency, lot(1), addTime(house.clock.now(), 24 * hour));
  expect((await cast.agency.client.call(readPanel, params(1))).lotState).toBe('evaluating');
});

test('shows the panel machine scores, flags and files, and hides names of the panel from the public', async () => {
  const seen = await room(cast.experts[0]!, 1);
  expect(seen.bids.map(({ overLimit, priceScore }) => [overLimit, priceScore])).toEqual([
    [false, 3500],
    [false, 3263],
    [false, 3051],
    [true, null],
  ]);
  expect(seen.bids[0]?.objective).toEqual([
    { item: 'warranty', option: 'two', label: '2 年', score: 200 },
    { item: 'record', option: 'many', label: '3 个及以上', score: 1000 },
  ]);
  const file = { params: { lotId: lot(1), bidId: seen.bids[1]!.bidId, index: 0 } };
  expect((await cast.experts[0]!.client.call(readBidFile, file)).length).toBe(plan.length);
  const text = await publicText();
  for (const person of cast.experts) expect(text).not.toContain(person.known.name);
});

test('takes sealed sheets, replaces one, and holds nothing readable until the last is in', async () => {
  const judge = (
    r: RoomReply,
    bid: RoomReply['bids'][number],
    item: RoomReply['criteria']['items'][number],
  ): number => {
    const at = r.bids.indexOf(bid);
    return Math.min(item.max, Math.floor(item.max / 2) + (at === 1 ? 400 : 0) + r.expert.length);
  };
  const [first, ...others] = panel();
  await score(first!, lot(1), () => 0);
  expect(
    await first!.client.refused(revealSheet, {
      ...params(1),
      body: {
        salt: '00'.repeat(32),
        sheet: {
          v: 'xinbiao/score-sheet/v1',
          lotId: lot(1),
          criteriaHash: '00'.repeat(32),
          expert: 'expert-1',
          bids: [{ bidId: crypto.randomUUID(), responsive: true, reasons: [], scores: [] }],
        },
      },
    }),
  ).toEqual(['sheet.not-all-in']);
  await score(first!, lot(1), judge);
  expect(await first!.client.call(readProgress, params(1))).toMatchObject({
    members: 5,
    committed: 1,
    revealOpen: false,
  });
  for (const person of others) await score(person, lot(1), judge);
  expect(await first!.client.call(readProgress, params(1))).toMatchObject({
    members: 5,
    committed: 5,
    revealed: 0,
    revealOpen: true,
  });
  await expect(score(first!, lot(1), judge)).rejects.toThrow('sheet.all-in');
  for (const person of cast.experts.slice(1, 4)) expect(await reveal(person, lot(1))).toBe('evaluating');
  expect(await cast.supervisor.client.refused(readSheet, { params: { lotId: lot(1), expert: 'expert-2' } })).toEqual([
    'evaluation.not-ranked',
  ]);
  expect(await cast.experts[1]!.client.refused(readReport, params(1))).toEqual(['evaluation.not-ranked']);
});

test('ranks when the last sheet is revealed, and anybody with the sheets gets the same result', async () => {
  const [first, , , , last] = panel();
  await reveal(first!, lot(1));
  expect(await reveal(last!, lot(1))).toBe('ranked');
  const report = await cast.agency.client.call(readReport, params(1));
  expect(report.result.outcome).toBe('ranked');
  expect(resultHash(report.result)).toBe(report.resultHash);
  const over = report.result.bids.find(({ overLimit }) => overLimit);
  expect(over).toMatchObject({ responsive: false, rank: null, price: prices[3]!.toString() });

  const sheets = await Promise.all(
    report.result.sheets.map(({ expert }) =>
      cast.supervisor.client.call(readSheet, { params: { lotId: lot(1), expert } }),
    ),
  );
  for (const { commitment, salt, sheet } of sheets)
    expect(isCommittedSheet(commitment, { salt, sheet: sheet as never })).toBe(true);
  const seen = await room(first!, 1);
  expect(criteriaHash(report.criteria)).toBe(report.result.criteriaHash);
  const again = evaluate({
    tenderId: report.tenderId,
    criteria: report.criteria,
    bids: seen.bids.map(({ bidId, price, offer }) => ({
      bidId,
      price: BigInt(price),
      objective: (offer as { objective: { item: string; option: string }[] }).objective,
    })),
    sheets: sheets.map(({ expert, commitment, from, sheet }) => ({ expert, commitment, from, sheet })),
    rulebook: '2026',
  });
  expect(canonical(again)).toBe(canonical(report.result));
});

test('shows a sheet to its expert and to supervision, and the report to nobody else', async () => {
  const [mine] = (await cast.experts[0]!.client.call(listTasks)).rows;
  expect(mine).toMatchObject({ next: 'sign' });
  expect(
    (await cast.experts[0]!.client.call(readSheet, { params: { lotId: lot(1), expert: mine!.expert } })).expert,
  ).toBe(mine!.expert);
  expect(await cast.experts[1]!.client.refused(readSheet, { params: { lotId: lot(1), expert: mine!.expert } })).toEqual(
    ['evaluation.not-entitled'],
  );
  expect(await cast.agency.client.refused(readSheet, { params: { lotId: lot(1), expert: mine!.expert } })).toEqual([
    'evaluation.not-entitled',
  ]);
  for (const person of [bidder(0), cast.notary, cast.experts[5]!])
    expect(await person.client.refused(readReport, params(1))).toEqual(['evaluation.not-entitled']);
  const paper = await cast.agency.client.call(readReportPaper, params(1));
  expect(Buffer.from(paper.subarray(0, 5)).toString()).toBe('%PDF-');
  expect(await checkPaper(paper, house.house.identity.authorities.anchors(house.clock.now()))).toMatchObject({
    ok: true,
  });
  expect(await publicText()).not.toContain(cast.experts[0]!.known.name);
});

test('takes the panel’s signatures under result and report, once each', async () => {
  for (const person of panel()) await sign(person, lot(1));
  await expect(sign(panel()[0]!, lot(1))).rejects.toThrow('report.already-signed');
  const page = await cast.agency.client.call(readSignaturesPaper, params(1));
  expect(await checkPaper(page, house.house.identity.authorities.anchors(house.clock.now()))).toMatchObject({
    ok: true,
  });
  expect(await bidder(0).client.refused(readSignaturesPaper, params(1))).toEqual(['evaluation.not-entitled']);
  const decision = await cast.purchaser.client.call(readDecision, params(1));
  expect(decision.signatures).toEqual({ signed: 5, of: 5 });
  expect(decision.allowed).toEqual(['award']);
  expect((await cast.agency.client.call(readDecision, params(1))).allowed).toEqual([]);
});

test('awards rank 1 and nobody else, by the purchaser alone', async () => {
  const { candidates, ...decision } = await cast.purchaser.client.call(readDecision, params(1));
  const second = candidates.find(({ rank }) => rank === 2)!;
  const act = awardAct(cast.purchaser.by, {
    lot: { tenderId: decision.tenderId, lotId: decision.lotId, code: decision.code, lotNo: decision.lotNo },
    bidId: second.bidId,
    bidder: second.bidder,
    price: second.price,
    rank: 2,
    total: second.total,
    reportHash: decision.reportHash!,
    resultHash: decision.resultHash!,
    reason: '',
  });
  const body = { ...(await cast.purchaser.sign(act)), bidId: second.bidId, reason: '' };
  expect(await cast.purchaser.client.refused(decideAward, { ...params(1), body })).toEqual(['award.not-first']);
  expect(await cast.agency.client.refused(decideAward, { ...params(1), body })).toEqual(['auth.not-allowed']);
  expect(await house.anybody.refused(readResultNotice, params(1))).toEqual(['award.no-result']);
  expect((await cast.purchaser.client.call(readDesk)).rows).toContainEqual(
    expect.objectContaining({ verb: 'decide', lotId: lot(1), law: '政府采购法实施条例 §43' }),
  );
  const winner = await award(cast.purchaser, lot(1));
  expect(winner.price).toBe(candidates[0]!.price);
  expect(await cast.purchaser.client.refused(decideAward, { ...params(1), body })).toEqual(['award.not-ranked']);
});

test('publishes the result with reasons, names, scores and limits, and opens the log’s commitments', async () => {
  const notice = await house.anybody.call(readResultNotice, params(1));
  expect(notice).toMatchObject({ outcome: 'awarded', noticeDays: 1 });
  // What was won is public line by line; what the others offered is not.
  expect(notice.winner?.lines).toEqual([lineOf(BigInt(notice.winner!.price))]);
  expect(JSON.stringify(notice).match(/型号 S1/g)).toHaveLength(1);
  expect(notice.evaluation?.panel.map(({ name }) => name).toSorted()).toEqual(
    panel()
      .map(({ known }) => known.name)
      .toSorted(),
  );
  expect(notice.evaluation?.rejected).toMatchObject([{ at: 'conformity', law: '87号令 §63' }]);
  expect(
    notice.evaluation?.scores.map(({ rank, total, priceScore, objective, subjective }) => [
      rank,
      total === priceScore + objective + subjective,
    ]),
  ).toEqual([
    [1, true],
    [2, true],
    [3, true],
  ]);
  const tender = await story();
  const first = tender.lots[0]!;
  expect(first).toMatchObject({ state: 'awarded', standing: { now: 'awarded', next: 'contract' } });
  expect(tender.spine.filter(({ lotId, state }) => lotId === lot(1) && state === 'done').map(({ key }) => key)).toEqual(
    ['closed', 'opened', 'qualified', 'evaluating', 'ranked', 'awarded'],
  );
  const qualified = tender.spine.find(({ key, lotId }) => key === 'qualified' && lotId === lot(1));
  const entry = await house.anybody.call(readEntry, { params: { index: qualified!.record!.index! } });
  expect(entry).toMatchObject({ kind: 'commit', body: { t: 'qualify.result' } });
  expect((await house.anybody.call(readAct, { params: { hash: String(entry.body!.p['act']) } })).act).toContain(
    '"type":"qualify.result"',
  );
  expect((await house.anybody.call(findResults)).rows.map(({ outcome }) => outcome).toSorted()).toEqual([
    'awarded',
    'failed',
    'failed',
  ]);
  expect((await house.anybody.call(findResults, { query: { outcome: 'awarded', q: '实验室' } })).rows).toMatchObject([
    { lotId: lot(1), winner: { name: notice.winner!.name } },
  ]);
  expect(await house.anybody.refused(findResults, { query: { after: 'nowhere' } })).toEqual(['publication.bad-cursor']);
});

test('gives each bidder its own result, and the letter to the winner alone', async () => {
  const notice = await house.anybody.call(readResultNotice, params(1));
  const anchors = house.house.identity.authorities.anchors(house.clock.now());
  for (const [at] of prices.entries()) {
    const name = bidder(at).known.organisation!.name;
    const bidId = [...notice.evaluation!.scores, ...notice.evaluation!.rejected].find(
      (one) => one.bidder.name === name,
    )!.bidId;
    const own = await bidder(at).client.call(readOwnResult, { params: { bidId } });
    const won = notice.winner!.bidId === bidId;
    expect(own.outcome).toBe(won ? 'won' : at === 3 ? 'rejected' : 'lost');
    expect(own.winner?.name).toBe(notice.winner!.name);
    if (won)
      expect(await checkPaper(await bidder(at).client.call(readLetter, params(1)), anchors)).toMatchObject({
        ok: true,
      });
    else expect(await bidder(at).client.refused(readLetter, params(1))).toEqual(['award.no-letter']);
    expect((await bidder(at).client.call(readDesk)).rows.map(({ verb }) => verb)).toContain('readResult');
  }
  expect(await checkPaper(await house.anybody.call(readResultPaper, params(1)), anchors)).toMatchObject({ ok: true });
});

test('bundles what it takes to check the tender offline', async () => {
  const bundle = await house.anybody.call(readBundle, { params: { tenderId: published.tenderId } });
  const key = parseVerifierKey(bundle.log.verifierKey);
  const checkpoint = openCheckpoint(bundle.log.checkpoint, [key]);
  for (const { index, leaf, proof } of bundle.entries)
    expect(
      provesInclusion({
        index,
        size: checkpoint.size,
        leaf: fromHex(leaf),
        proof: proof.map(fromHex),
        root: checkpoint.root,
      }),
      `entry ${index}`,
    ).toBe(true);
  const [first] = bundle.lots;
  const closeEntry = bundle.entries.find(({ body }) => body?.t === 'tender.close' && body.s === lot(1));
  expect(JSON.stringify(closeEntry?.body?.p)).toContain(sha256Hex(bytesOf(first!.close!)));
  const resultEntry = bundle.entries.find(({ body }) => body?.t === 'eval.result' && body.s === lot(1));
  expect(resultEntry?.body?.p['result']).toBe(sha256Hex(bytesOf(first!.result!)));
  const types = new Set(bundle.acts.map(({ type }) => type));
  expect([...types]).toEqual(
    expect.arrayContaining([
      'tender.publish',
      'qualify.result',
      'panel.appoint',
      'panel.accept',
      'eval.sheet',
      'eval.sign',
      'award.decide',
    ]),
  );
  // Batches and escrow acts hold shares: those are never to be had.
  for (const type of ['open.reveal', 'eval.escrow']) expect(types.has(type), type).toBe(false);
  for (const { certificateSha256 } of bundle.acts)
    expect(bundle.certificates.map(({ sha256 }) => sha256)).toContain(certificateSha256);
  for (const [at, { manifest, partKeys, pieces }] of first!.bids.entries()) {
    const { parts, ctx, ctxHash } = Manifest.parse(parseCanonical(manifest!));
    const part = parts.find(({ name }) => name === 'price')!;
    const fetchPiece = async (index: number) =>
      new Uint8Array(await (await house.anybody.fetch(pieces[index]!.href)).arrayBuffer());
    const opened = await openPart({
      manifest: { ctx, ctxHash, parts: [part] },
      stage: 'open',
      part: 'price',
      partKey: fromHex(partKeys[0]!.key),
      read: readPieces({ part, fetchPiece }),
    });
    await opened.verify();
    expect(opened.content).toMatchObject({ price: prices[at]!.toString() });
  }
  // Nothing of the technical parts, no share and no single expert's sheet leaves.
  const text = JSON.stringify(bundle);
  for (const word of ['技术方案.pdf', 'xinbiao/score-sheet', 'eval.escrow', 'xinbiao/share/v1', 'xinbiao/offer/v1'])
    expect(text.includes(word), word).toBe(false);
});

/** An officer's shares of the sheets that were not revealed, and the request that gives them. */
const sharesOf = async (officer: Person, no: number) => {
  const { rows } = await officer.client.call(readEscrows, params(no));
  const { encryption } = officer.held;
  return Promise.all(
    rows.map(async ({ expert, escrowHash, escrow }) => ({
      expert,
      escrowHash,
      blob: toHex(
        await unwrapShare({
          manifest: sheetLocked(SheetEscrow.parse(parseCanonical(escrow))),
          stage: sheetStage,
          officerCertSha256: encryption.fingerprint,
          privateKey: encryption.privateKey,
          certificate: encryption.certificate,
        }),
      ),
    })),
  );
};
const give = async (officer: Person, no: number, shares: Awaited<ReturnType<typeof sharesOf>>) => {
  const { id: tenderId, code } = await story();
  return {
    ...params(no),
    body: {
      ...(await officer.sign(escrowAct(officer.by, { lot: { tenderId, lotId: lot(no), code, lotNo: no }, shares }))),
      shares,
    },
  };
};

test('opens an absent expert’s sheet with the officers’ shares, no sooner than the time to reveal is over', async () => {
  await qualify(cast.agency, lot(3));
  const seats = cast.experts.slice(0, 5);
  await appoint(cast.agency, lot(3), seats.map(seat));
  for (const person of seats) await accept(person, lot(3));
  await convene(cast.agency, lot(3), addTime(house.clock.now(), 24 * hour));
  // Three of five find the first bid wanting: two responsive bids are left, and that is too few.
  const lacking = (no: number) => (bid: RoomReply['bids'][number]) =>
    no < 3 && bid.price === '1000000' ? ['授权书没有签字'] : [];
  for (const [at, person] of seats.entries()) await score(person, lot(3), (_, __, item) => item.max, lacking(at));
  for (const person of seats.slice(0, 4)) await reveal(person, lot(3));
  const officers = [cast.purchaser, cast.notary];
  expect((await officers[0]!.client.call(readEscrows, params(3))).rows).toEqual([]);
  expect(await cast.supervisor.client.refused(readEscrows, params(3))).toEqual(['auth.not-allowed']);
  expect(await cast.centre.client.refused(readEscrows, params(3))).toEqual(['evaluation.not-an-officer']);

  house.clock.set(addTime(house.clock.now(), 2 * hour));
  const shares = await sharesOf(officers[0]!, 3);
  expect(shares.map(({ expert }) => expert)).toEqual(['expert-5']);
  expect((await officers[0]!.client.call(readDesk)).rows.map(({ verb }) => verb)).toContain('openEscrow');
  const spoilt = shares.map((share) => ({ ...share, blob: share.blob.replace(/..$/, '20') }));
  expect(await officers[0]!.client.refused(releaseEscrows, await give(officers[0]!, 3, spoilt))).toEqual([
    'sheet.share-wrong',
  ]);
  expect(await officers[0]!.client.call(releaseEscrows, await give(officers[0]!, 3, shares))).toMatchObject({
    opened: [],
    waiting: ['expert-5'],
    lotState: 'evaluating',
  });
  expect(
    await officers[1]!.client.call(releaseEscrows, await give(officers[1]!, 3, await sharesOf(officers[1]!, 3))),
  ).toMatchObject({ opened: ['expert-5'], lotState: 'failed' });
  const report = await cast.supervisor.client.call(readReport, params(3));
  expect(report.result).toMatchObject({
    outcome: 'lt3Responsive',
    bids: expect.arrayContaining([
      expect.objectContaining({ responsive: false, votes: { for: 2, against: 3 }, reasons: ['授权书没有签字'] }),
    ]),
  });
  expect(report.result.sheets.find(({ expert }) => expert === 'expert-5')?.from).toBe('escrow');
  expect(await house.anybody.call(readResultNotice, params(3))).toMatchObject({
    outcome: 'failed',
    failure: { reason: 'lt3Responsive' },
  });
});

test('empties the place of an expert who sealed what is no sheet, and ranks only when another has filled it', async () => {
  await qualify(cast.agency, lot(5));
  const seats = cast.experts.slice(0, 5);
  await appoint(cast.agency, lot(5), seats.map(seat));
  for (const person of seats) await accept(person, lot(5));
  await convene(cast.agency, lot(5), addTime(house.clock.now(), 24 * hour));
  for (const person of seats.slice(0, 4)) await score(person, lot(5), (_, __, item) => item.max);
  await score(seats[4]!, lot(5), (_, __, item) => item.max + 1);
  for (const person of seats.slice(0, 4)) await reveal(person, lot(5));
  await expect(reveal(seats[4]!, lot(5))).rejects.toThrow('sheet.out-of-range');
  house.clock.set(addTime(house.clock.now(), 2 * hour));
  await cast.purchaser.client.call(releaseEscrows, await give(cast.purchaser, 5, await sharesOf(cast.purchaser, 5)));
  expect(
    await cast.notary.client.call(releaseEscrows, await give(cast.notary, 5, await sharesOf(cast.notary, 5))),
  ).toMatchObject({ opened: [], lotState: 'evaluating' });
  await house.tick();
  const view = await cast.agency.client.call(readPanel, params(5));
  expect(view).toMatchObject({ lotState: 'evaluating', allowed: ['replace'] });
  const voided = view.members.find(({ state }) => state === 'declined')!;
  expect(voided.reason).toBe('sheet-void');
  const stepsIn = cast.experts[5]!;
  const facts = {
    lot: { tenderId: view.tenderId, lotId: view.lotId, code: view.code, lotNo: view.lotNo },
    memberId: voided.memberId,
    seatId: seat(stepsIn),
    name: stepsIn.known.name,
    reason: '评分表无效',
  };
  await cast.agency.client.call(replaceMember, {
    params: { memberId: voided.memberId },
    body: {
      ...(await cast.agency.sign(replacementAct(cast.agency.by, facts))),
      seatId: facts.seatId,
      reason: facts.reason,
    },
  });
  await accept(stepsIn, lot(5));
  await score(stepsIn, lot(5), (_, __, item) => item.max);
  expect(await reveal(stepsIn, lot(5))).toBe('ranked');
  expect((await cast.agency.client.call(readReport, params(5))).result.sheets.map(({ expert }) => expert)).toEqual([
    'expert-1',
    'expert-2',
    'expert-3',
    'expert-4',
    'expert-6',
  ]);
});

test('puts lots with a light on the board, red first, and writes down who looked', async () => {
  house.clock.set(addTime(house.clock.now(), 60_000));
  const board = await cast.supervisor.client.call(readBoard, {});
  expect(board.count).toBe(5);
  expect(board.colours.ok + board.colours.warn + board.colours.bad).toBe(5);
  expect(board.rows.find(({ lotId }) => lotId === lot(3))?.lights.map(({ rule }) => rule)).toContain(
    'sheetsFromEscrow',
  );
  expect(board.rows.find(({ lotId }) => lotId === lot(1))?.next).toMatchObject({
    move: 'contract',
    law: '政府采购法 §46',
  });
  expect(
    (await cast.supervisor.client.call(readBoard, { query: { rule: 'sheetsFromEscrow' } })).rows.map(
      ({ lotId }) => lotId,
    ),
  ).toEqual([lot(3)]);
  expect(await cast.agency.client.refused(readBoard, {})).toEqual(['auth.not-allowed']);
  const seen = await cast.supervisor.client.call(readLotFile, params(1));
  expect(seen).toMatchObject({
    qualification: { bids: expect.any(Array) },
    award: { bidId: expect.any(String) },
    sheets: expect.arrayContaining([{ expert: 'expert-1', from: 'reveal' }]),
  });
  const reads = await house.house.fork().find(OversightRead, { lotId: lot(1) });
  expect(reads.map(({ name }) => name)).toEqual([expect.stringContaining('沈立'), expect.stringContaining('沈立')]);
});

test('says how the house is, and that no independent witness watches it', async () => {
  expect(await house.anybody.call(readStatus)).toMatchObject({
    state: 'ok',
    notes: ['no-witnesses'],
    sandbox: true,
    nextDeadline: null,
  });
  expect(house.faults).toEqual([]);
});
