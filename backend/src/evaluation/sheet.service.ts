import type { EntityManager } from '@mikro-orm/core';
import {
  escrowAct,
  maySheetCount,
  readEscrows,
  releaseEscrows,
  revealSheet,
  ScoreSheet,
  sheetAct,
  submitSheet,
  type ScoreSheet as Sheet,
} from '@xinbiao/contracts/evaluation';
import { addTime, fromHex, instantText, type ReplyOf } from '@xinbiao/contracts/kernel';
import {
  bytesOf,
  canonical,
  checkSheetEscrow,
  checkShare,
  isCommittedSheet,
  openSheet,
  parseCanonical,
  SheetEscrow,
  sheetContextHash,
  sheetLocked,
  sheetStage,
  type Keyring,
  type SheetContext,
} from '@xinbiao/contracts/trust';
import { actorBy, Certificate } from '../identity/index.ts';
import { record } from '../ledger/index.ts';
import { newId, obey, Refused, transact, type Actor, type Call } from '../platform/index.ts';
import { lockLot, type Lot } from '../tendering/index.ts';
import { decide } from './decide.ts';
import { EscrowRelease, FormerSheet, Panel, PanelMember, SealedScore } from './evaluation.entity.ts';
import { lotFacts, type LotFacts } from './lot.facts.ts';
import { partiesOf, type Party } from './candidate.queries.ts';
import { hasVacancy, isActive, membersOf } from './panel.queries.ts';
import { fillFromReserve } from './panel.service.ts';
import { setAside } from './reopening.service.ts';
import { qualifiedBids } from './qualification.service.ts';
import { rankLot } from './ranking.service.ts';

/** An expert who has not revealed this long after the last sheet came in counts as absent. */
const revealTime = 2 * 3_600_000;

export type Seated = {
  readonly facts: LotFacts;
  readonly panel: Panel;
  readonly member: PanelMember;
  readonly members: readonly PanelMember[];
  readonly sheets: readonly SealedScore[];
  /** Sheets that no longer count: their numbers are never given out again. */
  readonly former: readonly FormerSheet[];
};

/** The panel as one of its members sees it; refused to everybody else, and before the convening. */
export async function seated(em: EntityManager, actor: Actor, lotId: string, locked?: Lot): Promise<Seated> {
  const members = await em.find(PanelMember, { lotId }, { orderBy: { invitedAt: 'asc', id: 'asc' }, refresh: true });
  const member = members.find(
    ({ seatId, state }) =>
      seatId === actor.seatId && state !== 'invited' && state !== 'declined' && state !== 'replaced',
  );
  if (!member) throw new Refused([{ code: 'evaluation.not-on-panel' }]);
  const panel = await em.findOneOrFail(Panel, { lotId }, { refresh: true });
  const facts = await lotFacts(em, lotId, locked);
  if (!panel.convenedAt) throw new Refused([{ code: 'evaluation.not-convened' }]);
  const former = await em.find(FormerSheet, { lotId, expert: member.expert });
  return { facts, panel, member, members, former, sheets: await em.find(SealedScore, { lotId }, { refresh: true }) };
}

/** The context that an expert's next sheet is sealed in. */
export const sheetContext = ({
  facts,
  member,
  sheets,
  former,
}: Pick<Seated, 'facts' | 'member' | 'sheets' | 'former'>): SheetContext => ({
  v: 'xinbiao/sheet/v1',
  // An escrow is sealed to the keyring, so it is of the keyring's suite.
  suite: keyringOf(facts).suite,
  tenderId: facts.tender.id,
  lotId: facts.lot.id,
  criteriaHash: facts.criteriaHash,
  expert: member.expert,
  keyringHash: facts.tender.keyringHash ?? '',
  seq:
    Math.max(0, ...former.map(({ seq }) => seq), sheets.find(({ memberId }) => memberId === member.id)?.seq ?? 0) + 1,
});

