import type { EntityManager } from '@mikro-orm/core';
import {
  drawRules,
  listContributors,
  listDraws,
  listMyDraws,
  type DrawView,
  type drawCalls,
} from '@xinbiao/contracts/draw';
import { instantText, type ReplyOf } from '@xinbiao/contracts/kernel';
import type { DrawRecord } from '@xinbiao/contracts/trust';
import {
  encryptionCertificateOf,
  kindsOf,
  Organisation,
  Person,
  Seat,
  signingCertificateOfSeat,
} from '../identity/index.ts';
import { placesOf } from '../ledger/index.ts';
import { Refused, type Actor, type Call, type House } from '../platform/index.ts';
import { Draw, DrawContribution, DrawShare } from './draw.entity.ts';
import {
  contributionsOf,
  declinesOf,
  escrowOf,
  freezeOf,
  poolOf,
  publicNames,
  recordOf,
  resultOfDraw,
} from './draw.facts.ts';
import { canBeDealtTo, sideOf } from './hold.service.ts';

type DrawCall = (typeof drawCalls)[number];
const fresh = { disableIdentityMap: true } as const;
const text = (at: Date | null | undefined) => (at ? instantText(at) : null);

/** A draw as everybody sees it; a contributor's browser reads from the same answer what it has to do. */
export async function drawView(house: House, drawId: string, actor: Actor | null, now: Date): Promise<DrawView> {
  const em = house.fork();
  const draw = await em.findOne(Draw, { id: drawId }, { refresh: true });
  if (!draw) throw new Refused([{ code: 'draw.unknown' }]);
  const contributions = await contributionsOf(em, drawId);
  const shares = await em.find(DrawShare, { drawId }, fresh);
  const declines = (await declinesOf(em, drawId)).map(({ groupId, candidate, next, reason }) => ({
    group: groupId,
    candidate,
    next: next ?? null,
    reason: drawRules[draw.purpose].secret ? '' : reason,
  }));
  const places = await placesOf(
    em,
    draw.steps.map(({ entryId }) => entryId),
  );
  const mine = actor ? contributions.find(({ seatId }) => seatId === actor.seatId) : undefined;
  // A place is told only when a receipt can be had for it.
  const { size } = await house.ledger.checkpoint(em);
  return {
    drawId,
    purpose: draw.purpose,
    scope: draw.scope,
    suite: draw.suite,
    title: draw.title,
    law: draw.law,
    state: draw.state,
    secret: drawRules[draw.purpose].secret,
    proposedBy: draw.proposedBy,
    proposedAt: instantText(draw.proposedAt),
    groups: draw.groups.map((group) => ({ ...group, size: draw.names.filter((one) => one.group === group.id).length })),
    excluded: excludedOf(draw),
    contributors: contributions.map((one) => ({
      party: one.party,
      side: one.side,
      name: one.name,
      committedAt: text(one.committedAt),
      commitment: one.commitment ?? null,
      escrowedAt: text(one.escrowedAt),
      revealedAt: text(one.revealedAt),
      r: one.r ?? null,
      from: one.source ?? null,
      shared: shares.filter(({ holder, blob }) => holder === one.party && blob !== '').map(({ party }) => party),
    })),
    limits: {
      join: text(draw.joinUntil),
      commit: text(draw.commitUntil),
      escrow: text(draw.escrowUntil),
      reveal: text(draw.revealUntil),
      recover: text(draw.recoverUntil),
    },
    pool: draw.pool ? poolOf(draw) : null,
    poolHash: draw.poolHash ?? null,
    freeze: draw.freeze ? freezeOf(draw) : null,
    freezeLeaf: places.get(draw.freezeEntryId ?? '')?.leaf ?? null,
    escrows: contributions.filter(({ escrow }) => escrow).map(escrowOf),
    result: draw.result ? resultOfDraw(draw) : null,
    resultHash: draw.resultHash ?? null,
    declines,
    names: publicNames(draw, declines),
    fault: draw.fault ?? null,
    repeats: draw.repeats ?? null,
    repeatedBy: draw.repeatedBy ?? null,
    voids: await em.count(Draw, { scope: draw.scope, purpose: draw.purpose, state: 'void' }),
    steps: draw.steps.map(({ type, party, at, entryId }) => {
      const place = places.get(entryId);
      return {
        type,
        party,
        at,
        leaf: place?.leaf ?? '',
        index: place && place.index !== null && place.index < size ? place.index : null,
      };
    }),
    record: draw.state === 'drawn' ? await recordOf(em, draw) : null,
    mine: mine?.party ?? null,
    allowed: allowedTo(draw, { actor, mine, contributions, shares, now }),
  };
}

