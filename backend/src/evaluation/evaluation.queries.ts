import type { EntityManager } from '@mikro-orm/core';
import {
  listTasks,
  objectiveScores,
  limitOf,
  isOverLimit,
  lowPrices,
  priceScore,
  readBidFile,
  readProgress,
  readReport,
  readRoom,
  readSheet,
  readSheets,
  outliersIn,
  reportAct,
  signReport,
  ScoreSheet,
  type ExpertTask,
  type PublicEvaluation,
} from '@xinbiao/contracts/evaluation';
import { fromHex, instantText, type ReplyOf } from '@xinbiao/contracts/kernel';
import { failures, neverOpened } from '@xinbiao/contracts/tendering';
import { parseCanonical, sha256Hex } from '@xinbiao/contracts/trust';
import { Readable } from 'node:stream';
import { actorBy } from '../identity/index.ts';
import { actOf, entryByLeaf, record } from '../ledger/index.ts';
import { technicalOf } from '../opening/index.ts';
import { Refused, transact, type Actor, type Call, type House } from '../platform/index.ts';
import { isStaffOf, lockLot, Lot } from '../tendering/index.ts';
import { partiesOf } from './candidate.queries.ts';
import { decide } from './decide.ts';
import {
  FormerEvaluation,
  FormerSheet,
  Panel,
  PanelMember,
  QualificationCheck,
  SealedScore,
} from './evaluation.entity.ts';
import { lotFacts, openedBids, technicalFacts, type LotFacts } from './lot.facts.ts';
import { isActive, membersOf } from './panel.queries.ts';
import { qualifiedBids } from './qualification.service.ts';
import { reopeningOf } from './panel.queries.ts';
import { signaturesPaper } from './report.paper.ts';
import { resultOf } from './ranking.service.ts';
import { keyringOf, progressOf, seated, sheetContext } from './sheet.service.ts';

/** What an expert has been asked to do, panel by panel; the project stays unnamed until accepted. */
export async function tasksOf({
  house,
  em,
  actor,
}: Pick<Call<typeof listTasks>, 'house' | 'em' | 'actor'>): Promise<ExpertTask[]> {
  const members = await em.find(PanelMember, { seatId: actor.seatId }, { orderBy: { invitedAt: 'desc' }, limit: 200 });
  const rows = await Promise.all(
    members.map(async (member): Promise<ExpertTask> => {
      const facts = await lotFacts(em, member.lotId);
      const panel = await em.findOneOrFail(Panel, { lotId: member.lotId });
      const known = member.state !== 'invited' && member.state !== 'declined' && member.state !== 'replaced';
      const open = known && facts.lot.state === 'evaluating';
      return {
        memberId: member.id,
        tenderId: member.tenderId,
        lotId: member.lotId,
        expert: member.expert,
        kind: member.kind,
        state: member.state,
        lotState: facts.lot.state,
        title: known ? facts.tender.title : null,
        code: known ? facts.tender.code : null,
        lotNo: known ? facts.lot.no : null,
        category: facts.content.category,
        regionCode: facts.content.regionCode,
        invitedAt: instantText(member.invitedAt),
        until:
          open && panel.sheetsUntil
            ? instantText(panel.allInAt ? (panel.revealUntil ?? panel.sheetsUntil) : panel.sheetsUntil)
            : null,
        parties:
          member.state === 'invited'
            ? (await partiesOf(house, em, facts)).map(({ role, name }) => ({ role, name }))
            : [],
        next: nextOf(member, facts, panel),
      };
    }),
  );
  return rows;
}

function nextOf(member: PanelMember, { lot }: LotFacts, panel: Panel): ExpertTask['next'] {
  if (member.state === 'invited') return ['opened', 'qualified', 'evaluating'].includes(lot.state) ? 'accept' : 'none';
  if (member.state === 'accepted')
    return lot.state === 'evaluating' ? 'score' : lot.state === 'failed' ? 'none' : 'wait';
  if (member.state === 'committed') return panel.allInAt && lot.state === 'evaluating' ? 'reveal' : 'wait';
  if (member.state === 'revealed' || member.state === 'opened')
    return member.reportSignedAt ? 'none' : lot.state === 'evaluating' ? 'wait' : 'sign';
  return 'none';
}

