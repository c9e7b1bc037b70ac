import type { EntityManager } from '@mikro-orm/core';
import type { DrawFault } from '@xinbiao/contracts/draw';
import { addTime, fromHex, toHex } from '@xinbiao/contracts/kernel';
import {
  areIndependent,
  canonical,
  dealContribution,
  drawContribution,
  drawEscrowHash,
  drawFreezeHash,
  drawFrom,
  DrawPool,
  drawPoolHash,
  drawResultHash,
  openDrawShare,
  recoverContribution,
  suiteField,
  type DrawFreeze,
  type SuiteName,
} from '@xinbiao/contracts/trust';
import { transact, type House, type Waker } from '../platform/index.ts';
import { Draw, DrawContribution, DrawShare } from './draw.entity.ts';
import type { DrawKeys } from './draw.keys.ts';
import {
  advanceDraw,
  contributionsOf,
  escrowOf,
  freezeOf,
  isFreezeLogged,
  keepContribution,
  keepShare,
  lockDraw,
  poolOf,
} from './draw.facts.ts';

const minute = 60_000;
const platform = 'platform';

/** With what the platform contributes to this draw. */
const keysOf = ({ drawKeys }: House, { suite }: { readonly suite: SuiteName }): DrawKeys => drawKeys[suite];

/** Lets every draw go as far as it can. */
export const wakeDraws: Waker = async (house) => {
  const due = await house
    .fork()
    .find(Draw, { wakeAt: { $lte: house.clock.now() } }, { orderBy: { wakeAt: 'asc', id: 'asc' }, limit: 100 });
  let moved = 0;
  for (const { id } of due) moved += await driveDraw(house, id);
  return moved;
};

/** Takes a draw as far as it goes now, and says in how many moves. The platform contributes here, like everybody else. */
export async function driveDraw(house: House, drawId: string): Promise<number> {
  for (let moves = 0; ; moves += 1) {
    const frozen = await house.fork().findOne(Draw, { id: drawId, state: 'frozen' });
    // Like every contributor the platform deals only when the log shows the commitments.
    if (frozen?.freezeEntryId) await house.ledger.sequencer.integrated(frozen.freezeEntryId);
    const now = house.clock.now();
    if (!(await transact(house.fork(), (tx) => stepDraw(tx, house, drawId, now)))) return moves;
  }
}

/** One move, if one is due. */
async function stepDraw(tx: EntityManager, house: House, drawId: string, now: Date): Promise<boolean> {
  const draw = await lockDraw(tx, drawId);
  const all = await contributionsOf(tx, drawId);
  const ours = all.find(({ party }) => party === platform);
  if (!ours) throw new Error('the platform does not contribute');
  const work = { tx, house, draw, all, ours, now };
  const moved = await steps[draw.state](work);
  draw.wakeAt = wakeOf(draw);
  await tx.flush();
  return moved;
}

type Work = {
  readonly tx: EntityManager;
  readonly house: House;
  readonly draw: Draw;
  readonly all: readonly DrawContribution[];
  readonly ours: DrawContribution;
  readonly now: Date;
};
const isOver = (until: Date | null | undefined, now: Date): boolean => Boolean(until && now >= until);
const over = () => Promise.resolve(false);

/** When the clock has to look again: at the limit of the step that runs. */
function wakeOf({ state, joinUntil, commitUntil, escrowUntil, revealUntil, recoverUntil, wakeAt }: Draw): Date | null {
  const limit = { pool: joinUntil, committing: commitUntil, frozen: escrowUntil, drawn: null, void: null };
  if (state !== 'revealing') return limit[state] ?? null;
  return wakeAt && revealUntil && wakeAt >= revealUntil ? (recoverUntil ?? null) : (revealUntil ?? null);
}