function excludedOf({ names }: Draw): DrawView['excluded'] {
  const counts = new Map<string, number>();
  for (const { group, reason } of names)
    if (group === null && reason !== null) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => ({ reason, count }));
}

type Standpoint = {
  readonly actor: Actor | null;
  readonly mine: DrawContribution | undefined;
  readonly contributions: readonly DrawContribution[];
  readonly shares: readonly DrawShare[];
  readonly now: Date;
};

/** What the caller may do now. */
function allowedTo(draw: Draw, { actor, mine, contributions, shares, now }: Standpoint): DrawCall[] {
  const before = (until: Date | null | undefined): boolean => Boolean(until && now < until);
  if (!actor?.scopes.includes('certificate:hold')) return [];
  switch (draw.state) {
    case 'pool': {
      const own = contributions.some(({ party }) => party === actor.uscc);
      const welcome =
        draw.joiners === null || draw.joiners === undefined || draw.joiners.includes(actor.organisationId ?? '');
      return !own && actor.organisationId !== null && welcome && before(draw.joinUntil) ? ['join'] : [];
    }
    case 'committing':
      return mine && !mine.commitment && before(draw.commitUntil) ? ['commit'] : [];
    case 'frozen':
      return mine?.commitment && !mine.escrow && before(draw.escrowUntil) ? ['escrow'] : [];
    case 'revealing': {
      if (!mine?.commitment) return [];
      const waiting = contributions.some(
        (one) =>
          one.party !== mine.party &&
          one.escrow &&
          !one.r &&
          !shares.some(({ party, holder }) => party === one.party && holder === mine.party),
      );
      const recover = waiting && !before(draw.revealUntil);
      return [...(mine.r ? [] : (['reveal'] as const)), ...(recover ? (['recover'] as const) : [])];
    }
    case 'drawn':
      return actor.organisationId === draw.proposerId && !['experts', 'tie'].includes(draw.purpose) ? ['decline'] : [];
    case 'void':
      return [];
  }
}

async function rowOf(em: EntityManager, draw: Draw) {
  return {
    drawId: draw.id,
    purpose: draw.purpose,
    title: draw.title,
    state: draw.state,
    proposedAt: instantText(draw.proposedAt),
    taken: draw.groups.reduce((sum, { take }) => sum + take, 0),
    size: draw.names.filter(({ group }) => group !== null).length,
    contributors: await em.count(DrawContribution, { drawId: draw.id }),
  };
}

/** The records of the finished draws of a scope. */
export async function drawRecordsOf(em: EntityManager, scope: string): Promise<DrawRecord[]> {
  const found = await em.find(Draw, { scope, state: 'drawn' }, { ...fresh, orderBy: { id: 'asc' } });
  return Promise.all(found.map((draw) => recordOf(em, draw)));
}

