import { refusals } from '../kernel/refusal.ts';

/** Why a bid is not taken. */
export const biddingRefusals = refusals({
  'bid.envelope-unknown': { status: 404, zh: '没有找到这份投标文件。', en: 'There is no such envelope.' },
  'bid.piece-unknown': { status: 404, zh: '没有找到这个分片。', en: 'There is no such piece.' },
  'bid.lot-not-open': { status: 409, zh: '该标段现在不接收投标。', en: 'This lot does not take bids now.' },
  'bid.after-deadline': {
    status: 409,
    zh: '投标截止时间 {deadline} 已到，系统不再接收投标、替换或撤回。',
    en: 'The deadline {deadline} has come: no bid is taken, replaced or withdrawn any more.',
    law: '招标投标法 §28',
  },
  'bid.organisation-not-active': {
    status: 403,
    zh: '贵单位当前状态不能投标。',
    en: 'Your organisation cannot bid in its present state.',
  },
  'bid.no-organisation': {
    status: 403,
    zh: '当前席位不属于任何投标单位。',
    en: 'Your seat does not belong to a bidding organisation.',
  },
  'bid.no-certificate': {
    status: 409,
    zh: '当前席位没有有效的签名证书，请先绑定证书。',
    en: 'Your seat has no valid signing certificate. Register one first.',
  },
  'bid.other-suite': {
    status: 409,
    zh: '您的证书属于另一套算法。本项目用国密（SM2）的，须用 SM2 证书投标；用通用算法的，须用 RSA 或 P-256 证书。请先办理相应的证书。',
    en: 'Your certificate is of the other suite. A tender in the national algorithms takes SM2 certificates, one in the general algorithms RSA or P-256. Get a fitting certificate first.',
  },
  'bid.no-encryption-certificate': {
    status: 409,
    zh: '本项目的投标须由贵单位自己的密钥参与解密，但当前席位没有有效的加密证书，请先绑定证书。',
    en: 'Bids of this tender open only with your own key, but your seat has no valid encryption certificate. Register one first.',
    law: '电子招标投标办法 §30',
  },
  'bid.too-many-open': {
    status: 409,
    zh: '未完成的投标文件已有 {most} 份，请先放弃其中一份。',
    en: 'You already have {most} unfinished envelopes. Give one up first.',
  },
  'bid.envelope-not-open': {
    status: 409,
    zh: '这份投标文件已经提交或放弃，不能再修改。',
    en: 'This envelope was handed in or given up and cannot change.',
  },
  'bid.piece-too-large': {
    status: 413,
    zh: '分片超过了 {most} 字节的上限。',
    en: 'The piece is longer than {most} bytes.',
  },
  'bid.piece-differs': {
    status: 422,
    zh: '收到的分片与其哈希值不符，请重新上传。',
    en: 'The bytes received do not have this hash. Send the piece again.',
  },
  'bid.quota-exceeded': {
    status: 413,
    zh: '超过了本标段的上传空间（{quota} 字节）。',
    en: 'This would exceed your space for the lot ({quota} bytes).',
  },
  'bid.pieces-missing': {
    status: 409,
    zh: '还有 {missing} 个分片没有上传完。',
    en: '{missing} pieces have not been uploaded yet.',
    law: '电子招标投标办法 §27',
  },
  'bid.manifest-refused': {
    status: 422,
    zh: '投标文件的封装清单有误（{fault}，位置 {at}）。',
    en: 'The envelope’s manifest is wrong ({fault} at {at}).',
  },
  'bid.manifest-differs': {
    status: 409,
    zh: '这份投标文件已用另一份清单提交。',
    en: 'This envelope was handed in with another manifest.',
  },
  'bid.foreign-certificate': {
    status: 403,
    zh: '签名所用的证书不是封装时约定的那一张。',
    en: 'The signature was not made with the certificate that the envelope was begun with.',
  },
  'bid.copied': {
    status: 409,
    zh: '封装内容与平台已收到的另一份投标文件重复（{kind}）。',
    en: 'The envelope repeats part of another one that was received ({kind}).',
  },
  'bid.timestamp-refused': {
    status: 422,
    zh: '第 {no} 枚时间戳不成立（{reason}），没有收下。去掉它再提交即可：时间戳只是附加证据。',
    en: 'Timestamp {no} does not hold ({reason}) and was not taken. Hand in without it: a timestamp is extra evidence.',
  },
  'bid.timestamp-late': {
    status: 409,
    zh: '时间戳机构证明签名形成于 {at}，不早于截止时间 {deadline}：投标已经迟到。',
    en: 'A timestamp authority says that the signature was made at {at}, not before the deadline {deadline}: the bid is late.',
    law: '招标投标法 §28',
  },
  'bid.redelivery-over': {
    status: 409,
    zh: '招标文件约定的补交时间已于 {until} 结束。',
    en: 'The time that the document gives for handing in again ended at {until}.',
  },
  'bid.redelivery-unproven': {
    status: 409,
    zh: '补交只收截止时间 {deadline} 之前已经封好的原件：需要截止前的时间戳，或见证方在截止前签收的指纹。',
    en: 'Only what was sealed before the deadline {deadline} may be handed in again: a timestamp or a witness’s acknowledgement from before it is needed.',
  },
  'outage.unknown': { status: 404, zh: '没有这份故障证明。', en: 'There is no such certificate of unavailability.' },
  'bid.head-moved': {
    status: 409,
    zh: '在此期间贵单位已提交、替换或撤回了投标，请重新封装。',
    en: 'Your bid was handed in, replaced or withdrawn meanwhile. Seal it again.',
  },
  'bid.nothing-to-withdraw': {
    status: 409,
    zh: '没有可以撤回的投标，或投标已被替换。',
    en: 'There is no such bid to withdraw, or it was replaced.',
  },
  'bid.no-receipt': { status: 404, zh: '这份投标文件没有回执。', en: 'This envelope has no receipt.' },
  'bid.notice-amended': {
    status: 409,
    zh: '封装期间开标人已更换，这份投标文件是按原开标人封装的，请重新封装后提交。',
    en: 'Officers were replaced while you sealed, and this envelope is sealed to the earlier ones. Seal it again.',
  },
  'precheck.unknown': { status: 404, zh: '没有这批试读内容。', en: 'There is no such batch to try.' },
  'precheck.not-an-officer': {
    status: 403,
    zh: '您不是这个标段的开标人，或者开标人已更换。',
    en: 'You are not an officer of this lot, or officers were replaced.',
  },
  'precheck.over': {
    status: 409,
    zh: '投标已截止，试读结束。',
    en: 'Bids have closed; shares are not tried any more.',
  },
  'precheck.answered': { status: 409, zh: '这批试读您已经答复过。', en: 'You have answered this batch already.' },
  'precheck.batch-differs': {
    status: 409,
    zh: '答复与这批试读内容对不上，请刷新后重试。',
    en: 'The answers are not for this batch. Reload and try again.',
  },
  'bid.not-closed': { status: 404, zh: '标段尚未截标。', en: 'The lot has not closed yet.' },
});
export type BiddingCode = keyof typeof biddingRefusals;