export function keyringOf({ tender }: Pick<LotFacts, 'tender'>): Keyring {
  if (!tender.keyring) throw new Error('a published tender has a keyring');
  return tender.keyring;
}

export function progressOf({ panel, members, sheets }: Pick<Seated, 'panel' | 'members' | 'sheets'>) {
  const active = members.filter(isActive).map(({ id }) => id);
  const held = sheets.filter(({ memberId }) => active.includes(memberId));
  return {
    members: active.length,
    committed: held.length,
    revealed: held.filter(({ sheet }) => sheet !== null && sheet !== undefined).length,
    revealOpen: Boolean(panel.allInAt) && held.length === active.length,
    revealUntil: panel.revealUntil ? instantText(panel.revealUntil) : null,
  };
}

/** Takes in a sealed sheet. Nobody can read it; when the last is in, none changes any more. */
export function submit({
  house,
  em,
  actor,
  now,
  params,
  body,
}: Call<typeof submitSheet>): Promise<ReplyOf<typeof submitSheet>> {
  return transact(em, async (tx) => {
    const lot = await lockLot(tx, params.lotId);
    const place = await seated(tx, actor, lot.id, lot);
    const { facts, panel, member } = place;
    if (lot.state !== 'evaluating') throw new Refused([{ code: 'evaluation.not-convened' }]);
    const held = place.sheets.find(({ memberId }) => memberId === member.id);
    // Whoever takes an absent member's place hands in after the others.
    if (panel.allInAt && held) throw new Refused([{ code: 'sheet.all-in' }]);
    const ctx = sheetContext(place);
    if (body.seq !== ctx.seq) throw new Refused([{ code: 'sheet.out-of-turn', field: 'seq' }]);
    const checked = checkSheetEscrow({ bytes: bytesOf(body.escrow), expect: ctx, keyring: keyringOf(facts) });
    if (!checked.ok)
      throw new Refused(
        checked.faults.map((fault) => ({ code: 'sheet.escrow-wrong', field: 'escrow', facts: { fault } })),
      );
    if (checked.escrow.commitment !== body.commitment)
      throw new Refused([{ code: 'sheet.escrow-wrong', field: 'commitment', facts: { fault: 'commitment' } }]);

    const expect = sheetAct(actorBy(actor), {
      lot: facts.name,
      expert: member.expert,
      seq: ctx.seq,
      ctxHash: sheetContextHash(ctx),
      commitment: body.commitment,
      escrowHash: checked.escrowHash,
    });
    const recorded = await decide(
      tx,
      { house, actor, now },
      { scope: lot.id, signed: body, expect, visibility: 'commit' },
    );
    panel.entries = [...panel.entries, recorded.entryId];
    const row = {
      lotId: lot.id,
      expert: member.expert,
      seq: ctx.seq,
      ctx,
      commitment: body.commitment,
      escrowHash: checked.escrowHash,
      escrow: body.escrow,
      signature: body.signature,
      entryId: recorded.entryId,
      committedAt: now,
      salt: null,
      sheet: null,
      source: null,
      revealedAt: null,
    };
    if (held) tx.assign(held, row);
    else tx.create(SealedScore, { memberId: member.id, ...row });
    member.state = 'committed';
    await tx.flush();
    await noteAllIn(tx, { lot, panel, now });
    const progress = progressOf({ ...place, sheets: await tx.find(SealedScore, { lotId: lot.id }) });
    return { state: member.state, seq: ctx.seq, commitment: body.commitment, progress };
  });
}

