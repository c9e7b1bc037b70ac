import { lifecycle, type MoveOf, type PartyOf, type StateOf } from '../kernel/lifecycle.ts';

/**
 * The life of a lot from publication to award, whole. Later stages move a lot along it; none keeps a state beside it.
 */
// oxfmt-ignore
export const lotLife = lifecycle(
  // from         move       to            who          by what right
  ['bidding',     'close',   'closed',     'clock',     '87号令 §33'],
  ['closed',      'fail',    'failed',     'clock',     '87号令 §41'],
  ['closed',      'open',    'opened',     'officers',  '87号令 §39'],
  ['opened',      'qualify', 'qualified',  'purchaser', '87号令 §44'],
  ['opened',      'fail',    'failed',     'purchaser', '87号令 §43'],
  ['qualified',   'convene', 'evaluating', 'purchaser', '87号令 §47'],
  ['qualified',   'fail',    'failed',     'purchaser', '87号令 §43'],
  ['evaluating',  'rank',    'ranked',     'panel',     '87号令 §57'],
  ['evaluating',  'fail',    'failed',     'panel',     '87号令 §43'],
  ['ranked',      'reopen',  'evaluating', 'purchaser', '87号令 §64'],
  ['ranked',      'award',   'awarded',    'purchaser', '87号令 §68'],
);
export type LotState = StateOf<typeof lotLife>;
export type LotMove = MoveOf<typeof lotLife>;
export type LotParty = PartyOf<typeof lotLife>;
export const lotStates = [
  'bidding',
  'closed',
  'opened',
  'qualified',
  'evaluating',
  'ranked',
  'awarded',
  'failed',
] as const satisfies readonly LotState[];

/** Why a lot failed, with the article that says so. */
export const failures = {
  lt3Bids: { law: '87号令 §41', zh: '投标人不足 3 家，不得开标', en: 'Fewer than 3 bidders: no bid is opened' },
  bidOmitted: {
    law: '政府采购法 §36',
    zh: '有投标凭有效回执证明被漏列，没有开标，应当重新采购',
    en: 'A bid with a valid receipt was proven to be left out: nothing was opened, the procurement starts again',
  },
  officersAbsent: {
    law: '政府采购法 §36',
    zh: '开标人两次没有到齐，没有开标，应当重新采购',
    en: 'Too few officers came, twice: nothing was opened, the procurement starts again',
  },
  lt3Qualified: {
    law: '87号令 §43',
    zh: '通过资格审查的投标人不足 3 家，不得评标',
    en: 'Fewer than 3 qualified bidders: no evaluation takes place',
  },
  lt3Responsive: {
    law: '政府采购法 §36',
    zh: '对招标文件作实质响应的投标人不足 3 家，予以废标',
    en: 'Fewer than 3 responsive bidders: the procurement is void',
  },
} as const;
export type FailureReason = keyof typeof failures;
/** Failures of lots whose bids were never opened by anybody. */
export const neverOpened: readonly FailureReason[] = ['lt3Bids', 'bidOmitted', 'officersAbsent'];

/** Where a tender stands, in one word for people in a hurry. */
export const phases = ['bidding', 'opening', 'evaluation', 'awarded', 'failed'] as const;
export type Phase = (typeof phases)[number];

const phaseOfState: Readonly<Record<LotState, Phase>> = {
  bidding: 'bidding',
  closed: 'opening',
  opened: 'evaluation',
  qualified: 'evaluation',
  evaluating: 'evaluation',
  ranked: 'evaluation',
  awarded: 'awarded',
  failed: 'failed',
};

/** The state of the lot that lags behind, which stands for the whole tender; failed only when all lots failed. */
export function leastAdvanced(states: readonly LotState[]): LotState {
  return lotStates.find((state) => states.includes(state)) ?? 'failed';
}

/** The phase that a state belongs to. */
export const phaseOf = (state: LotState): Phase => phaseOfState[state];