const steps: Readonly<Record<Draw['state'], (work: Work) => Promise<boolean>>> = {
  pool: async ({ tx, draw, all, now }) => {
    if (!isOver(draw.joinUntil, now)) return false;
    const pool = poolFrom(draw, all);
    const poolHash = drawPoolHash(pool);
    tx.assign(draw, { pool: canonical(pool), poolHash, commitUntil: addTime(now, draw.minutes.commit * minute) });
    await advanceDraw(tx, draw, { move: 'begin', by: 'clock', type: 'pool', now, facts: { pool: poolHash } });
    return true;
  },
  committing: async ({ tx, house, draw, all, ours, now }) => {
    if (!ours.commitment) {
      const { commitment } = drawContribution(keysOf(house, draw).seed, poolOf(draw), platform);
      tx.assign(ours, { commitment, committedAt: now });
      await advanceDraw(tx, draw, { move: 'commit', by: 'contributor', type: 'commit', party: platform, now, facts: { commitment } }); // prettier-ignore
      return true;
    }
    const committed = all.filter(({ commitment }) => commitment);
    if (committed.length < all.length && !isOver(draw.commitUntil, now)) return false;
    if (!areIndependent(committed)) return giveUp({ tx, draw, now }, 'too-few-commitments', all, committed);
    const freeze: DrawFreeze = {
      v: 'xinbiao/draw-freeze/v1',
      drawId: draw.id,
      poolHash: draw.poolHash ?? '',
      commitments: committed
        .map(({ party, commitment }) => ({ party, commitment: commitment ?? '' }))
        .toSorted((a, b) => (a.party < b.party ? -1 : 1)),
    };
    const { entryId } = await advanceDraw(tx, draw, { move: 'freeze', by: 'clock', type: 'freeze', now, facts: { pool: draw.poolHash, freeze: drawFreezeHash(freeze) } }); // prettier-ignore
    tx.assign(draw, {
      freeze: canonical(freeze),
      freezeEntryId: entryId,
      escrowUntil: addTime(now, draw.minutes.escrow * minute),
    });
    return true;
  },
  frozen: async ({ tx, house, draw, all, ours, now }) => {
    const freeze = freezeOf(draw);
    const counted = all.filter(({ party }) => freeze.commitments.some((one) => one.party === party));
    if (!ours.escrow) {
      if (!(await isFreezeLogged(tx, draw))) return false;
      const escrow = await dealContribution({
        seed: keysOf(house, draw).seed,
        pool: poolOf(draw),
        freeze,
        party: platform,
      });
      const escrowHash = drawEscrowHash(escrow);
      tx.assign(ours, { escrow: canonical(escrow), escrowHash, escrowedAt: now });
      await advanceDraw(tx, draw, { move: 'escrow', by: 'contributor', type: 'escrow', party: platform, now, facts: { escrow: escrowHash } }); // prettier-ignore
      return true;
    }
    const dealt = counted.filter(({ escrow }) => escrow);
    if (dealt.length < counted.length)
      return isOver(draw.escrowUntil, now) && giveUp({ tx, draw, now }, 'escrow-missing', counted, dealt);
    const revealUntil = addTime(now, draw.minutes.reveal * minute);
    tx.assign(draw, { revealUntil, recoverUntil: addTime(revealUntil, draw.minutes.recover * minute) });
    await advanceDraw(tx, draw, { move: 'unseal', by: 'clock', type: 'unseal', now });
    return true;
  },
  revealing: async (work) => {
    const { tx, house, draw, all, ours, now } = work;
    const freeze = freezeOf(draw);
    const counted = all.filter(({ party }) => freeze.commitments.some((one) => one.party === party));
    if (!ours.r) {
      const { r } = drawContribution(keysOf(house, draw).seed, poolOf(draw), platform);
      await keepContribution(tx, { draw, mine: ours, r, from: 'reveal', now });
      return true;
    }
    const withheld = counted.filter(({ r }) => !r);
    if (withheld.length === 0) {
      const result = drawFrom(poolOf(draw), counted.map(({ party, r }) => ({ party, r: r ?? '' }))); // prettier-ignore
      const resultHash = drawResultHash(result);
      tx.assign(draw, { result: canonical(result), resultHash });
      await advanceDraw(tx, draw, { move: 'draw', by: 'clock', type: 'result', now, facts: { pool: result.poolHash, seed: result.seed, result: resultHash } }); // prettier-ignore
      return true;
    }
    if (!isOver(draw.revealUntil, now)) return false;
    return recover(work, withheld, counted);
  },
  drawn: over,
  void: over,
};

