import type { PublicLot, SpineEvent } from '@xinbiao/contracts/publication';
import { failures, type FailureReason } from '@xinbiao/contracts/tendering';
import type { Lang, Say } from '../locales/index.ts';
import { instantWords, moneyWords, type SpineItem } from '../ui/index.ts';

const states = { done: 'past', now: 'now', next: 'next' } as const;
/** Events that are the end of a period: midnight is 24:00 of its last day. */
const ends: ReadonlySet<SpineEvent['key']> = new Set(['documentsUntil', 'noticeUntil', 'contractBy']);
const order = { done: 0, now: 1, next: 2 } as const;

/** A tender's events in words, in the order in which they happened and will happen. */
export function spineOf(
  events: readonly SpineEvent[],
  { lots, lang, t }: { readonly lots: readonly PublicLot[]; readonly lang: Lang; readonly t: Say },
): SpineItem[] {
  const closed = events.some(({ key }) => key === 'closed');
  return (
    [...events]
      // Once a lot has closed, that it had to close at that instant is no event of its own.
      .filter(({ key }) => key !== 'deadline' || !closed)
      .sort((a, b) => order[a.state] - order[b.state] || (a.at ?? '9').localeCompare(b.at ?? '9'))
      .map(({ key, state, at, lotId, facts, record, law }, index) => {
        const lot = lots.find(({ id }) => id === lotId);
        const exact = state === 'done' && (key === 'closed' || key === 'bidOpened' || key === 'openingBatch');
        const title = t(`publication.spine.title.${key}`);
        return {
          id: `${key}-${lotId ?? ''}-${index}`,
          state: states[state],
          when:
            at === null
              ? t('publication.spine.noDate')
              : whenWords(
                  new Date(at),
                  { done: state === 'done', exact, end: ends.has(key) || state !== 'done' },
                  lang,
                  t,
                ),
          title: lot === undefined || lots.length < 2 ? title : `${t('publication.lot', { no: lot.no })} ${title}`,
          text:
            [
              textOf({ key, state, facts }, lots, lot, lang, t),
              law === null ? undefined : t('publication.law', { law }),
            ]
              .filter(Boolean)
              .join('')
              .trim() || undefined,
          record: record?.index ?? undefined,
        };
      })
  );
}

/** What is told of an event beyond its name; nothing of what has not happened yet. */
function textOf(
  { key, state, facts }: Pick<SpineEvent, 'key' | 'state' | 'facts'>,
  lots: readonly PublicLot[],
  lot: PublicLot | undefined,
  lang: Lang,
  t: Say,
): string | undefined {
  if (state !== 'done') return undefined;
  if (key === 'published') return t('publication.spine.text.published', { lots: lots.length });
  if (key === 'officersReplaced') return t('publication.spine.text.officersReplaced', { no: facts['no'] ?? '' });
  if (key === 'failed' && isReason(facts['reason'])) return t(`publication.failure.${facts['reason']}`);
  if (key === 'closed' && lot?.close) return t('publication.spine.text.closed', { count: lot.close.count });
  if (key === 'opened' && lot?.opening)
    return t('publication.spine.text.opened', {
      count: lot.opening.bids.filter((bid) => bid.state === 'opened').length,
    });
  if (key === 'ranked' && lot?.evaluation) {
    const first = lot.evaluation.scores.find(({ rank }) => rank === 1);
    return first && t('publication.spine.text.ranked', { first: first.bidder.name });
  }
  if (key === 'awarded' && lot?.award)
    return t('publication.spine.text.awarded', {
      winner: lot.award.winner.name,
      price: moneyWords(BigInt(lot.award.price), lang),
    });
  return undefined;
}

const isReason = (value: unknown): value is FailureReason =>
  typeof value === 'string' && Object.hasOwn(failures, value);

function whenWords(
  at: Date,
  { done, exact, end }: { readonly done: boolean; readonly exact: boolean; readonly end: boolean },
  lang: Lang,
  t: Say,
): string {
  const moment = instantWords(at, lang, 'moment', end);
  if (!done) return t('publication.spine.until', { at: moment });
  return exact ? moment.replace(instantWords(at, lang, 'time'), instantWords(at, lang, 'clock')) : moment;
}
