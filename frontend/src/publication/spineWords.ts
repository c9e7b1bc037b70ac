import type { SpineEvent, SpineKey } from '@xinbiao/contracts/publication';
import type { Lang, Say } from '../locales/index.ts';
import { instantWords, moneyWords, type SpineItem } from '../ui/index.ts';

/** Which facts a sentence needs; without all of them the title stands alone. */
const needed: Partial<Readonly<Record<SpineKey, readonly string[]>>> = {
  published: ['lots'], closed: ['count'], openingBatch: ['group'], bidOpened: ['no', 'bidder'], opened: ['count'], qualified: ['qualified', 'count'], panelAppointed: ['members'],
  ranked: ['first'], awarded: ['winner', 'price'],
};
const states = { done: 'past', now: 'now', next: 'next' } as const;

/** A tender's events in words. Lots' events carry the lot's number where there are several. */
export function spineOf(events: readonly SpineEvent[], { lots, lang, t }: { readonly lots: ReadonlyMap<string, number>; readonly lang: Lang; readonly t: Say }): SpineItem[] {
  return events.map((event, index) => {
    const { key, state, at, lotId, facts, record, law } = event;
    const exact = key === 'closed' || key === 'bidOpened' || key === 'openingBatch';
    const when = at === null ? t('publication.spine.noDate') : whenWords(new Date(at), state === 'done', exact, lang, t);
    const no = lotId === null || lots.size < 2 ? undefined : lots.get(lotId);
    const title = t(`publication.spine.title.${key}`);
    const names = needed[key];
    const told = { ...facts, ...(typeof facts['price'] === 'string' ? { price: moneyWords(BigInt(facts['price']), lang) } : {}) };
    const reason = key === 'failed' && isReason(facts['reason']) ? t(`publication.failure.${facts['reason']}`) : undefined;
    const text = reason ?? (names?.every((name) => facts[name] !== undefined) ? t(`publication.spine.text.${key as 'published'}`, told) : undefined);
    return {
      id: `${key}-${lotId ?? ''}-${index}`,
      state: states[state],
      when,
      title: no === undefined ? title : `${t('publication.lot', { no })} ${title}`,
      text: [text, law === null ? undefined : t('publication.law', { law })].filter(Boolean).join(' ') || undefined,
      record: record?.index ?? undefined,
    };
  });
}

const isReason = (value: unknown): value is 'lt3Bids' | 'lt3Qualified' | 'lt3Responsive' => value === 'lt3Bids' || value === 'lt3Qualified' || value === 'lt3Responsive';

function whenWords(at: Date, done: boolean, exact: boolean, lang: Lang, t: Say): string {
  const moment = instantWords(at, lang, 'moment', !done);
  if (!done) return t('publication.spine.until', { at: moment });
  return exact ? moment.replace(instantWords(at, lang, 'time'), instantWords(at, lang, 'clock')) : moment;
}
