import type { EntityManager } from '@mikro-orm/core';
import { fold, instantOf, instantText, regionContains, type ReplyOf } from '@xinbiao/contracts/kernel';
import { lightsOf, readBoard, readLotFile, worstOf, type BoardRow, type Light } from '@xinbiao/contracts/oversight';
import { EvaluationResult } from '@xinbiao/contracts/evaluation';
import type { LotState } from '@xinbiao/contracts/tendering';
import type { RulebookId } from '@xinbiao/contracts/rulebook';
import { parseCanonical } from '@xinbiao/contracts/trust';
import { awardLimits } from '@xinbiao/contracts/award';
import { endOfDay } from '@xinbiao/contracts/kernel';
import { Award, awardOf, limitsOf } from '../award/index.ts';
import { LotClose } from '../bidding/index.ts';
import {
  Evaluation,
  isActive,
  lotFacts,
  membersOf,
  openedBids,
  Panel,
  PanelMember,
  publicEvaluation,
  QualificationCheck,
  resultOf,
} from '../evaluation/index.ts';
import { entriesOfScope } from '../ledger/index.ts';
import { OpenedBid, omissionsOf, openingsUntil } from '../opening/index.ts';
import { newId, Refused, type Call } from '../platform/index.ts';
import { calendar, Lot, Tender } from '../tendering/index.ts';
import { OversightRead } from './oversight.entity.ts';

/** Boards look this far back: what ended earlier is an archive's business. */
const window = 2_000;

type Gathered = {
  readonly tenders: ReadonlyMap<string, Tender>;
  readonly closes: ReadonlyMap<string, LotClose>;
  readonly panels: ReadonlyMap<string, Panel>;
  readonly results: ReadonlyMap<string, EvaluationResult & { readonly rankedAt: Date }>;
  readonly missing: ReadonlyMap<string, number>;
  readonly openUntil: ReadonlyMap<string, Date>;
  readonly awards: ReadonlyMap<string, Award>;
  readonly faulty: ReadonlyMap<string, number>;
  readonly replaced: ReadonlyMap<string, number>;
};

const by = <Row, Key>(rows: readonly Row[], key: (row: Row) => Key): Map<Key, Row> =>
  new Map(rows.map((row) => [key(row), row]));

function countBy<Row>(rows: readonly Row[], key: (row: Row) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(key(row), (counts.get(key(row)) ?? 0) + 1);
  return counts;
}

/** What the lights of these lots need, each kind asked for once. Lots that still take bids are asked nothing of bids. */
async function gather(em: EntityManager, lots: readonly Lot[]): Promise<Gathered> {
  const closed = lots.filter(({ state }) => state !== 'bidding').map(({ id }) => id);
  const where = { lotId: { $in: closed } };
  const fields = ['id', 'code', 'title', 'purchaserName', 'agencyName', 'regionCode', 'rulebook'] as const;
  const tenders = await em.find(
    Tender,
    { id: { $in: [...new Set(lots.map(({ tenderId }) => tenderId))] } },
    { fields: [...fields] },
  );
  const results = await em.find(Evaluation, where);
  return {
    tenders: by(tenders as unknown as Tender[], ({ id }) => id),
    closes: by(
      (await em.find(LotClose, where, { fields: ['lotId', 'count'] })) as unknown as LotClose[],
      ({ lotId }) => lotId,
    ),
    panels: by(await em.find(Panel, where), ({ lotId }) => lotId),
    results: new Map(
      results.map(({ lotId, result, rankedAt }) => [
        lotId,
        { ...EvaluationResult.parse(parseCanonical(result)), rankedAt },
      ]),
    ),
    missing: await omissionsOf(em, closed),
    openUntil: await openingsUntil(em, closed),
    awards: by(await em.find(Award, where), ({ lotId }) => lotId),
    faulty: countBy(
      await em.find(OpenedBid, { ...where, state: 'faulty' }, { fields: ['bidId', 'lotId'] }),
      ({ lotId }) => lotId,
    ),
    replaced: countBy(
      await em.find(PanelMember, { ...where, state: { $in: ['declined', 'replaced'] } }, { fields: ['id', 'lotId'] }),
      ({ lotId }) => lotId,
    ),
  };
}

