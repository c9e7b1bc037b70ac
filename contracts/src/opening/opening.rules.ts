import type { Verdict } from '../kernel/refusal.ts';
import { instantText } from '../kernel/time.ts';
import type { ReleaseAct, ReleasedShare } from './opening.schema.ts';
import type { OpeningCode } from './opening.refusals.ts';

type Says = Verdict<OpeningCode>;

/** May this officer release now? Only a member of the keyring, only after close, only once. @law 87号令 §40 */
export function mayRelease(facts: {
  readonly lotState: string;
  readonly member: unknown;
  readonly alreadyReleased: boolean;
  readonly objectionUntil: Date;
  readonly halted: boolean;
  readonly now: Date;
}): Says {
  if (facts.lotState === 'bidding') return [{ code: 'opening.not-closed' }];
  if (!facts.member) return [{ code: 'opening.not-an-officer' }];
  if (facts.lotState !== 'closed') return [{ code: 'opening.over' }];
  if (facts.alreadyReleased) return [{ code: 'opening.already-released' }];
  if (facts.halted) return [{ code: 'opening.halted' }];
  if (facts.now.getTime() < facts.objectionUntil.getTime())
    return [{ code: 'opening.objecting', facts: { until: instantText(facts.objectionUntil) } }];
  return [];
}

/** May one more batch be announced? The same again changes nothing; others not without end. */
export function mayAnnounce(facts: { readonly attempts: number; readonly most: number }): Says {
  return facts.attempts < facts.most ? [] : [{ code: 'opening.too-many-batches', facts: { most: facts.most } }];
}

/** All or nothing: a batch holds exactly one share for every place that the bids of the close document keep for this officer. */
export function coversAll({
  act,
  closeHash,
  officer,
  places,
}: {
  readonly act: Pick<ReleaseAct, 'closeHash' | 'officer' | 'shares'>;
  readonly closeHash: string;
  readonly officer: string;
  /** Where the officer has a share, bid by bid and stage by stage. */
  readonly places: readonly { readonly manifestHash: string; readonly stage: string; readonly x: number }[];
}): Says {
  if (act.closeHash !== closeHash) return [{ code: 'opening.other-close' }];
  if (act.officer !== officer) return [{ code: 'opening.not-an-officer' }];
  const key = ({ manifestHash, stage, x }: Pick<ReleasedShare, 'manifestHash' | 'stage' | 'x'>): string =>
    `${manifestHash}/${stage}/${x}`;
  const wanted = new Set(places.map(key));
  const given = new Set(act.shares.map(key));
  if (given.size !== act.shares.length || act.shares.some((share) => !wanted.has(key(share))))
    return [{ code: 'opening.batch-differs' }];
  if (given.size < wanted.size)
    return [{ code: 'opening.batch-incomplete', facts: { missing: wanted.size - given.size } }];
  return [];
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
