import type { OpeningBid } from '@xinbiao/contracts/opening';
import type { MessageKey, Say } from '../locales/index.ts';

const known = new Set([
  'shares.too-few',
  'share.not-committed',
  'share.malformed',
  'share.off-polynomial',
  'share.unreadable',
  'stage.unknown',
  'stage.key-not-committed',
  'part.unknown',
  'part.wrong-key',
  'part.not-authentic',
  'part.bad-archive',
  'part.wrong-context',
  'piece.differs',
  'offer.malformed',
]);

/** A fault in one sentence: the cause, and whose it is. */
export function faultWords({ code, party, officer }: OpeningBid['faults'][number], t: Say): string {
  const cause = known.has(code)
    ? t(`opening.cause.${code.replace(/[.-]/g, '_')}` as MessageKey)
    : t('opening.cause.other', { code });
  return t(`opening.owner.${party}`, { cause, officer: officer ?? '' });
}

const groups = ['purchaser', 'independent', 'supervisor'] as const;
/** The name of an officer group. */
export const groupWords = (id: string, t: Say): string =>
  groups.some((one) => one === id) ? t(`opening.group.${id as (typeof groups)[number]}`) : id;
