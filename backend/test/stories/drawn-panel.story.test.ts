import {
  awardAct,
  decideAward,
  drawAmongEquals,
  readDecision,
  readResultNotice,
  tieDrawAct,
} from '@xinbiao/contracts/award';
import { readDraw, usualMinutes, type DrawView } from '@xinbiao/contracts/draw';
import {
  addUp,
  appointPanel,
  declineTask,
  drawPanel,
  listTasks,
  panelAct,
  panelDrawAct,
  readPanel,
  readReport,
  readSheets,
  recount,
  reopenAct,
  reopenEvaluation,
  replaceMember,
  replacementAct,
} from '@xinbiao/contracts/evaluation';
import { addTime, instantText } from '@xinbiao/contracts/kernel';
import { listEntries } from '@xinbiao/contracts/ledger';
import { checkDraw, type DrawEntry } from '@xinbiao/contracts/trust';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { handIn } from '../../../scripts/play/bid.ts';
import type { Cast } from '../../../scripts/play/cast.ts';
import {
  appointDrawn,
  contributeAll,
  ContributorSide,
  contributorOf,
  drawExperts,
} from '../../../scripts/play/drawing.ts';
import type { Person } from '../../../scripts/play/person.ts';
import {
  accept,
  appoint,
  convene,
  openEscrows,
  qualify,
  release,
  reveal,
  score,
  sign,
  type Judge,
} from '../../../scripts/play/steps.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { castFor, publishedLots } from '../lots.ts';

/*
 * A panel that several parties drew together: one declines and the next reserve is asked, one never hands in, two
 * bids share the first rank, the purchaser has the panel evaluate again on the record, and a second draw settles.
 */

let house: TestHouse;
let cast: Cast;
let lotId = '';
let tenderId = '';
const hour = 3_600_000;
const roots = () => house.house.identity.authorities.roots.map((der) => new Uint8Array(der));
const at = (person: Person) => person.known.seatId;
const bySeat = (seatId: string): Person => {
  const found = [...cast.experts, cast.purchaser2].find((one) => at(one) === seatId);
  if (!found) throw new Error('nobody of the cast');
  return found;
};
const panel = () => cast.agency.client.call(readPanel, { params: { lotId } });
const lotName = async () => {
  const { code, lotNo } = await panel();
  return { tenderId, lotId, code, lotNo };
};
const entries = async (): Promise<DrawEntry[]> => {
  await house.house.ledger.sequencer.drain();
  const { rows } = await house.anybody.call(listEntries, { query: { scope: lotId, limit: 100 } });
  return rows.toReversed().flatMap(({ body }) => (body ? [{ t: body.t, p: body.p }] : []));
};
const publicText = async (view: DrawView): Promise<string> =>
  JSON.stringify([await house.anybody.call(readDraw, { params: { drawId: view.drawId } }), await entries()]);

const groups = [
  { id: 'g1', title: '教学仪器', specialties: ['B05', 'B06'], regionCode: '370200', take: 4, reserve: 2 },
] as const;
const middling: Judge = (_room, _bid, { max }) => Math.floor(max / 2);
const expertGroups = groups.map((group) => ({ ...group, specialties: [...group.specialties] }));

beforeAll(async () => {
  house = await openHouse({ at: '2026-11-02T01:00:00.000Z' });
  cast = await castFor(house, { bidders: 4, experts: 7 });
  const published = await publishedLots(house, cast, 1);
  lotId = published.lots[0] ?? '';
  ({ tenderId } = published);
  for (const [index, price] of [300_000_000n, 300_000_000n, 320_000_000n].entries())
    await handIn(cast.bidders[index]!, lotId, { price });
  house.clock.set(addTime(published.deadline, 1_000));
  await house.tick();
  house.clock.set(addTime(house.clock.now(), 0.5 * hour));
  await house.tick();
  for (const officer of [cast.purchaser, cast.notary]) await release(officer, lotId, roots(), house.clock.now());
  await house.tick();
  await qualify(cast.agency, lotId);
}, 240_000);
afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

