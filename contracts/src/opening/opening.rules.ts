import type { Verdict } from '../kernel/refusal.ts';
import type { ReleaseAct, ReleasedShare } from './opening.schema.ts';
import type { OpeningCode } from './opening.refusals.ts';

type Says = Verdict<OpeningCode>;
type Member = { readonly group: string; readonly x: number; readonly certSha256: string };

/** May this officer release now? Only a member of the keyring, only after close, only once. @law 87号令 §40 */
export function mayRelease(facts: {
  readonly lotState: string;
  readonly member: Member | undefined;
  readonly alreadyReleased: boolean;
}): Says {
  if (facts.lotState === 'bidding') return [{ code: 'opening.not-closed' }];
  if (!facts.member) return [{ code: 'opening.not-an-officer' }];
  if (facts.lotState !== 'closed') return [{ code: 'opening.over' }];
  if (facts.alreadyReleased) return [{ code: 'opening.already-released' }];
  return [];
}

/** All or nothing: a batch holds exactly one share of every bid of the close document, and nothing else. */
export function coversAll({
  act,
  closeHash,
  member,
  manifestHashes,
  stages,
}: {
  readonly act: Pick<ReleaseAct, 'closeHash' | 'officer' | 'shares'>;
  readonly closeHash: string;
  readonly member: Member;
  readonly manifestHashes: readonly string[];
  readonly stages: readonly string[];
}): Says {
  if (act.closeHash !== closeHash) return [{ code: 'opening.other-close' }];
  if (act.officer !== member.certSha256) return [{ code: 'opening.not-an-officer' }];
  const key = (share: Pick<ReleasedShare, 'manifestHash' | 'stage'>): string => `${share.manifestHash}/${share.stage}`;
  const wanted = new Set(manifestHashes.flatMap((manifestHash) => stages.map((stage) => key({ manifestHash, stage }))));
  const given = new Set(act.shares.map(key));
  if (given.size !== act.shares.length || act.shares.some((share) => !wanted.has(key(share)) || share.x !== member.x))
    return [{ code: 'opening.batch-differs' }];
  if (given.size < wanted.size)
    return [{ code: 'opening.batch-incomplete', facts: { missing: wanted.size - given.size } }];
  return [];
}

export type GroupFacts = {
  readonly id: string;
  readonly t: number;
  readonly members: readonly string[];
  /** Members who have released their batch. */
  readonly released: readonly string[];
};
/** Per bid: members whose share of it holds. */
export type GoodShares = { readonly manifestHash: string; readonly good: readonly string[] };

export type Standing =
  /** Somebody has to release first. */
  | {
      readonly kind: 'waiting';
      readonly missing: readonly { readonly group: string; readonly members: readonly string[] }[];
    }
  /** Every bid that can be opened can be opened now; the others never will. */
  | { readonly kind: 'ready'; readonly spoilt: readonly string[] };

/**
 * Can the lot be opened now? Every group must have reached its threshold. A bid whose share one officer could not
 * read waits for that group's other members, until they have come or `settled` says their time is over.
 */
export function standingOf({
  groups,
  bids,
  settled,
}: {
  readonly groups: readonly GroupFacts[];
  readonly bids: readonly GoodShares[];
  readonly settled: boolean;
}): Standing {
  const short = groups.filter(({ t, released }) => released.length < t);
  const absent = ({ id, members, released }: GroupFacts) => ({
    group: id,
    members: members.filter((member) => !released.includes(member)),
  });
  if (short.length > 0) return { kind: 'waiting', missing: short.map(absent) };
  const lacks = (group: GroupFacts, { good }: GoodShares): boolean =>
    good.filter((member) => group.members.includes(member)).length < group.t;
  const spoilt = bids.filter((bid) => groups.some((group) => lacks(group, bid)));
  const hopeful = groups.filter(
    (group) => group.released.length < group.members.length && spoilt.some((bid) => lacks(group, bid)),
  );
  if (!settled && hopeful.length > 0) return { kind: 'waiting', missing: hopeful.map(absent) };
  return { kind: 'ready', spoilt: spoilt.map(({ manifestHash }) => manifestHash) };
}

/** May a bidder say something about the opening? Its own bid was opened or named faulty, and it has not confirmed yet. @law 87号令 §42 */
export function mayRemark(facts: {
  readonly lotState: string;
  readonly opened: boolean;
  readonly hasBid: boolean;
  readonly kind: 'confirm' | 'object';
  readonly text: string;
  readonly confirmed: boolean;
}): Says {
  if (!facts.opened) return [{ code: 'opening.not-opened' }];
  if (!facts.hasBid) return [{ code: 'opening.no-bid' }];
  if (facts.confirmed) return [{ code: 'opening.already-confirmed' }];
  if (facts.kind === 'object' && facts.text.trim() === '') return [{ code: 'opening.objection-empty', field: 'text' }];
  return [];
}