/** Everything a member scores with. */
export async function roomOf({ house, em, actor, params }: Call<typeof readRoom>): Promise<ReplyOf<typeof readRoom>> {
  const place = await seated(em, actor, params.lotId);
  const { facts, panel, member } = place;
  const { criteria, content, lot, tender, part } = facts;
  const bids = await qualifiedBids(em, lot.id);
  const limit = limitOf(criteria);
  const counted = bids.flatMap(({ bidId, price }) =>
    price !== null && !isOverLimit(price, limit) ? [{ id: bidId, price }] : [],
  );
  const base = counted.reduce<bigint | null>(
    (least, { price }) => (least === null || price < least ? price : least),
    null,
  );
  const flags = lowPrices(counted, limit);
  const found = await resultOf(em, lot.id);
  return {
    memberId: member.id,
    expert: member.expert,
    state: member.state,
    tenderId: tender.id,
    lotId: lot.id,
    code: tender.code,
    title: tender.title,
    lotNo: lot.no,
    lotTitle: lot.title,
    lotState: lot.state,
    content: part.content,
    criteria,
    criteriaHash: facts.criteriaHash,
    keyring: keyringOf(facts),
    ctx: sheetContext(place),
    attachments: content.attachments,
    bids: await Promise.all(
      bids.map(async ({ bidId, bidder, price }) => {
        const technical = await technicalFacts(house, em, bidId);
        if (price === null || !technical) throw new Error('a qualified bid has lost its offer');
        const over = isOverLimit(price, limit);
        return {
          bidId,
          bidder,
          price: price.toString(),
          overLimit: over,
          offer: technical.offer as unknown as Record<string, unknown>,
          files: [...technical.files],
          objective: objectiveScores(criteria, technical.offer.objective),
          priceScore:
            criteria.method === 'comprehensive' && base !== null && !over
              ? Number(priceScore({ base, price, weight: BigInt(criteria.priceWeight) }))
              : null,
          lowPrice: flags
            .filter(({ id }) => id === bidId)
            .map(({ rule, reference, threshold, percent }) => ({
              rule,
              reference: reference.toString(),
              threshold: threshold.toString(),
              percent: Number(percent),
            })),
        };
      }),
    ),
    sheetsUntil: instantText(panel.sheetsUntil ?? new Date(0)),
    progress: progressOf(place),
    resultHash: found?.row.resultHash ?? null,
    reportHash: found?.row.reportHash ?? null,
    signedReport: Boolean(member.reportSignedAt),
  };
}

export async function progress({
  em,
  actor,
  params,
}: Call<typeof readProgress>): Promise<ReplyOf<typeof readProgress>> {
  const place = await seated(em, actor, params.lotId);
  const found = await resultOf(em, params.lotId);
  return {
    ...progressOf(place),
    state: place.member.state,
    lotState: place.facts.lot.state,
    commitment: place.sheets.find(({ memberId }) => memberId === place.member.id)?.commitment ?? null,
    resultHash: found?.row.resultHash ?? null,
    reportHash: found?.row.reportHash ?? null,
  };
}

/** Who may look into the opened bids of a lot. */
async function readerOf(
  em: EntityManager,
  actor: Actor,
  facts: LotFacts,
): Promise<'staff' | 'panel' | 'supervision' | undefined> {
  if (actor.scopes.includes('oversight:read')) return 'supervision';
  if (isStaffOf(actor, facts.tender)) return 'staff';
  const member = await em.findOne(PanelMember, { lotId: facts.lot.id, seatId: actor.seatId });
  const convened =
    ['evaluating', 'ranked', 'awarded'].includes(facts.lot.state) ||
    (facts.lot.state === 'failed' && facts.lot.failure === 'lt3Responsive');
  return member && convened && isActive(member) && member.state !== 'invited' ? 'panel' : undefined;
}

/** What supervision looks at leaves a sealed entry, so that neither the looking nor the record of it can be denied later. */
async function noteSupervision(
  em: EntityManager,
  actor: Actor,
  now: Date,
  { lotId, what }: { readonly lotId: string; readonly what: string },
): Promise<void> {
  await transact(em, (tx) =>
    record(tx, {
      scope: lotId,
      type: 'oversight.read',
      visibility: 'commit',
      at: now,
      actor: actor.personId,
      body: { lot: lotId, what, seat: actor.seatId, organisation: actor.organisationName },
    }),
  );
}