/** When a lot reached each state. */
const reachedOf = (lot: Lot): Partial<Record<LotState, Date>> =>
  Object.fromEntries(lot.steps.map(({ to, at }) => [to, instantOf(at)]));

function rowOf(lot: Lot, gathered: Gathered, now: Date): BoardRow | undefined {
  const tender = gathered.tenders.get(lot.tenderId);
  if (!tender) return undefined;
  const result = gathered.results.get(lot.id);
  const award = gathered.awards.get(lot.id);
  const rulebook = tender.rulebook as RulebookId;
  const contractBy =
    result && award
      ? awardLimits({ rankedAt: result.rankedAt, awardedAt: award.at, rulebook, calendar }).contractBy
      : null;
  const lights = lightsOf({
    state: lot.state,
    deadline: lot.deadline,
    reached: reachedOf(lot),
    openUntil: gathered.openUntil.get(lot.id) ?? null,
    bids: gathered.closes.get(lot.id)?.count ?? null,
    missing: gathered.missing.get(lot.id) ?? 0,
    faulty: gathered.faulty.get(lot.id) ?? 0,
    lowPrices: result?.flags.length ?? 0,
    fromEscrow: result?.sheets.filter(({ from }) => from === 'escrow').length ?? 0,
    replaced: gathered.replaced.get(lot.id) ?? 0,
    sheetsUntil: gathered.panels.get(lot.id)?.sheetsUntil ?? null,
    contractBy: contractBy ? endOfDay(contractBy) : null,
    rulebook,
    calendar,
    now,
  });
  return {
    tenderId: tender.id,
    lotId: lot.id,
    code: tender.code,
    title: tender.title,
    lotNo: lot.no,
    lotTitle: lot.title,
    purchaserName: tender.purchaserName,
    agencyName: tender.agencyName ?? null,
    regionCode: tender.regionCode,
    budget: lot.budget.toString(),
    state: lot.state,
    deadline: instantText(lot.deadline),
    colour: worstOf(lights),
    lights,
    next: nextOf(lot, lights),
  };
}

const moveOfRule: Partial<Record<Light['rule'], string>> = {
  openOnTime: 'open',
  qualifyInTime: 'qualify',
  conveneInTime: 'convene',
  sheetsInTime: 'rank',
  decideInTime: 'award',
  contractInTime: 'contract',
};

/** The limit that runs: the timed light without an end, or the deadline while bids are taken. */
function nextOf(lot: Lot, lights: readonly Light[]): BoardRow['next'] {
  if (lot.state === 'bidding') return { move: 'close', until: instantText(lot.deadline), law: '87号令 §33' };
  const running = lights.findLast(
    ({ until, facts, rule }) => until !== null && facts['done'] === undefined && moveOfRule[rule] !== undefined,
  );
  return running?.until ? { move: moveOfRule[running.rule] ?? '', until: running.until, law: running.law } : null;
}

const severity = { bad: 0, warn: 1, ok: 2 } as const;

