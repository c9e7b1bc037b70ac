import { refusals } from '../kernel/refusal.ts';

/** Why the registry does not take in, decide or show something. */
export const registryRefusals = refusals({
  'organisation.unknown': { status: 404, zh: '没有这个主体。', en: 'There is no such organisation.' },
  'organisation.move-not-allowed': {
    status: 409,
    zh: '主体目前的状态不能这样变更。',
    en: 'The organisation’s present state does not allow this.',
  },
  'organisation.kind-held': {
    status: 409,
    zh: '本单位已经是这一类主体。',
    en: 'The organisation already is of this kind.',
  },
  'organisation.name-unchanged': { status: 409, zh: '名称没有变化。', en: 'The name is the same.' },
  'organisation.request-pending': {
    status: 409,
    zh: '同样的申请正在审核。',
    en: 'The same request is waiting for review.',
  },
  'profile.changed-meanwhile': {
    status: 409,
    zh: '资料刚刚被同事修改过，请刷新后再改。',
    en: 'A colleague changed this meanwhile; reload and try again.',
  },
  'catalog.unknown': {
    status: 404,
    zh: '采购品目目录中没有这个编码：{code}。',
    en: 'The procurement catalogue has no code {code}.',
  },
  'review.unknown': { status: 404, zh: '没有这项待审核的申请。', en: 'There is no such application.' },
  'review.already-decided': {
    status: 409,
    zh: '这项申请已经审核过。',
    en: 'This application has already been decided.',
  },
  'review.own-affair': {
    status: 403,
    zh: '不能审核自己或本单位的事项，请由其他人审核。',
    en: 'Nobody reviews their own affairs or their organisation’s; somebody else must.',
  },
  'review.reason-needed': { status: 422, zh: '不通过时要写明理由。', en: 'A rejection needs a reason.' },
  'expert.already-applied': {
    status: 409,
    zh: '您已经在专家库中，或申请正在审核。',
    en: 'You are in the expert library already, or your application is being reviewed.',
  },
  'expert.supervising-staff': {
    status: 403,
    zh: '行政监督部门的工作人员不得担任评审专家。',
    en: 'Staff of the supervising department may not be experts.',
    law: '招标投标法实施条例 §46',
  },
  'expert.unknown': { status: 404, zh: '专家库中没有此人。', en: 'The expert library has no such person.' },
  'expert.move-not-allowed': {
    status: 409,
    zh: '专家目前的状态不能这样变更。',
    en: 'The expert’s present state does not allow this.',
  },
  'expert.unknown-specialty': { status: 422, zh: '没有这个评审专业：{code}。', en: 'There is no specialty {code}.' },
  'expert.no-present-employer': {
    status: 422,
    zh: '请填写现在的工作单位；已退休或自由职业的，也请按实际填写。',
    en: 'State where you work now; if retired or self-employed, say so.',
  },
  'library.unknown': { status: 404, zh: '企业资料中没有这一项。', en: 'The company’s library has no such item.' },
  'library.changed-meanwhile': {
    status: 409,
    zh: '这一项刚刚被同事修改过，请刷新后再改。',
    en: 'A colleague changed this item meanwhile; reload and try again.',
  },
  'library.file-unknown': {
    status: 422,
    zh: '有附件没有上传完成，或不是本单位上传的。',
    en: 'An attachment has not been uploaded completely, or not by your organisation.',
  },
  'library.wrong-kind': {
    status: 422,
    zh: '资料的类别不能更改，请另建一项。',
    en: 'An item’s kind cannot change; make another item.',
  },
  'blacklist.unknown': {
    status: 404,
    zh: '没有这条失信记录，或已停止公布。',
    en: 'There is no such record, or it is no longer published.',
  },
  'blacklist.already-there': {
    status: 409,
    zh: '同一主体的同一份决定（{decision}）已经登记。',
    en: 'This decision ({decision}) about this party is already on record.',
  },
  'blacklist.already-ended': {
    status: 409,
    zh: '这条记录已经撤销或完成信用修复。',
    en: 'This record was already withdrawn or repaired.',
  },
  'blacklist.evidence-unknown': {
    status: 422,
    zh: '决定书附件没有上传完成，或与填写的指纹不符。',
    en: 'The decision’s file has not been uploaded completely, or differs from the given hash.',
  },
  'blacklist.forbidden': {
    status: 403,
    zh: '处罚决定禁止本单位从事这项活动：{authority}，{decision}，至 {until}。对决定有异议的，请向作出决定的机关提出。',
    en: 'A decision forbids the organisation this act: {authority}, {decision}, until {until}. Objections go to the authority that decided.',
  },
});
export type RegistryCode = keyof typeof registryRefusals;
