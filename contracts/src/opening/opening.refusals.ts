import { refusals } from '../kernel/refusal.ts';

/** Why bids are not opened, or a word about the opening is not taken. */
export const openingRefusals = refusals({
  'opening.not-closed': {
    status: 409,
    zh: '投标截止时间未到，不能开标。',
    en: 'The deadline has not come; nothing can be opened.',
    law: '87号令 §39',
  },
  'opening.over': { status: 409, zh: '该标段的开标已经结束。', en: 'The opening of this lot is over.' },
  'opening.not-an-officer': {
    status: 403,
    zh: '您不是该标段的开标人。',
    en: 'You are not an opening officer of this lot.',
  },
  'opening.already-released': { status: 409, zh: '您已经交付过份额。', en: 'You have released your shares already.' },
  'opening.other-close': {
    status: 409,
    zh: '交付的内容对应另一份截标文件，请刷新后重试。',
    en: 'The batch belongs to another close document. Reload and try again.',
  },
  'opening.batch-differs': {
    status: 422,
    zh: '交付的份额与截标文件列出的投标不一致。',
    en: 'The batch does not match the bids of the close document.',
  },
  'opening.batch-incomplete': {
    status: 422,
    zh: '必须一次交付全部投标的份额，还缺 {missing} 份。',
    en: 'All shares must be released at once; {missing} are missing.',
  },
  'opening.share-not-committed': {
    status: 422,
    zh: '第 {no} 号投标的份额与密封时的承诺不符，本次交付未被接受，已记录。',
    en: 'Your share of bid no. {no} is not the one committed to at sealing. The release was not accepted; this was recorded.',
  },
  'opening.not-opened': { status: 404, zh: '尚未开标。', en: 'The bids have not been opened yet.' },
  'opening.no-record': { status: 404, zh: '还没有开标记录。', en: 'There is no opening record yet.' },
  'opening.bid-unknown': {
    status: 404,
    zh: '没有找到这份投标，或其报价没有开启。',
    en: 'There is no such bid, or its price was not opened.',
  },
  'opening.no-bid': {
    status: 403,
    zh: '贵单位没有参加本标段的开标。',
    en: 'Your organisation has no bid in this opening.',
  },
  'opening.already-confirmed': {
    status: 409,
    zh: '贵单位已确认开标记录。',
    en: 'Your organisation has confirmed the record already.',
  },
  'opening.objection-empty': { status: 422, zh: '请写明异议内容。', en: 'Say what you object to.', law: '87号令 §42' },
  'opening.remark-unknown': {
    status: 404,
    zh: '没有找到这条异议，或已答复。',
    en: 'There is no such objection, or it was answered.',
  },
  'opening.not-your-tender': {
    status: 403,
    zh: '只有采购人或其代理机构可以答复。',
    en: 'Only the purchaser or its agency answers.',
  },
});
export type OpeningCode = keyof typeof openingRefusals;