/** The board: red first, then amber, then what is due next. */
export async function board({
  em,
  now,
  query,
}: Pick<Call<typeof readBoard>, 'em' | 'now' | 'query'>): Promise<ReplyOf<typeof readBoard>> {
  const lots = await em.find(Lot, {}, { orderBy: { deadline: 'desc', id: 'desc' }, limit: window });
  const gathered = await gather(em, lots);
  const all = lots.flatMap((lot) => rowOf(lot, gathered, now) ?? []);
  const words = fold(query.q ?? '');
  const found = all
    .filter(
      (row) =>
        (!query.colour || row.colour === query.colour) &&
        (!query.rule || row.lights.some(({ rule, colour }) => rule === query.rule && colour !== 'ok')) &&
        (!query.state || row.state === query.state) &&
        (!query.region || regionContains(query.region, row.regionCode)) &&
        fold(`${row.title} ${row.code} ${row.purchaserName} ${row.lotTitle}`).includes(words),
    )
    .toSorted(
      (a, b) =>
        severity[a.colour] - severity[b.colour] ||
        (a.next?.until ?? '9').localeCompare(b.next?.until ?? '9') ||
        a.lotId.localeCompare(b.lotId),
    );
  const start = query.after === undefined ? 0 : found.findIndex(({ lotId }) => lotId === query.after) + 1;
  if (query.after !== undefined && start === 0) throw new Refused([{ code: 'oversight.bad-cursor' }]);
  const rows = found.slice(start, start + query.limit);
  const count = (colour: BoardRow['colour']): number => all.filter((row) => row.colour === colour).length;
  return {
    rows,
    next: start + query.limit < found.length ? (rows.at(-1)?.lotId ?? null) : null,
    count: found.length,
    colours: { ok: count('ok'), warn: count('warn'), bad: count('bad') },
  };
}

/** Everything recorded of a lot; that somebody looked is recorded as well. */
export async function lotFile({
  em,
  actor,
  now,
  params,
}: Call<typeof readLotFile>): Promise<ReplyOf<typeof readLotFile>> {
  const lot = await em.findOne(Lot, { id: params.lotId });
  const row = lot && rowOf(lot, await gather(em, [lot]), now);
  if (!lot || !row) throw new Refused([{ code: 'oversight.no-such-lot' }]);
  await em.fork().insert(OversightRead, {
    id: newId(now),
    lotId: lot.id,
    seatId: actor.seatId,
    name: `${actor.name}（${actor.organisationName ?? ''}）`,
    what: 'lot-file',
    at: now,
  });
  const facts = await lotFacts(em, lot.id, lot);
  const bids = lot.state === 'bidding' ? [] : await openedBids(em, lot.id);
  const check = await em.findOne(QualificationCheck, { lotId: lot.id });
  const members = await membersOf(em, lot.id);
  const found = await resultOf(em, lot.id);
  const award = await awardOf(em, lot.id);
  const limits = await limitsOf(em, facts);
  const entries = await entriesOfScope(em, lot.id, Number.MAX_SAFE_INTEGER, 500);
  return {
    board: row,
    events: entries
      .toReversed()
      .flatMap(({ index, leaf, kind, body }) =>
        body
          ? [{ type: body.t, at: body.ts, facts: { ...body.p }, record: { index, leaf }, sealed: kind === 'commit' }]
          : [],
      ),
    qualification: check
      ? {
          at: instantText(check.at),
          by: check.byName,
          bids: check.bids.map(({ bidId, passed, findings }) => ({
            bidId,
            passed,
            findings: findings.map((finding) => ({ ...finding })),
            bidder: bids.find((bid) => bid.bidId === bidId)?.bidder.name ?? '',
          })),
        }
      : null,
    panel: members.map((member) => ({
      memberId: member.id,
      expert: member.expert,
      seatId: member.seatId,
      name: member.name,
      kind: member.kind,
      state: member.state,
      reason: member.reason ?? null,
      signedReport: Boolean(member.reportSignedAt),
    })),
    // Supervision sees the result as soon as there is one.
    evaluation: found ? ((await publicEvaluation(em, lot, { early: true })) ?? null) : null,
    sheets: (found?.result.sheets ?? [])
      .filter(({ expert }) => members.some((member) => member.expert === expert && isActive(member)))
      .map(({ expert, from }) => ({ expert, from })),
    award: award && limits ? { bidId: award.bidId, at: instantText(award.at), by: award.byName, limits } : null,
  };
}