/** When every member's sheet is in, the log fixes the set of commitments before the first is revealed. */
async function noteAllIn(tx: EntityManager, { lot, panel, now }: { lot: Lot; panel: Panel; now: Date }): Promise<void> {
  const members = await membersOf(tx, lot.id);
  const active = members.filter(isActive);
  if (hasVacancy(members) || active.some(({ state }) => state === 'accepted' || state === 'invited')) return;
  const sheets = (await tx.find(SealedScore, { lotId: lot.id }, { orderBy: { expert: 'asc' } })).filter(
    ({ memberId }) => active.some(({ id }) => id === memberId),
  );
  panel.allInAt = now;
  panel.revealUntil = addTime(now, revealTime);
  lot.wakeAt = panel.revealUntil;
  // Whoever takes the place of a void sheet seals when others lie open already: that must be seen.
  const revealed = sheets.filter(({ sheet }) => sheet).map(({ expert }) => expert);
  await record(tx, {
    scope: lot.id,
    type: 'eval.close',
    visibility: 'public',
    at: now,
    body: {
      lot: lot.id,
      sheets: sheets.map(({ expert, commitment }) => ({ expert, commitment })),
      ...(panel.round > 1 ? { round: panel.round } : {}),
      ...(revealed.length > 0 ? { revealed } : {}),
    },
  });
  await tx.flush();
}

/** Takes in what an expert's browser reveals; the last one brings the ranking. */
export async function reveal({
  house,
  em,
  actor,
  now,
  params,
  body,
}: Call<typeof revealSheet>): Promise<ReplyOf<typeof revealSheet>> {
  const state = await transact(em, async (tx) => {
    const lot = await lockLot(tx, params.lotId);
    const place = await seated(tx, actor, lot.id, lot);
    const { member, panel } = place;
    if (!progressOf(place).revealOpen) throw new Refused([{ code: 'sheet.not-all-in' }]);
    const held = place.sheets.find(({ memberId }) => memberId === member.id);
    if (!held) throw new Refused([{ code: 'sheet.not-all-in' }]);
    if (held.sheet) return member.state;
    if (!isCommittedSheet(held.commitment, { salt: body.salt, sheet: body.sheet }))
      throw new Refused([{ code: 'sheet.not-committed' }]);
    await mustCount(tx, place.facts, member, body.sheet);
    await keepSheet(tx, { held, member, panel, salt: body.salt, sheet: body.sheet, source: 'reveal', now });
    await wakeWhenComplete(tx, lot, now);
    return member.state;
  });
  await rankLot(house, params.lotId, now);
  return { state, lotState: (await lotFacts(house.fork(), params.lotId)).lot.state };
}

async function mustCount(tx: EntityManager, facts: LotFacts, member: PanelMember, sheet: Sheet): Promise<void> {
  const bidIds = (await qualifiedBids(tx, facts.lot.id)).map(({ bidId }) => bidId);
  obey(maySheetCount(sheet, { criteria: facts.criteria, bidIds, expert: member.expert }));
}

type Kept = {
  readonly held: SealedScore;
  readonly member: PanelMember;
  readonly panel: Panel;
  readonly salt: string;
  readonly sheet: Sheet;
  readonly source: 'reveal' | 'escrow';
  readonly now: Date;
};

async function keepSheet(tx: EntityManager, { held, member, panel, salt, sheet, source, now }: Kept): Promise<void> {
  tx.assign(held, { salt, sheet: canonical(sheet), source, revealedAt: now });
  member.state = source === 'reveal' ? 'revealed' : 'opened';
  const recorded = await record(tx, {
    scope: held.lotId,
    type: 'eval.reveal',
    visibility: 'commit',
    at: now,
    body: { lot: held.lotId, expert: held.expert, commitment: held.commitment, source },
  });
  panel.entries = [...panel.entries, recorded.entryId];
  await tx.flush();
}

/** Were the house to stop right here, the waking clock would rank. */
async function wakeWhenComplete(tx: EntityManager, lot: Lot, now: Date): Promise<void> {
  const members = await membersOf(tx, lot.id);
  if (hasVacancy(members) || !members.filter(isActive).every(({ state }) => state === 'revealed' || state === 'opened'))
    return;
  lot.wakeAt = now;
  await tx.flush();
}