let drawn: DrawView;
let seats: string[];

test('experts are drawn unless a reason is written why they are chosen', async () => {
  const members = [...cast.experts.slice(0, 4), cast.purchaser2].map((person) => ({
    seatId: at(person),
    kind: person === cast.purchaser2 ? ('purchaser' as const) : ('expert' as const),
    name: person.known.name,
  }));
  const signed = await cast.agency.sign(panelAct(cast.agency.by, { lot: await lotName(), members }));
  const body = { ...signed, members: members.map(({ seatId, kind }) => ({ seatId, kind })) };
  expect(await cast.agency.client.refused(appointPanel, { params: { lotId }, body })).toEqual(['panel.draw-or-reason']);
  await expect(appoint(cast.agency, lotId, members.map(({ seatId }) => seatId), '')).rejects.toMatchObject({ codes: ['panel.draw-or-reason'] }); // prettier-ignore
});

test('draws the experts by agency, supervision, notary and platform together, without their names', async () => {
  const contributors = [cast.agency, cast.notary, cast.supervisor];
  drawn = await drawExperts(cast.agency, lotId, { groups: expertGroups, contributors });
  expect(drawn).toMatchObject({ state: 'drawn', purpose: 'experts', law: '87号令 §48', secret: true, names: [] });
  expect(drawn.contributors.map(({ side }) => side).toSorted()).toEqual([
    'platform',
    'purchaser',
    'supervision',
    'witness',
  ]);
  expect(checkDraw(drawn.record, await entries()).filter(({ ok }) => ok === false)).toEqual([]);
  for (const one of cast.experts) expect(await publicText(drawn)).not.toContain(one.known.name);

  const act = panelDrawAct(cast.agency.by, { lot: await lotName(), groups: expertGroups, title: '再抽一次', contributors: [at(cast.notary)], minutes: usualMinutes, repeats: null }); // prettier-ignore
  const again = { ...(await cast.agency.sign(act)), groups: expertGroups, title: '再抽一次', contributors: [at(cast.notary)], minutes: usualMinutes, repeats: null }; // prettier-ignore
  expect(await cast.agency.client.refused(drawPanel, { params: { lotId }, body: again })).toEqual(['panel.draw-runs']);
});

test('appoints exactly those who were drawn', async () => {
  const view = await panel();
  const group = view.drawn?.groups[0];
  expect([group?.standing.length, group?.left.length, group?.size]).toEqual([4, 2, 6]);
  const wrong = [...(group?.standing.slice(0, 3) ?? []), ...(group?.left.slice(0, 1) ?? [])];
  const members = [...wrong.map((one) => ({ ...one, kind: 'expert' as const })), { seatId: at(cast.purchaser2), name: cast.purchaser2.known.name, kind: 'purchaser' as const }]; // prettier-ignore
  const drawId = drawn.drawId;
  const signed = await cast.agency.sign(panelAct(cast.agency.by, { lot: await lotName(), members, drawn: { drawId, resultHash: drawn.resultHash ?? '' } })); // prettier-ignore
  const body = { ...signed, drawId, members: members.map(({ seatId, kind }) => ({ seatId, kind })) };
  expect(await cast.agency.client.refused(appointPanel, { params: { lotId }, body })).toEqual(['panel.not-the-drawn']);
  expect(await cast.agency.client.refused(appointPanel, { params: { lotId }, body: { ...body, drawId: tenderId } })).toEqual(['panel.no-draw']); // prettier-ignore
  seats = await appointDrawn(cast.agency, lotId, [at(cast.purchaser2)]);
  expect(seats).toEqual(group?.standing.map(({ seatId }) => seatId));
});

