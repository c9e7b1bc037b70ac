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
  'opening.objecting': {
    status: 409,
    zh: '异议期到 {until} 才结束，在这之前不交出任何份额。',
    en: 'The objection window runs until {until}; no share is released before.',
  },
  'opening.halted': {
    status: 409,
    zh: '有投标凭有效回执证明被漏列，开标已停止，等监督部门处理。责任在平台。',
    en: 'A bid with a valid receipt was proven to be missing. The opening has stopped until the supervisor decides. The platform is at fault.',
  },
  'opening.batch-not-announced': {
    status: 409,
    zh: '要先记录整批份额的指纹，再公布份额。',
    en: 'The hash of the batch is logged first; then the batch is revealed.',
  },
  'opening.batch-not-logged': {
    status: 422,
    zh: '公布的整批份额与事先记录的指纹不符，没有被接受，已记录在您名下。',
    en: 'The batch revealed is not the one whose hash was logged. It was not accepted, and this was recorded in your name.',
  },
  'opening.too-many-batches': {
    status: 429,
    zh: '您的整批份额已 {most} 次没有被接受，不能再交，由同组其他开标人交出。',
    en: 'Your batches were not accepted {most} times. Another officer of your group has to release.',
  },
  'opening.omission-not-proven': {
    status: 422,
    zh: '这张回执不能证明漏列：{reason}。',
    en: 'This receipt does not prove that a bid was left out: {reason}.',
  },
  'opening.omission-known': {
    status: 409,
    zh: '这份投标的漏列已经记录。',
    en: 'That this bid is missing is on record already.',
  },
  'opening.omission-unknown': {
    status: 404,
    zh: '没有找到这条漏列，或已经处理。',
    en: 'There is no such omission, or it was decided.',
  },
  'opening.not-your-bid': {
    status: 403,
    zh: '贵单位在本标段没有列入名单的投标。',
    en: 'Your organisation has no counted bid in this lot.',
  },
  'opening.no-recovery-now': {
    status: 409,
    zh: '现在不需要投标人自己开启：只有开标人没有到齐、到了恢复时段才可以。',
    en: 'Bidders open their own bids only after too few officers came, in the time set for it.',
  },
  'opening.recovery-altered': {
    status: 422,
    zh: '恢复文件里的钥匙与封存时的承诺不符，不能用它开启。请用封标时保存的原件。',
    en: 'The key of the recovery file is not the one committed to at sealing. Use the file saved when the bid was sealed.',
  },
  'opening.already-recovered': {
    status: 409,
    zh: '这份投标已由贵单位开启。',
    en: 'Your organisation has opened this bid already.',
  },
  'opening.no-gate-now': {
    status: 409,
    zh: '现在不在投标人解密的时段内。',
    en: 'It is not the time in which bidders decrypt.',
    law: '电子招标投标办法 §30',
  },
  'opening.gate-differs': {
    status: 422,
    zh: '交来的钥匙不是封存时的那把，请在时限内换用封标时的证书或恢复文件再试。',
    en: 'The key is not the one sealed with. Try again in time, with the certificate used at sealing or the recovery file.',
    law: '电子招标投标办法 §31',
  },
  'opening.gate-released': { status: 409, zh: '贵单位已经解密。', en: 'Your organisation has decrypted already.' },
  'opening.dispute-unknown': {
    status: 404,
    zh: '没有找到这项争议，或已经裁定。',
    en: 'There is no such dispute, or it was decided.',
  },
  'opening.rebuttal-differs': {
    status: 422,
    zh: '公布的数不属于这份密封，请用封标时的浏览器或恢复文件再试。',
    en: 'The number does not belong to this wrap. Try again with the browser or recovery file used at sealing.',
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