/** Streams one file of a bid to whoever is entitled. A PDF opens in the page, everything else is only saved. @law 87号令 §66 */
export async function bidFile({ house, em, actor, now, params, ctx }: Call<typeof readBidFile>): Promise<Readable> {
  const facts = await lotFacts(em, params.lotId);
  const bid = (await openedBids(em, facts.lot.id)).find(({ bidId }) => bidId === params.bidId);
  const reader = await readerOf(em, actor, facts);
  const own = bid !== undefined && actor.organisationId === bid.organisationId;
  if (!bid || (!reader && !own)) throw new Refused([{ code: 'evaluation.not-entitled' }]);
  const qualified =
    reader === 'panel' ? (await qualifiedBids(em, facts.lot.id)).some(({ bidId }) => bidId === bid.bidId) : true;
  if (!qualified) throw new Refused([{ code: 'evaluation.not-entitled' }]);
  const file = (await technicalFacts(house, em, bid.bidId))?.files[params.index];
  if (!file) throw new Refused([{ code: 'evaluation.no-such-file' }]);
  if (reader === 'supervision')
    await noteSupervision(em, actor, now, { lotId: facts.lot.id, what: `bid/${bid.bidId}/${file.index}` });
  const inline = file.contentType === 'application/pdf' || file.contentType.startsWith('image/');
  ctx.set({
    'content-type': file.contentType,
    'content-length': String(file.size),
    'content-disposition': `${inline ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(file.name.split('/').at(-1) ?? 'file')}`,
    'cache-control': 'private, no-store',
    // The app forbids framing; a PDF of our own may be shown in our own pages.
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; object-src 'self'; frame-ancestors 'self'",
  });
  const opened = (await technicalOf(house, em, bid.bidId))?.files[file.index];
  if (!opened) throw new Refused([{ code: 'evaluation.no-such-file' }]);
  return Readable.from(opened.stream());
}

/** The report for those entitled: panel, staff, supervision. */
export async function reportOf({
  em,
  actor,
  params,
}: Pick<Call<typeof readReport>, 'em' | 'actor' | 'params'>): Promise<ReplyOf<typeof readReport>> {
  const { facts, found } = await entitledResult(em, actor, params.lotId);
  const bids = await qualifiedBids(em, params.lotId);
  const members = (await membersOf(em, params.lotId)).filter(isActive);
  return {
    tenderId: facts.tender.id,
    lotId: facts.lot.id,
    code: facts.tender.code,
    title: facts.tender.title,
    lotNo: facts.lot.no,
    lotTitle: facts.lot.title,
    rankedAt: instantText(found.row.rankedAt),
    criteria: facts.criteria,
    result: found.result,
    resultHash: found.row.resultHash,
    reportHash: found.row.reportHash,
    bidders: bids.map(({ bidId, bidder }) => ({ bidId, ...bidder })),
    members: members.map(({ expert, name, kind, reportSignedAt }) => ({
      expert,
      name,
      kind,
      signedAt: reportSignedAt ? instantText(reportSignedAt) : null,
    })),
    outliers: outliersIn(facts.criteria, await openSheets(em, params.lotId)),
    reopened: (await formerOf(em, params.lotId)).map(reopeningOf),
  };
}

const formerOf = (em: EntityManager, lotId: string): Promise<FormerEvaluation[]> =>
  em.find(FormerEvaluation, { lotId }, { orderBy: { round: 'asc' } });

/** The sheets that count and lie open. */
async function openSheets(em: EntityManager, lotId: string) {
  const members = (await membersOf(em, lotId)).filter(isActive).map(({ id }) => id);
  return (await em.find(SealedScore, { lotId, memberId: { $in: members } }, { orderBy: { expert: 'asc' } })).flatMap(
    ({ expert, commitment, salt, source, signature, sheet }) =>
      sheet ? [{ expert, commitment, salt, source, signature, sheet: ScoreSheet.parse(parseCanonical(sheet)) }] : [],
  );
}

async function entitledResult(em: EntityManager, actor: Actor, lotId: string) {
  const facts = await lotFacts(em, lotId);
  if (!(await readerOf(em, actor, facts))) throw new Refused([{ code: 'evaluation.not-entitled' }]);
  const found = await resultOf(em, lotId);
  if (!found) throw new Refused([{ code: 'evaluation.not-ranked' }]);
  return { facts, found };
}

/** The report on paper, byte for byte. */
export async function reportFile(house: House, em: EntityManager, actor: Actor, lotId: string): Promise<Readable> {
  const { found } = await entitledResult(em, actor, lotId);
  return house.storage.get(found.row.reportHash);
}