test('asks the next reserve at once when somebody drawn declines, on the public record and without a name', async () => {
  const [gone] = seats.map(bySeat);
  const task = (await gone!.client.call(listTasks)).rows.find((row) => row.lotId === lotId);
  await gone!.client.call(declineTask, { params: { memberId: task?.memberId ?? '' }, body: { reason: 'unavailable', note: '出差' } }); // prettier-ignore
  const view = await panel();
  const reserve = drawn.result?.groups[0]?.reserve[0];
  expect(view.members.map(({ state }) => state).toSorted()).toEqual(['declined', ...Array(5).fill('invited')]);
  expect(view.drawn?.groups[0]?.left).toHaveLength(1);
  const now = await house.anybody.call(readDraw, { params: { drawId: drawn.drawId } });
  expect(now.declines).toEqual([
    { group: 'g1', candidate: drawn.result?.groups[0]?.taken[0], next: reserve, reason: '' },
  ]);
  expect(checkDraw(now.record, await entries()).filter(({ ok }) => ok === false)).toEqual([]);
  expect(await publicText(drawn)).not.toContain(gone!.known.name);
  seats = view.members
    .filter(({ state, kind }) => state === 'invited' && kind === 'expert')
    .map(({ seatId }) => seatId);
});

test('names who did not hand in when the limit passed, and lets only the next reserve take the place', async () => {
  for (const person of [...seats.map(bySeat), cast.purchaser2]) await accept(person, lotId);
  const limit = addTime(house.clock.now(), 4 * hour);
  await convene(cast.agency, lotId, limit);
  const [absent, ...others] = seats.map(bySeat);
  for (const person of [...others, cast.purchaser2]) await score(person, lotId, middling);
  expect((await panel()).defaults).toEqual([]);
  house.clock.set(limit);
  await house.tick();
  await house.tick();
  const view = await panel();
  const member = view.members.find(({ seatId }) => seatId === at(absent!));
  expect(view.defaults).toEqual([{ expert: member?.expert, of: 'sheet', at: instantText(limit) }]);
  expect((await entries()).filter(({ t }) => t === 'eval.default').map(({ p }) => p)).toEqual([
    { lot: lotId, expert: member?.expert, of: 'sheet' },
  ]);
  const [next] = view.drawn?.groups[0]?.left ?? [];
  const outsider = cast.experts.find((one) => ![...view.members, next].some((held) => held?.seatId === at(one)));
  const put = async (seatId: string, name: string) => {
    const facts = { lot: await lotName(), memberId: member?.memberId ?? '', seatId, name, reason: '过时未交评分表' };
    const signed = await cast.agency.sign(replacementAct(cast.agency.by, facts));
    return { params: { memberId: facts.memberId }, body: { ...signed, seatId, reason: facts.reason } };
  };
  expect(await cast.agency.client.refused(replaceMember, await put(at(outsider!), outsider!.known.name))).toEqual(['panel.next-reserve-first']); // prettier-ignore
  await cast.agency.client.call(replaceMember, await put(next?.seatId ?? '', next?.name ?? ''));
  expect((await panel()).drawn?.groups[0]?.left).toEqual([]);
  const substitute = bySeat(next?.seatId ?? '');
  await accept(substitute, lotId);
  await score(substitute, lotId, middling);
  seats = [...others.map(at), at(substitute)];
});

test('names who did not reveal in time, and opens that sheet from escrow', async () => {
  const [silent, ...others] = seats.map(bySeat);
  for (const person of [...others, cast.purchaser2]) await reveal(person, lotId);
  house.clock.set(addTime(house.clock.now(), 3 * hour));
  await house.tick();
  const member = (await panel()).members.find(({ seatId }) => seatId === at(silent!));
  expect((await panel()).defaults.at(-1)).toMatchObject({ expert: member?.expert, of: 'reveal' });
  await openEscrows(cast.purchaser, lotId);
  await openEscrows(cast.notary, lotId);
  expect((await panel()).lotState).toBe('ranked');
});

