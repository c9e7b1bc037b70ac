import { depositWords, faultWords as wordsOf, type OpeningBid, type OpeningView } from '@xinbiao/contracts/opening';
import type { Lang, Say } from '../locales/index.ts';

export type FaultWords = { readonly why: string; readonly follows: string; readonly todo: string };

/** A fault in words: whose it is and why, what follows by which article, and what to do now. */
export function faultWords(
  fault: OpeningBid['faults'][number],
  { regime }: Pick<OpeningView, 'regime'>,
  { lang, t }: { readonly lang: Lang; readonly t: Say },
): FaultWords {
  const words = wordsOf(fault, regime, lang === 'en' ? 'en' : 'zh');
  if (!words) return { why: t('opening.unexplained', { code: fault.code }), follows: '', todo: '' };
  const { why, follows: outcome, law, todo } = words;
  const follows = law === null ? t('opening.followsPlain', { outcome }) : t('opening.follows', { outcome, law });
  return { why, follows, todo };
}

/** A deposit is a person's decision, and the page says so. */
export const depositSaid = (lang: Lang): string => depositWords[lang === 'en' ? 'en' : 'zh'];

const groups = ['purchaser', 'independent', 'supervisor'] as const;
/** The name of an officer group. */
export const groupWords = (id: string, t: Say): string =>
  groups.some((one) => one === id) ? t(`opening.group.${id as (typeof groups)[number]}`) : id;