/** The page of signatures as it stands now. */
export async function signaturesFile(
  house: House,
  em: EntityManager,
  actor: Actor,
  lotId: string,
  now: Date,
): Promise<Uint8Array> {
  const { facts, found } = await entitledResult(em, actor, lotId);
  const members = (await membersOf(em, lotId)).filter(isActive);
  const signed = await Promise.all(
    members.map(async ({ expert, name, kind, reportSignedAt, reportEntryId }) => {
      const act = reportEntryId ? await actOf(em, reportEntryId) : undefined;
      return {
        expert,
        name,
        kind,
        signedAt: reportSignedAt ?? null,
        certificateSha256: act?.certificateSha256 ?? '',
        signatureSha256: act ? sha256Hex(fromHex(act.signature)) : '',
      };
    }),
  );
  return signaturesPaper({
    house,
    facts,
    hashes: { result: found.row.resultHash, report: found.row.reportHash },
    members: signed,
    now,
  });
}

/** A member signs own sheet, result and report. @law 87号令 §61 */
export async function signTheReport(call: Call<typeof signReport>): Promise<ReplyOf<typeof readReport>> {
  const { house, em, actor, now, params, body } = call;
  await transact(em, async (tx) => {
    const lot = await lockLot(tx, params.lotId);
    const { facts, member, panel, sheets } = await seated(tx, actor, lot.id, lot);
    const found = await resultOf(tx, lot.id);
    const sheet = sheets.find(({ memberId }) => memberId === member.id);
    if (!found || !sheet) throw new Refused([{ code: 'evaluation.not-ranked' }]);
    if (member.reportSignedAt) throw new Refused([{ code: 'report.already-signed' }]);
    const expect = reportAct(actorBy(actor), {
      lot: facts.name,
      expert: member.expert,
      commitment: sheet.commitment,
      resultHash: found.row.resultHash,
      reportHash: found.row.reportHash,
    });
    const recorded = await decide(
      tx,
      { house, actor, now },
      { scope: lot.id, signed: body, expect, visibility: 'commit' },
    );
    panel.entries = [...panel.entries, recorded.entryId];
    member.reportEntryId = recorded.entryId;
    member.reportSignedAt = now;
    await tx.flush();
  });
  return reportOf({ em: house.fork(), actor, params });
}

/** One sheet, for its expert and for supervision, after the ranking. */
export async function sheetOf({ em, actor, now, params }: Call<typeof readSheet>): Promise<ReplyOf<typeof readSheet>> {
  const { facts } = await entitledResult(em, actor, params.lotId);
  const held = await em.findOne(SealedScore, { lotId: facts.lot.id, expert: params.expert });
  const member = held && (await em.findOne(PanelMember, { id: held.memberId }));
  if (!held?.sheet || !held.salt || !held.source || !member) throw new Refused([{ code: 'evaluation.not-entitled' }]);
  if (member.seatId !== actor.seatId && !actor.scopes.includes('oversight:read'))
    throw new Refused([{ code: 'evaluation.not-entitled' }]);
  if (member.seatId !== actor.seatId)
    await noteSupervision(em, actor, now, { lotId: facts.lot.id, what: `sheet/${held.expert}` });
  return {
    expert: held.expert,
    commitment: held.commitment,
    salt: held.salt,
    from: held.source,
    sheet: ScoreSheet.parse(parseCanonical(held.sheet)),
    signature: held.signature,
  };
}

/** Everything that a result is counted again from, for supervision. That it was read is on the record. */
export async function allSheets({
  house,
  em,
  actor,
  now,
  params,
}: Call<typeof readSheets>): Promise<ReplyOf<typeof readSheets>> {
  const { facts, found } = await entitledResult(em, actor, params.lotId);
  await noteSupervision(em, actor, now, { lotId: facts.lot.id, what: 'sheets' });
  const sheets = await openSheets(em, facts.lot.id);
  const bids = await qualifiedBids(em, facts.lot.id);
  const former = await em.find(FormerSheet, { lotId: facts.lot.id }, { orderBy: { id: 'asc' } });
  return {
    tenderId: facts.tender.id,
    criteria: facts.criteria,
    rulebook: facts.rulebook,
    closed: sheets.map(({ expert, commitment }) => ({ expert, commitment })),
    bids: await Promise.all(
      bids.map(async ({ bidId, price }) => ({
        bidId,
        price: (price ?? 0n).toString(),
        objective: ((await technicalFacts(house, em, bidId))?.offer.objective ?? []).map(({ item, option }) => ({
          item,
          option,
        })),
      })),
    ),
    sheets: sheets.map(({ expert, commitment, salt, source, sheet, signature }) => ({
      expert,
      commitment,
      salt: salt ?? '',
      from: source ?? 'reveal',
      sheet,
      signature,
    })),
    former: former.map(({ round, expert, seq, commitment, salt, sheet, reason, at }) => ({
      round,
      expert,
      seq,
      commitment,
      salt: salt ?? null,
      sheet: sheet ? ScoreSheet.parse(parseCanonical(sheet)) : null,
      reason,
      at: instantText(at),
    })),
    result: found.result,
  };
}