test('lets supervision count the result again from the sheets, and finds every change', async () => {
  const all = await cast.supervisor.client.call(readSheets, { params: { lotId } });
  const close = (await entries()).findLast(({ t }) => t === 'eval.close');
  const closed = close?.p['sheets'] as { expert: string; commitment: string }[];
  const bids = all.bids.map((bid) => ({ ...bid, price: BigInt(bid.price) }));
  const facts = {
    closed,
    criteria: all.criteria,
    bids,
    rulebook: '2026' as const,
    result: all.result,
    sheets: all.sheets,
  };
  expect(recount(facts)).toEqual([]);
  const bid = all.result.bids[0]!;
  const raised = { ...all.result, bids: all.result.bids.with(0, { ...bid, total: bid.total + 100 }) };
  expect(recount({ ...facts, result: raised })).toEqual([{ code: 'result-differs', about: [bid.bidId] }]);
  const sheet = all.sheets[0]!;
  const better = { ...sheet.sheet, bids: sheet.sheet.bids.map((one) => ({ ...one, scores: one.scores.map((given) => ({ ...given, score: given.score + 100 })) })) }; // prettier-ignore
  expect(recount({ ...facts, sheets: all.sheets.with(0, { ...sheet, sheet: better }) }).map(({ code }) => code)).toEqual(['sheet-not-committed', 'result-differs']); // prettier-ignore
  expect(recount({ ...facts, sheets: all.sheets.slice(1) })[0]).toEqual({
    code: 'sheet-missing',
    about: [sheet.expert],
  });
});

test('evaluates again only for a reason the law names, publicly, with everything found before kept', async () => {
  const before = await cast.agency.client.call(readReport, { params: { lotId } });
  const sheetsUntil = instantText(addTime(house.clock.now(), 2 * hour));
  const facts = { ground: 'outlier' as const, reason: '评标委员会认定一份评分畸高', sheetsUntil };
  const act = reopenAct(cast.agency.by, { lot: await lotName(), round: 1, resultHash: before.resultHash, ...facts });
  await cast.agency.client.call(reopenEvaluation, {
    params: { lotId },
    body: { ...(await cast.agency.sign(act)), ...facts },
  });
  expect(await cast.agency.client.refused(reopenEvaluation, { params: { lotId }, body: { ...(await cast.agency.sign(act)), ...facts } })).toEqual(['evaluation.not-reopenable']); // prettier-ignore
  const view = await panel();
  expect(view.lotState).toBe('evaluating');
  expect(view.reopened).toMatchObject([
    { round: 1, ground: 'outlier', law: '87号令 §64', resultHash: before.resultHash },
  ]);
  expect((await entries()).find(({ t }) => t === 'eval.reopen')?.p).toMatchObject({ lot: lotId, ground: 'outlier', result: before.resultHash }); // prettier-ignore

  const people = [...seats.map(bySeat), cast.purchaser2];
  for (const [index, person] of people.entries())
    await score(person, lotId, (_, __, { max }) => (index === 0 ? max : 100));
  for (const person of people) await reveal(person, lotId);
  const after = await cast.agency.client.call(readReport, { params: { lotId } });
  expect(after.outliers.length).toBeGreaterThan(0);
  expect(new Set(after.outliers.map(({ expert }) => expert)).size).toBe(1);
  expect(after.reopened).toHaveLength(1);
  for (const person of people) await sign(person, lotId);
  const { former } = await cast.supervisor.client.call(readSheets, { params: { lotId } });
  expect(former.filter(({ round, sheet }) => round === 1 && sheet).length).toBe(5);
});

