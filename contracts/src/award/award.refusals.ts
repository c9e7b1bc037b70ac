import { refusals } from '../kernel/refusal.ts';

/** Why nobody is awarded, or a result not shown. */
export const awardRefusals = refusals({
  'award.no-such-lot': { status: 404, zh: '没有找到这个标段。', en: 'There is no such lot.' },
  'award.not-your-tender': {
    status: 403,
    zh: '这不是贵单位采购的项目。',
    en: 'Your organisation is not the purchaser of this tender.',
  },
  'award.not-ranked': {
    status: 409,
    zh: '评审还没有结果，或中标人已经确定。',
    en: 'The evaluation has no result yet, or the decision was made.',
    law: '87号令 §68',
  },
  'award.not-first': {
    status: 422,
    zh: '只能确定排名第一的中标候选人为中标人。',
    en: 'Only the bid ranked first can be awarded.',
    law: '87号令 §68',
  },
  'award.not-drawn': {
    status: 422,
    zh: '并列第一的已经随机抽取确定，只能授予抽中的投标人。',
    en: 'A draw has settled among equals: the lot goes to the bid that was drawn.',
    law: '87号令 §68',
  },
  'award.draw-runs': {
    status: 409,
    zh: '并列第一的随机抽取正在进行。',
    en: 'The draw among equals has not ended yet.',
  },
  'award.no-tie': {
    status: 409,
    zh: '没有并列第一，不需要抽取。',
    en: 'Nobody shares the first rank: there is nothing to draw.',
  },
  'award.tie-needs-reason': {
    status: 422,
    zh: '有 {equals} 份投标并列第一，请写明按招标文件的哪条规则选定。',
    en: '{equals} bids share the first rank. Say which rule of the tender document decides.',
    law: '87号令 §68',
  },
  'award.no-result': { status: 404, zh: '结果还没有公布。', en: 'The result has not been published yet.' },
  'award.not-your-bid': {
    status: 403,
    zh: '只能查看本单位投标的结果。',
    en: 'You can see the result of your own bids only.',
  },
  'award.no-letter': { status: 404, zh: '没有可供查看的中标通知书。', en: 'There is no award letter for you.' },
});
export type AwardCode = keyof typeof awardRefusals;
