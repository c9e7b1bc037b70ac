import { LockMode, type EntityManager } from '@mikro-orm/core';
import { drawLife, drawRules, type DrawMove, type DrawParty } from '@xinbiao/contracts/draw';
import { instantText, step } from '@xinbiao/contracts/kernel';
import {
  DrawEscrow,
  DrawFreeze,
  DrawPool,
  DrawResult,
  parseCanonical,
  standingOf,
  type DrawDecline as Decline,
  type DrawName,
  type DrawRecord,
} from '@xinbiao/contracts/trust';
import { placesOf, record, recordAct, type Recorded } from '../ledger/index.ts';
import { newId, Refused } from '../platform/index.ts';
import { Draw, DrawContribution, DrawDecline, DrawShare } from './draw.entity.ts';

/** The draw, locked until the transaction ends. */
export async function lockDraw(tx: EntityManager, drawId: string): Promise<Draw> {
  const draw = await tx.findOne(Draw, { id: drawId }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
  if (!draw) throw new Refused([{ code: 'draw.unknown' }]);
  return draw;
}

export const contributionsOf = (em: EntityManager, drawId: string): Promise<DrawContribution[]> =>
  em.find(DrawContribution, { drawId }, { orderBy: { party: 'asc' }, refresh: true });

export const declinesOf = (em: EntityManager, drawId: string): Promise<DrawDecline[]> =>
  em.find(DrawDecline, { drawId }, { orderBy: { id: 'asc' }, refresh: true });

/** Where a draw stands in its documents; each throws before its step. */
export const poolOf = ({ pool }: Pick<Draw, 'pool'>): DrawPool => DrawPool.parse(parseCanonical(pool ?? ''));
export const freezeOf = ({ freeze }: Pick<Draw, 'freeze'>): DrawFreeze =>
  DrawFreeze.parse(parseCanonical(freeze ?? ''));
export const resultOfDraw = ({ result }: Pick<Draw, 'result'>): DrawResult =>
  DrawResult.parse(parseCanonical(result ?? ''));
export const escrowOf = ({ escrow }: Pick<DrawContribution, 'escrow'>): DrawEscrow =>
  DrawEscrow.parse(parseCanonical(escrow ?? ''));

type Signed = { readonly act: string; readonly signature: string; readonly certificateSha256: string };
export type DrawStepFacts = {
  readonly move: DrawMove;
  readonly by: DrawParty;
  readonly now: Date;
  /** The entry: `draw.<type>`. */
  readonly type: string;
  readonly party?: string;
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly signed?: Signed;
  readonly actor?: string;
};

/** The only function that changes a draw's state. The draw must have been locked; no step happens without a ledger entry. */
export async function advanceDraw(
  tx: EntityManager,
  draw: Draw,
  { move, by, now, type, party, facts, signed, actor }: DrawStepFacts,
): Promise<Recorded> {
  const row = step(drawLife, draw.state, move);
  if (!row) throw new Refused([{ code: 'draw.wrong-state' }]);
  if (row[3] !== by) throw new Refused([{ code: 'auth.not-allowed' }]);
  const entry = { scope: draw.scope, type: `draw.${type}`, visibility: 'public', at: now, actor } as const;
  const body = { draw: draw.id, ...(party === undefined ? {} : { party }), ...facts };
  const recorded = signed
    ? await recordAct(tx, { ...entry, ...signed, facts: body })
    : await record(tx, { ...entry, body });
  draw.state = row[2];
  draw.steps = [
    ...draw.steps,
    { type: entry.type, party: party ?? null, at: instantText(now), entryId: recorded.entryId },
  ];
  return recorded;
}

/** Everything of a finished draw that anybody needs to hold it again. */
export async function recordOf(em: EntityManager, draw: Draw): Promise<DrawRecord> {
  const contributions = await contributionsOf(em, draw.id);
  const pool = poolOf(draw);
  const freeze = freezeOf(draw);
  const counted = contributions.filter(({ party }) => freeze.commitments.some((one) => one.party === party));
  const declines = (await declinesOf(em, draw.id)).map(({ groupId, candidate, next, reason }) => ({
    group: groupId,
    candidate,
    next: next ?? null,
    // Why an expert does not come may say who it is.
    reason: drawRules[draw.purpose].secret ? '' : reason,
  }));
  return {
    v: 'xinbiao/draw/v1',
    pool,
    freeze,
    escrows: counted.map(escrowOf),
    contributions: counted.map(({ party, r, source }) => ({ party, r: r ?? '', from: source ?? 'reveal' })),
    result: resultOfDraw(draw),
    declines,
    names: publicNames(draw, declines),
  };
}

/** Names that are no secret: all of an open pool; of a secret one those who were appointed, once that is public. */
export function publicNames(draw: Draw, declines: readonly Decline[]): DrawName[] {
  if (!draw.namesPublic) return [];
  const standing = drawRules[draw.purpose].secret
    ? new Set(draw.result ? standingOf(resultOfDraw(draw), declines).flatMap((group) => group.standing) : [])
    : undefined;
  return draw.names
    .filter(({ candidate }) => standing?.has(candidate) ?? true)
    .map(({ candidate, salt, id, label }) => ({ candidate, salt, id, label }));
}

/** Is the freeze in the tree, so that nobody can be shown another one? */
export async function isFreezeLogged(em: EntityManager, draw: Draw): Promise<boolean> {
  const entry = draw.freezeEntryId ?? '';
  return typeof (await placesOf(em, [entry])).get(entry)?.index === 'number';
}

/** Keeps a contribution that was revealed or brought back. */
export async function keepContribution(
  tx: EntityManager,
  {
    draw,
    mine,
    r,
    from,
    now,
    actor,
  }: { draw: Draw; mine: DrawContribution } & { r: string; from: 'reveal' | 'escrow'; now: Date; actor?: string },
): Promise<void> {
  tx.assign(mine, { r, source: from, revealedAt: now });
  await advanceDraw(tx, draw, {
    move: from === 'reveal' ? 'reveal' : 'recover',
    by: 'contributor',
    type: 'reveal',
    party: mine.party,
    now,
    facts: { r, from },
    ...(actor === undefined ? {} : { actor }),
  });
  await tx.flush();
}

export async function keepShare(
  tx: EntityManager,
  share: { drawId: string; party: string; holder: string; blob: string; at: Date },
): Promise<void> {
  await tx.upsert(
    DrawShare,
    { id: newId(share.at), ...share },
    { onConflictFields: ['drawId', 'party', 'holder'], onConflictExcludeFields: ['id'] },
  );
}