test('settles among equals by a draw, and then awards nobody else', async () => {
  const { purchaser, agency, notary } = cast;
  const decision = await purchaser.client.call(readDecision, { params: { lotId } });
  expect(decision.tie).toEqual({ equals: 2, draw: null });
  const equals = decision.candidates.filter(({ rank }) => rank === 1).map(({ bidId, bidder }) => ({ bidId, name: bidder.name })); // prettier-ignore
  const award = async (
    bidId: string,
    over: { reason?: string; drawn?: { drawId: string; resultHash: string } } = {},
  ) => {
    const one = decision.candidates.find((row) => row.bidId === bidId)!;
    const { bidder, price, rank, total } = one;
    const facts = { lot: await lotName(), bidId, bidder, price, rank, total, reportHash: decision.reportHash ?? '', resultHash: decision.resultHash ?? '', reason: '', ...over }; // prettier-ignore
    return {
      params: { lotId },
      body: { ...(await purchaser.sign(awardAct(purchaser.by, facts))), bidId, reason: facts.reason },
    };
  };
  expect(await purchaser.client.refused(decideAward, await award(equals[0]!.bidId))).toEqual([
    'award.tie-needs-reason',
  ]);
  const ordered = (await cast.agency.client.call(readReport, { params: { lotId } })).result.bids.filter(({ rank }) => rank === 1).map(({ bidId }) => ({ bidId, name: equals.find((one) => one.bidId === bidId)?.name ?? '' })); // prettier-ignore
  const terms = {
    title: '并列第一随机抽取',
    contributors: [at(agency), at(notary)],
    minutes: usualMinutes,
    repeats: null,
  };
  const act = tieDrawAct(agency.by, {
    lot: await lotName(),
    resultHash: decision.resultHash ?? '',
    equals: ordered,
    ...terms,
  });
  const asked = await agency.client.call(drawAmongEquals, {
    params: { lotId },
    body: { ...(await agency.sign(act)), ...terms },
  });
  const drawId = asked.tie?.draw?.drawId ?? '';
  expect(await purchaser.client.refused(decideAward, await award(equals[0]!.bidId, { reason: '抽签' }))).toEqual(['award.draw-runs']); // prettier-ignore
  const view = await contributeAll([agency, notary].map((one) => new ContributorSide(contributorOf(one), drawId)));
  expect(checkDraw(view.record, await entries()).filter(({ ok }) => ok === false)).toEqual([]);
  const won = view.names.find(({ candidate }) => candidate === view.result?.groups[0]?.taken[0])?.id ?? '';
  const lost = equals.find(({ bidId }) => bidId !== won)?.bidId ?? '';
  const proof = { drawId, resultHash: view.resultHash ?? '' };
  expect(await purchaser.client.refused(decideAward, await award(lost, { reason: '另选', drawn: proof }))).toEqual(['award.not-drawn']); // prettier-ignore
  await purchaser.client.call(decideAward, await award(won, { drawn: proof }));

  const notice = await house.anybody.call(readResultNotice, { params: { lotId } });
  expect(notice.winner?.bidId).toBe(won);
  expect(notice.evaluation).toMatchObject({
    drawId: drawn.drawId,
    selfChosen: null,
    reopened: [{ ground: 'outlier' }],
  });
  expect(notice.evaluation && addUp(notice.evaluation)).toEqual([]);
  const raised = notice.evaluation!.scores.map((one, index) =>
    index === 0 ? { ...one, total: one.total + 100 } : one,
  );
  expect(addUp({ ...notice.evaluation!, scores: raised }).map(({ what }) => what)).toContain('total');
});

test('names those drawn when the result names them, and nobody else of the library', async () => {
  const view = await house.anybody.call(readDraw, { params: { drawId: drawn.drawId } });
  expect(view.names.map(({ id }) => id).toSorted()).toEqual(seats.toSorted());
  expect(checkDraw(view.record, await entries()).filter(({ ok }) => ok === false)).toEqual([]);
  const unnamed = cast.experts.filter((one) => !seats.includes(at(one)));
  expect(unnamed.length).toBeGreaterThan(0);
  for (const one of unnamed) expect(JSON.stringify(view)).not.toContain(one.known.name);
});