/* ---------- absent experts ---------- */

/** The officer's certificate in the tender's keyring; refused to everybody else. */
async function officerOf(em: EntityManager, actor: Actor, facts: LotFacts): Promise<string> {
  const mine = new Set(
    (await em.find(Certificate, { seatId: actor.seatId, kind: 'encryption' })).map(({ fingerprint }) => fingerprint),
  );
  const officer = keyringOf(facts)
    .groups.flatMap(({ members }) => members)
    .find(({ certSha256 }) => mine.has(certSha256));
  if (!officer) throw new Refused([{ code: 'evaluation.not-an-officer' }]);
  return officer.certSha256;
}

async function absentSheets(em: EntityManager, lotId: string): Promise<{ held: SealedScore; member: PanelMember }[]> {
  const members = (await membersOf(em, lotId)).filter(({ state }) => state === 'committed');
  const sheets = await em.find(SealedScore, { lotId }, { orderBy: { expert: 'asc' } });
  return sheets.flatMap((held) => {
    const member = members.find(({ id }) => id === held.memberId);
    return member ? [{ held, member }] : [];
  });
}

/** Sheets that were not revealed in time; none before that. */
export async function escrows({
  em,
  actor,
  now,
  params,
}: Call<typeof readEscrows>): Promise<ReplyOf<typeof readEscrows>> {
  const facts = await lotFacts(em, params.lotId);
  const officer = await officerOf(em, actor, facts);
  const panel = await em.findOne(Panel, { lotId: params.lotId });
  const from = panel?.revealUntil ?? null;
  if (facts.lot.state !== 'evaluating' || !from || now < from)
    return { from: from ? instantText(from) : null, rows: [] };
  const released = new Set(
    (await em.find(EscrowRelease, { lotId: params.lotId, officer })).map(({ expert }) => expert),
  );
  const rows = (await absentSheets(em, params.lotId)).map(({ held: { expert, escrowHash, escrow } }) => ({
    expert,
    escrowHash,
    escrow,
    released: released.has(expert),
  }));
  return { from: instantText(from), rows };
}

/** Takes in an officer's shares, and opens every sheet for which they suffice. */
export async function release({
  house,
  em,
  actor,
  now,
  params,
  body,
}: Call<typeof releaseEscrows>): Promise<ReplyOf<typeof releaseEscrows>> {
  const parties = await partiesOf(house, em, await lotFacts(em, params.lotId));
  const { opened, waiting } = await transact(em, async (tx) => {
    const lot = await lockLot(tx, params.lotId);
    const facts = await lotFacts(tx, lot.id, lot);
    const officer = await officerOf(tx, actor, facts);
    const panel = await tx.findOne(Panel, { lotId: lot.id }, { refresh: true });
    const absent = await absentSheets(tx, lot.id);
    if (lot.state !== 'evaluating' || !panel?.revealUntil || now < panel.revealUntil || absent.length === 0)
      throw new Refused([{ code: 'sheet.reveal-not-over' }]);
    const named = new Set(body.shares.map(({ expert, escrowHash }) => `${expert} ${escrowHash}`));
    if (
      named.size !== body.shares.length ||
      named.size !== absent.length ||
      absent.some(({ held }) => !named.has(`${held.expert} ${held.escrowHash}`))
    )
      throw new Refused([{ code: 'sheet.shares-differ' }]);
    for (const { held } of absent) {
      const blob = body.shares.find(({ expert }) => expert === held.expert)?.blob ?? null;
      if (blob === null) continue;
      const check = checkShare({
        manifest: sheetLocked(escrowOf(held)),
        stage: sheetStage,
        officer,
        blob: fromHex(blob),
      });
      // What the expert dealt badly is kept as evidence; what the officer altered is not taken.
      if (!check.ok && check.fault.party === 'officer')
        throw new Refused([{ code: 'sheet.share-wrong', facts: { fault: check.fault.code } }]);
    }
    // The act holds shares, so the log never discloses it.
    await decide(
      tx,
      { house, actor, now },
      {
        scope: lot.id,
        signed: body,
        expect: escrowAct(actorBy(actor), { lot: facts.name, shares: body.shares }),
        visibility: 'commit',
      },
    );
    for (const { expert, blob } of body.shares)
      await tx.upsert(
        EscrowRelease,
        { id: newId(now), lotId: lot.id, expert, officer, blob: blob ?? '', at: now },
        { onConflictFields: ['lotId', 'expert', 'officer'], onConflictExcludeFields: ['id'] },
      );
    const result = { opened: [] as string[], waiting: [] as string[] };
    for (const { held, member } of absent)
      ((await tryOpening(tx, { facts, panel, held, member, parties, now })) ? result.opened : result.waiting).push(
        held.expert,
      );
    await wakeWhenComplete(tx, lot, now);
    return result;
  });
  await rankLot(house, params.lotId, now);
  return { opened, waiting, lotState: (await lotFacts(house.fork(), params.lotId)).lot.state };
}