/** Brings withheld contributions back as far as the shares suffice; when the time is over, the draw is void. */
async function recover(
  { tx, house, draw, now }: Work,
  withheld: readonly DrawContribution[],
  counted: readonly DrawContribution[],
): Promise<boolean> {
  const spoilt: DrawContribution[] = [];
  for (const one of withheld) {
    const escrow = escrowOf(one);
    const known = await tx.find(DrawShare, { drawId: draw.id, party: one.party });
    const shares = known.filter(({ blob }) => blob !== '').map(({ holder, blob }) => ({ holder, blob: fromHex(blob) }));
    if (!known.some(({ holder }) => holder === platform)) {
      const { privateKey, certificate } = keysOf(house, draw);
      const opening = { escrow, holder: platform, privateKey, certificate: fromHex(certificate) };
      const blob = await openDrawShare(opening).catch(() => undefined);
      await keepShare(tx, { drawId: draw.id, party: one.party, holder: platform, blob: blob ? toHex(blob) : '', at: now }); // prettier-ignore
      if (blob) shares.push({ holder: platform, blob });
    }
    const recovered = recoverContribution({ pool: poolOf(draw), escrow, commitment: one.commitment ?? '', shares });
    if (recovered.ok) {
      await keepContribution(tx, { draw, mine: one, r: recovered.r, from: 'escrow', now });
      return true;
    }
    if (recovered.reason === 'dealt-wrong') spoilt.push(one);
  }
  if (!isOver(draw.recoverUntil, now)) return false;
  const at = { tx, draw, now };
  const others = (gone: readonly DrawContribution[]) => counted.filter((one) => !gone.includes(one));
  return spoilt.length > 0
    ? giveUp(at, 'dealt-wrong', counted, others(spoilt))
    : giveUp(at, 'withheld', counted, others(withheld));
}

/** Ends a draw that cannot be finished; whoever did not do their part is named. */
async function giveUp(
  { tx, draw, now }: Pick<Work, 'tx' | 'draw' | 'now'>,
  code: DrawFault['code'],
  expected: readonly DrawContribution[],
  done: readonly DrawContribution[],
): Promise<true> {
  const parties = expected.filter((one) => !done.includes(one)).map(({ party }) => party);
  draw.fault = { code, parties };
  await advanceDraw(tx, draw, { move: 'giveUp', by: 'clock', type: 'void', now, facts: { fault: code, parties } });
  return true;
}

/** The pool as it is from now on: nobody joins any more. */
function poolFrom(draw: Draw, contributors: readonly DrawContribution[]): DrawPool {
  const { commit, escrow, reveal, recover: recovery } = draw.minutes;
  const of = (group: string | null) =>
    draw.names.filter((name) => name.group === group).toSorted((a, b) => (a.candidate < b.candidate ? -1 : 1));
  return DrawPool.parse({
    v: 'xinbiao/draw-pool/v1',
    ...suiteField(draw.suite),
    drawId: draw.id,
    purpose: draw.purpose,
    scope: draw.scope,
    title: draw.title,
    law: draw.law,
    repeats: draw.repeats ?? null,
    groups: draw.groups.map((group) => ({ ...group, candidates: of(group.id).map(({ candidate }) => candidate) })),
    excluded: of(null).map(({ candidate, reason }) => ({ candidate, reason: reason ?? '' })),
    contributors: contributors
      .map(({ party, side, name, certSha256, certificate }) => ({ party, side, name, certSha256, certificate }))
      .toSorted((a, b) => (a.party < b.party ? -1 : 1)),
    minutes: { commit, escrow, reveal, recover: recovery },
  });
}
