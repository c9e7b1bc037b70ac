import type { EntityManager } from '@mikro-orm/core';
import { drawRules, mayContribute, mayHold, type DrawMinutes } from '@xinbiao/contracts/draw';
import { addTime, fromHex } from '@xinbiao/contracts/kernel';
import {
  drawPseudonym,
  recipientOf,
  standingOf,
  type DrawPurpose,
  type DrawSide,
  type SuiteName,
} from '@xinbiao/contracts/trust';
import { randomBytes } from 'node:crypto';
import { encryptionCertificateOf, kindsOf, seatOf, signingCertificateOfSeat } from '../identity/index.ts';
import { newId, obey, Refused, type Actor, type House } from '../platform/index.ts';
import { Draw, DrawContribution, DrawDecline, type GroupPlan, type KeptName } from './draw.entity.ts';
import { advanceDraw, declinesOf, lockDraw, resultOfDraw } from './draw.facts.ts';

const minute = 60_000;

/** What a stage asks a draw for. */
export type Proposal = {
  readonly purpose: DrawPurpose;
  /** A lot's id, or `house`. */
  readonly scope: string;
  readonly title: string;
  readonly groups: readonly (GroupPlan & {
    readonly candidates: readonly { readonly id: string; readonly label: string }[];
  })[];
  /** Who was left out, and why: the reason is public, the name is not. */
  readonly excluded: readonly { readonly id: string; readonly label: string; readonly reason: string }[];
  readonly contributors: readonly string[];
  /** Organisations that may join; null for anybody with a certificate. */
  readonly joiners: readonly string[] | null;
  /** That of the tender; of the house where there is none. */
  readonly suite: SuiteName;
  readonly minutes: DrawMinutes;
  readonly repeats: string | null;
};
export type Proposing = {
  readonly house: House;
  readonly actor: Actor;
  readonly now: Date;
  readonly signed: { readonly act: string; readonly signature: string; readonly certificateSha256: string };
};

/** Begins a draw in the caller's transaction; the caller has checked who asks and the signed act. */
export async function holdDraw(
  tx: EntityManager,
  { house, actor, now, signed }: Proposing,
  proposal: Proposal,
): Promise<Draw> {
  const { purpose, scope, title, groups, excluded, joiners, suite, minutes, repeats } = proposal;
  const rule = drawRules[purpose];
  obey(mayHold(purpose, groups));
  const contributors = await Promise.all(proposal.contributors.map((seatId) => contributorAt(tx, seatId, now, suite)));
  obey(mayContribute(contributors));
  if (contributors.every(({ side }) => side === 'platform')) throw new Refused([{ code: 'draw.not-independent' }]);
  const id = newId(now);
  if (repeats !== null) {
    const before = await tx.findOne(Draw, { id: repeats });
    if (!before || before.state !== 'void' || before.scope !== scope || before.purpose !== purpose || before.repeatedBy)
      throw new Refused([{ code: 'draw.not-a-repeat', field: 'repeats' }]);
    before.repeatedBy = id;
  }
  const named = (one: { id: string; label: string }, group: string | null, reason: string | null): KeptName => {
    const name = { salt: randomBytes(32).toString('hex'), id: one.id, label: one.label };
    return { candidate: drawPseudonym(id, name), ...name, group, reason };
  };
  const draw = tx.create(Draw, {
    id, purpose, scope, suite, title, law: rule.law, state: 'pool',
    proposerId: actor.organisationId, proposedBy: `${actor.name}（${actor.organisationName ?? ''}）`, proposedAt: now,
    groups: groups.map(({ id: group, title: name, take, reserve }) => ({ id: group, title: name, take, reserve })),
    minutes,
    names: [
      ...groups.flatMap((group) => group.candidates.map((one) => named(one, group.id, null))),
      ...excluded.map((one) => named(one, null, one.reason)),
    ],
    namesPublic: !rule.secret, joiners: joiners === null ? null : [...joiners], repeats, repeatedBy: null,
    joinUntil: addTime(now, minutes.join * minute), commitUntil: null, escrowUntil: null, revealUntil: null, recoverUntil: null,
    wakeAt: addTime(now, minutes.join * minute), pool: null, poolHash: null, freeze: null, freezeEntryId: null,
    result: null, resultHash: null, fault: null, steps: [], version: 1,
  }); // prettier-ignore
  const ours = house.drawKeys[suite];
  enterContributor(tx, draw, {
    party: 'platform',
    side: 'platform',
    name: house.config.cityName.zh,
    seatId: null,
    certSha256: ours.certSha256,
    certificate: ours.certificate,
  }, now); // prettier-ignore
  for (const contributor of contributors) enterContributor(tx, draw, contributor, now);
  await advanceDraw(tx, draw, {
    move: 'propose',
    by: 'proposer',
    type: 'propose',
    now,
    signed,
    actor: actor.personId,
    facts: { purpose, scope, repeats },
  });
  await tx.flush();
  return draw;
}

export type Contributor = {
  readonly party: string;
  readonly side: DrawSide;
  readonly name: string;
  readonly seatId: string | null;
  readonly certSha256: string;
  readonly certificate: string;
};