/** All draws, the newest first; void ones are among them, so that everybody can count. */
export async function draws({ em, query }: Call<typeof listDraws>): Promise<ReplyOf<typeof listDraws>> {
  const { after, limit, purpose, state, scope } = query;
  const where = {
    ...(purpose ? { purpose } : {}),
    ...(state ? { state } : {}),
    ...(scope ? { scope } : {}),
  };
  const found = await em.find(
    Draw,
    { ...where, ...(after ? { id: { $lt: after } } : {}) },
    { ...fresh, orderBy: { id: 'desc' }, limit: limit + 1 },
  );
  const count = await em.count(Draw, where);
  const rows = await Promise.all(found.slice(0, limit).map((draw) => rowOf(em, draw)));
  return {
    rows,
    next: found.length > limit ? (rows.at(-1)?.drawId ?? null) : null,
    count: Math.min(count, 10_000),
    more: count > 10_000,
  };
}

/** Draws that run and wait for the caller, or that the caller may join. */
export async function myDraws({
  em,
  actor,
  now,
}: Pick<Call<typeof listMyDraws>, 'em' | 'actor' | 'now'>): Promise<ReplyOf<typeof listMyDraws>> {
  const own = await em.find(
    DrawContribution,
    { seatId: actor.seatId },
    { ...fresh, orderBy: { id: 'desc' }, limit: 200 },
  );
  const open = await em.find(Draw, { state: 'pool' }, { ...fresh, orderBy: { id: 'desc' }, limit: 200 });
  const found = await em.find(
    Draw,
    { id: { $in: own.map(({ drawId }) => drawId) } },
    { ...fresh, orderBy: { id: 'desc' } },
  );
  const rows = [];
  for (const draw of [...open.filter(({ id }) => !found.some((one) => one.id === id)), ...found]) {
    const contributions = await em.find(DrawContribution, { drawId: draw.id }, fresh);
    const shares = await em.find(DrawShare, { drawId: draw.id }, fresh);
    const mine = contributions.find(({ seatId }) => seatId === actor.seatId);
    const waiting =
      allowedTo(draw, { actor, mine, contributions, shares, now }).find((call) => call !== 'decline') ?? null;
    if (!mine && waiting === null) continue;
    const until = { pool: draw.joinUntil, committing: draw.commitUntil, frozen: draw.escrowUntil, revealing: draw.recoverUntil, drawn: null, void: null }[draw.state]; // prettier-ignore
    rows.push({ ...(await rowOf(em, draw)), waiting, until: text(until) });
  }
  return { rows };
}

/** Who can be asked to contribute: supervision, notaries, the trading centre, and the caller's own organisation. */
export async function contributors({
  house,
  em,
  actor,
  now,
  query,
}: Call<typeof listContributors>): Promise<ReplyOf<typeof listContributors>> {
  const organisations = await em.find(
    Organisation,
    {
      state: 'active',
      $or: [
        { kinds: { $like: '%,supervisor,%' } },
        { kinds: { $like: '%,notary,%' } },
        { kinds: { $like: '%,tradingCentre,%' } },
        { id: actor.organisationId ?? '' },
      ],
    },
    { ...fresh, limit: 300 },
  );
  const seats = await em.find(
    Seat,
    { organisationId: { $in: organisations.map(({ id }) => id) }, state: 'active' },
    { ...fresh, orderBy: { id: 'asc' }, limit: 500 },
  );
  const people = new Map(
    (await em.find(Person, { id: { $in: seats.map(({ personId }) => personId) } }, fresh)).map((one) => [one.id, one]),
  );
  const rows = [];
  for (const seat of seats) {
    const organisation = organisations.find(({ id }) => id === seat.organisationId);
    const side = organisation ? sideOf(kindsOf(organisation)) : undefined;
    if (!organisation || !side) continue;
    const certificate = await encryptionCertificateOf(em, seat.id, now, query.suite ?? house.config.suite);
    if (!certificate || !canBeDealtTo(certificate.der) || !(await signingCertificateOfSeat(em, seat.id, now))) continue;
    rows.push({
      seatId: seat.id,
      party: organisation.uscc,
      side,
      person: people.get(seat.personId)?.name ?? '',
      organisation: organisation.name,
    });
  }
  return { rows };
}