const escrowOf = ({ escrow }: SealedScore): SheetEscrow => SheetEscrow.parse(parseCanonical(escrow));

/** Opens a sheet from escrow. One that can never be opened, or does not judge what it must, voids its member's place. */
async function tryOpening(
  tx: EntityManager,
  {
    facts,
    panel,
    held,
    member,
    parties,
    now,
  }: {
    facts: LotFacts;
    panel: Panel;
    held: SealedScore;
    member: PanelMember;
    parties: readonly Party[];
    now: Date;
  },
): Promise<boolean> {
  const releases = await tx.find(EscrowRelease, { lotId: facts.lot.id, expert: held.expert });
  const result = await openSheet({
    escrow: escrowOf(held),
    shares: releases.filter(({ blob }) => blob !== '').map(({ officer, blob }) => ({ officer, blob: fromHex(blob) })),
  });
  const came = new Set(releases.map(({ officer }) => officer));
  const everybodyCame = keyringOf(facts).groups.every(({ members }) =>
    members.every(({ certSha256 }) => came.has(certSha256)),
  );
  if (
    !result.ok &&
    !everybodyCame &&
    result.faults.every(({ code, party }) => code === 'shares.too-few' && party === 'officer')
  )
    return false;
  const sheet = result.ok ? ScoreSheet.safeParse(result.reveal.sheet) : undefined;
  const bidIds = (await qualifiedBids(tx, facts.lot.id)).map(({ bidId }) => bidId);
  if (
    result.ok &&
    sheet?.success &&
    maySheetCount(sheet.data, { criteria: facts.criteria, bidIds, expert: member.expert }).length === 0
  ) {
    await keepSheet(tx, { held, member, panel, salt: result.reveal.salt, sheet: sheet.data, source: 'escrow', now });
    return true;
  }
  // Another takes the place and seals a sheet while others lie open: who, why and after whom is public.
  const faults = result.ok ? ['sheet.does-not-count'] : result.faults.map(({ code }) => code);
  const revealed = (await tx.find(SealedScore, { lotId: facts.lot.id })).filter(({ sheet: open }) => open);
  await record(tx, {
    scope: facts.lot.id,
    type: 'eval.void',
    visibility: 'public',
    at: now,
    body: {
      lot: facts.lot.id,
      expert: held.expert,
      commitment: held.commitment,
      faults,
      revealed: revealed.map(({ expert }) => expert).toSorted(),
    },
  });
  setAside(tx, held, { round: panel.round, reason: `sheet-void: ${faults.join(', ')}`, now });
  member.state = 'declined';
  member.reason = 'sheet-void';
  await tx.flush();
  await fillFromReserve(tx, { panel, facts, member, parties, reason: 'sheet-void', now });
  return false;
}