export function enterContributor(tx: EntityManager, draw: Draw, contributor: Contributor, now: Date): void {
  tx.create(DrawContribution, {
    id: newId(now), drawId: draw.id, ...contributor, commitment: null, committedAt: null, escrow: null, escrowHash: null, escrowedAt: null, r: null, source: null, revealedAt: null,
  }); // prettier-ignore
}

/** On which side an organisation stands. Whoever bids stands with the bidders, whatever else it is. */
export function sideOf(kinds: readonly string[]): DrawSide | undefined {
  if (kinds.includes('supervisor')) return 'supervision';
  if (kinds.includes('bidder')) return 'bidder';
  if (kinds.includes('notary') || kinds.includes('tradingCentre')) return 'witness';
  return kinds.includes('purchaser') || kinds.includes('agency') ? 'purchaser' : undefined;
}

/** Not every certificate can be dealt to: an RSA key cannot agree. */
export function canBeDealtTo(der: string): boolean {
  try {
    recipientOf(fromHex(der));
    return true;
  } catch {
    return false;
  }
}

/** What the encryption certificate of a suite is called. */
const certificateKinds = { XB1: 'P-256', 'XB1-SM': 'SM2' } as const satisfies Record<SuiteName, string>;

/** The contributor at a seat: an organisation with a key to sign and, in the draw's suite, a key to deal shares to. */
export async function contributorAt(
  em: EntityManager,
  seatId: string,
  now: Date,
  suite: SuiteName,
): Promise<Contributor> {
  const found = await seatOf(em, seatId);
  const side = found?.organisation ? sideOf(kindsOf(found.organisation)) : undefined;
  const certificate = await encryptionCertificateOf(em, seatId, now, suite);
  const isSound = found?.seat.state === 'active' && found.organisation?.state === 'active';
  const isDealable = certificate !== null && canBeDealtTo(certificate.der);
  const name = found?.person.name ?? '';
  if (isSound && certificate === null && (await encryptionCertificateOf(em, seatId, now)) !== null)
    throw new Refused([{ code: 'draw.other-suite', field: 'contributors', facts: { name, kind: certificateKinds[suite] } }]); // prettier-ignore
  if (!found?.organisation || !side || !isSound || !isDealable || !(await signingCertificateOfSeat(em, seatId, now)))
    throw new Refused([{ code: 'draw.no-key', field: 'contributors', facts: { name } }]);
  return {
    party: found.organisation.uscc,
    side,
    name: found.organisation.name,
    seatId,
    certSha256: certificate.fingerprint,
    certificate: certificate.der,
  };
}

/** Who stands in each group after the declines, and who comes next. For stages that know what follows from it. */
export type Standing = {
  readonly draw: Draw;
  readonly groups: readonly {
    readonly id: string;
    readonly standing: readonly KeptName[];
    readonly left: readonly KeptName[];
  }[];
};
export async function standingIn(em: EntityManager, drawId: string): Promise<Standing | undefined> {
  const draw = await em.findOne(Draw, { id: drawId });
  if (draw?.state !== 'drawn') return undefined;
  const declines = (await declinesOf(em, drawId)).map(({ groupId, candidate, next }) => ({
    group: groupId,
    candidate,
    next: next ?? null,
  }));
  const nameOf = (candidate: string): KeptName => {
    const name = draw.names.find((one) => one.candidate === candidate);
    if (!name) throw new Error('a candidate has lost its name');
    return name;
  };
  const groups = standingOf(resultOfDraw(draw), declines).map(({ id, standing, left }) => ({
    id,
    standing: standing.map(nameOf),
    left: left.map(nameOf),
  }));
  return { draw, groups };
}

/** Writes down that somebody drawn does not come, and gives who comes instead; null when the reserve is used up. */
export async function declineInDraw(
  tx: EntityManager,
  drawId: string,
  given: {
    readonly id: string;
    readonly reason: string;
    readonly now: Date;
    readonly signed?: Proposing['signed'];
    readonly actor?: string;
  },
): Promise<KeptName | null> {
  const draw = await lockDraw(tx, drawId);
  const found = await standingIn(tx, drawId);
  const group = found?.groups.find(({ standing }) => standing.some(({ id }) => id === given.id));
  const gone = group?.standing.find(({ id }) => id === given.id);
  if (!group || !gone) throw new Refused([{ code: 'draw.not-standing', field: 'candidate' }]);
  const next = group.left[0] ?? null;
  tx.create(DrawDecline, {
    id: newId(given.now),
    drawId,
    groupId: group.id,
    candidate: gone.candidate,
    next: next?.candidate ?? null,
    reason: given.reason.slice(0, 300),
    at: given.now,
  });
  await advanceDraw(tx, draw, {
    move: 'decline',
    by: 'proposer',
    type: 'decline',
    now: given.now,
    ...(given.signed ? { signed: given.signed } : {}),
    ...(given.actor === undefined ? {} : { actor: given.actor }),
    facts: { group: group.id, candidate: gone.candidate, next: next?.candidate ?? null },
  });
  await tx.flush();
  return next;
}

/** Lets everybody know who those drawn are: when the result that names them is public. */
export async function publishNames(tx: EntityManager, drawId: string): Promise<void> {
  const draw = await lockDraw(tx, drawId);
  draw.namesPublic = true;
  await tx.flush();
}