/** What everybody may know of an evaluation once its result is public: sums, averages, reasons, names. */
export async function publicEvaluation(
  em: EntityManager,
  lot: Lot,
  { early = false }: { /** For the papers that are made just before the award. */ readonly early?: boolean } = {},
): Promise<PublicEvaluation | undefined> {
  const isPublic =
    lot.state === 'awarded' || (lot.state === 'failed' && !(lot.failure && neverOpened.includes(lot.failure)));
  if (!isPublic && !early) return undefined;
  const facts = await lotFacts(em, lot.id, lot);
  const found = await resultOf(em, lot.id);
  const check = await em.findOne(QualificationCheck, { lotId: lot.id });
  const panel = await em.findOne(Panel, { lotId: lot.id });
  const bids = await openedBids(em, lot.id);
  const bidderOf = (bidId: string) => bids.find((bid) => bid.bidId === bidId)?.bidder ?? { name: '', uscc: '' };
  const questions = new Map(facts.criteria.qualifications.map(({ id, text }) => [id, text]));
  const items = new Map(facts.criteria.items.map((item) => [item.id, item]));
  const members = (await membersOf(em, lot.id)).filter(isActive);
  return {
    method: facts.criteria.method,
    rankedAt: instantText(found?.row.rankedAt ?? check?.at ?? lot.deadline),
    basePrice: found?.result.base ?? null,
    scores: (found?.result.bids ?? [])
      .flatMap((bid) => (bid.rank === null ? [] : [{ ...bid, rank: bid.rank }]))
      .toSorted((a, b) => a.rank - b.rank)
      .map((bid) => ({
        bidId: bid.bidId,
        bidder: bidderOf(bid.bidId),
        price: bid.price,
        rank: bid.rank,
        total: bid.total,
        priceScore: bid.priceScore,
        objective: bid.objective,
        subjective: bid.subjective,
        items: bid.items.map(({ item, kind, score }) => ({
          item,
          kind,
          score,
          name: items.get(item)?.name ?? item,
          max: items.get(item)?.max ?? 0,
        })),
      })),
    rejected: [
      ...bids
        .filter(({ state }) => state === 'faulty')
        .map(({ bidId, bidder, opened }) => ({
          bidId,
          bidder,
          at: 'opening' as const,
          reasons: opened.faults.map(({ code }) => code),
          law: '87号令 §42',
        })),
      ...(check?.bids ?? [])
        .filter(({ passed }) => !passed)
        .map(({ bidId, findings }) => ({
          bidId,
          bidder: bidderOf(bidId),
          at: 'qualification' as const,
          law: '87号令 §44',
          reasons: findings
            .filter(({ met }) => !met)
            .map(({ qualification, reason }) => `${questions.get(qualification) ?? qualification}：${reason}`),
        })),
      ...(found?.result.bids ?? [])
        .filter(({ responsive }) => !responsive)
        .map((bid) => ({
          bidId: bid.bidId,
          bidder: bidderOf(bid.bidId),
          at: 'conformity' as const,
          law: '87号令 §63',
          reasons: [...(bid.overLimit ? [`报价超过最高限价（预算）`] : []), ...bid.reasons],
        })),
    ],
    flags: (found?.result.flags ?? []).map((flag) => ({ ...flag, bidder: bidderOf(flag.bidId) })),
    panel: members.map(({ name, kind }) => ({ name, kind })),
    resultHash: found?.row.resultHash ?? '0'.repeat(64),
    reportHash: found?.row.reportHash ?? null,
    record: await placeOf(em, found?.row.leaf ?? check?.leaf ?? null),
    drawId: panel?.drawId ?? null,
    selfChosen: panel?.selfChosen ?? null,
    reopened: (await formerOf(em, lot.id)).map(reopeningOf),
  };
}

/** Where a leaf lies in the log. */
export async function placeOf(
  em: EntityManager,
  leaf: string | null,
): Promise<{ index: number | null; leaf: string } | null> {
  if (leaf === null) return null;
  return { index: (await entryByLeaf(em, leaf))?.index ?? null, leaf };
}

export const failureOf = (lot: Lot): { reason: keyof typeof failures; law: string; at: string } | null =>
  lot.failure
    ? {
        reason: lot.failure,
        law: failures[lot.failure].law,
        at: lot.steps.findLast(({ to }) => to === 'failed')?.at ?? instantText(lot.deadline),
      }
    : null;
