import { refusals } from '../kernel/refusal.ts';

/** Why a bid is not judged, a panel not appointed, a sheet not taken. */
export const evaluationRefusals = refusals({
  'evaluation.no-such-lot': { status: 404, zh: '没有找到这个标段。', en: 'There is no such lot.' },
  'evaluation.not-your-tender': {
    status: 403,
    zh: '这不是贵单位的项目。',
    en: 'This is not a tender of your organisation.',
  },
  'evaluation.not-opened': {
    status: 409,
    zh: '标段还没有开标，或这一步已经过去。',
    en: 'The lot has not been opened yet, or this step is over.',
  },
  'evaluation.not-qualified': {
    status: 409,
    zh: '资格审查还没有完成，或评审已经开始。',
    en: 'The qualification check is not finished, or the evaluation has begun.',
    law: '87号令 §44',
  },
  'evaluation.not-on-panel': {
    status: 403,
    zh: '您不是这个标段的评委，或还没有接受邀请。',
    en: 'You are not on this lot’s panel, or have not accepted yet.',
  },
  'evaluation.not-convened': { status: 409, zh: '评审还没有开始。', en: 'The evaluation has not begun.' },
  'evaluation.not-entitled': {
    status: 403,
    zh: '评审过程和投标文件只对有权的人开放。',
    en: 'The evaluation and the bids are open to those entitled only.',
    law: '87号令 §66',
  },
  'evaluation.no-such-file': { status: 404, zh: '没有找到这份文件。', en: 'There is no such file.' },
  'evaluation.not-ranked': { status: 409, zh: '评审还没有结果。', en: 'The evaluation has no result yet.' },
  'evaluation.not-an-officer': {
    status: 403,
    zh: '您不是这个项目的开标人。',
    en: 'You are not an officer of this tender.',
  },
  'qualification.bids-differ': {
    status: 422,
    zh: '每份有效投标都要审查一次，不能多也不能少。',
    en: 'Every bid that stands must be judged, once.',
  },
  'qualification.findings-differ': {
    status: 422,
    zh: '每项资格条件都要有结论。',
    en: 'Every requirement needs a finding.',
  },
  'qualification.no-reason': {
    status: 422,
    zh: '不符合的，请写明原因。',
    en: 'Say why a requirement is not met.',
    law: '87号令 §69',
  },
  'panel.already-appointed': { status: 409, zh: '评标委员会已经组成。', en: 'The panel has been appointed already.' },
  'panel.too-small': {
    status: 422,
    zh: '评标委员会至少 {least} 人。',
    en: 'The panel needs at least {least} members.',
    law: '87号令 §47',
  },
  'panel.even': {
    status: 422,
    zh: '评标委员会人数应为单数，现在是 {size} 人。',
    en: 'The panel must have an odd number of members, not {size}.',
    law: '87号令 §47',
  },
  'panel.too-few-experts': {
    status: 422,
    zh: '评审专家不少于三分之二：{size} 人中采购人代表最多 {most} 人。',
    en: 'At least two thirds are experts: of {size} members at most {most} represent the purchaser.',
    law: '87号令 §47',
  },
  'panel.draw-or-reason': {
    status: 422,
    zh: '评审专家应当随机抽取；确需自行选定的，请写明理由。',
    en: 'Experts are drawn at random. Where they must be chosen, say why.',
    law: '87号令 §48',
  },
  'panel.not-the-drawn': {
    status: 422,
    zh: '评审专家必须正是抽取结果中的人。',
    en: 'The experts must be exactly those who were drawn.',
    law: '87号令 §48',
  },
  'panel.no-draw': {
    status: 409,
    zh: '这次抽取没有结果，或者不属于本标段。',
    en: 'That draw has no result, or belongs to another lot.',
  },
  'panel.draw-runs': {
    status: 409,
    zh: '本标段的专家抽取正在进行，或已有结果。',
    en: 'Experts of this lot are being drawn, or have been.',
  },
  'panel.next-reserve-first': {
    status: 422,
    zh: '应当由抽取结果中的下一位候补“{name}”递补。',
    en: 'The next reserve of the draw, {name}, takes the place.',
    law: '87号令 §49',
  },
  'evaluation.not-reopenable': {
    status: 409,
    zh: '只有已有评审结果、尚未定标的标段可以重新评审。',
    en: 'Only a lot that is ranked and not yet awarded can be evaluated again.',
    law: '87号令 §64',
  },
  'panel.twice': { status: 422, zh: '同一个人不能占两个席位。', en: 'Nobody sits on a panel twice.' },
  'panel.not-a-candidate': { status: 422, zh: '此人不在可选名单里。', en: 'This person is not a candidate.' },
  'panel.must-stay-away': {
    status: 422,
    zh: '{name}应当回避。',
    en: '{name} must stay away.',
    law: '政府采购法实施条例 §9',
  },
  'panel.no-such-member': { status: 404, zh: '没有找到这个评委席位。', en: 'There is no such place on a panel.' },
  'panel.not-replaceable': {
    status: 409,
    zh: '只有拒绝的评委，或过时未交评分表的评委可以更换。',
    en: 'Only a member who declined, or whose sheet is overdue, can be replaced.',
    law: '87号令 §48',
  },
  'panel.already-answered': { status: 409, zh: '您已经答复过了。', en: 'You have answered already.' },
  'panel.incomplete': { status: 409, zh: '还有评委没有接受邀请。', en: 'Some members have not accepted yet.' },
  'panel.limit-too-near': {
    status: 422,
    zh: '交评分表的时限至少在 {hours} 小时以后。',
    en: 'Sheets need at least {hours} hours.',
  },
  'panel.limit-too-far': {
    status: 422,
    zh: '交评分表的时限最多在 {days} 天以内。',
    en: 'Sheets must be in within {days} days.',
  },
  'sheet.all-in': {
    status: 409,
    zh: '全部评分表已经交齐，不能再改。',
    en: 'All sheets are in; none can change any more.',
  },
  'sheet.out-of-turn': {
    status: 409,
    zh: '评分表的序号不对，请刷新页面后重新封存。',
    en: 'The sheet’s number is not the next one. Reload and seal again.',
  },
  'sheet.escrow-wrong': {
    status: 422,
    zh: '评分表的托管副本有误（{fault}），请重新封存。',
    en: 'The sheet’s escrow copy is wrong ({fault}). Seal again.',
  },
  'sheet.not-all-in': {
    status: 409,
    zh: '评分表还没有交齐，现在不能公开。',
    en: 'Not all sheets are in, so none may be revealed.',
  },
  'sheet.not-committed': { status: 422, zh: '这不是封存时的评分表。', en: 'This is not the sheet that was sealed.' },
  'sheet.wrong-bids': {
    status: 422,
    zh: '评分表与本标段的投标不一致。',
    en: 'The sheet does not judge the bids of this lot.',
  },
  'sheet.wrong-items': { status: 422, zh: '评分表与评审因素不一致。', en: 'The sheet does not follow the criteria.' },
  'sheet.out-of-range': {
    status: 422,
    zh: '评审因素“{item}”的分数超出范围。',
    en: 'The score of “{item}” is out of range.',
    law: '87号令 §64',
  },
  'sheet.no-reason': {
    status: 422,
    zh: '认为不符合的，请写明原因。',
    en: 'Say why a bid is not responsive.',
    law: '87号令 §61',
  },
  'sheet.reveal-not-over': {
    status: 409,
    zh: '公开评分表的时限还没有到，或没有缺席的评委。',
    en: 'The time to reveal is not over, or nobody is absent.',
  },
  'sheet.shares-differ': {
    status: 422,
    zh: '要一次给出全部缺席评委的分片。',
    en: 'Give your shares of all absent experts’ sheets at once.',
  },
  'sheet.share-wrong': {
    status: 422,
    zh: '您的分片与托管副本不符（{fault}）。',
    en: 'Your share does not fit the escrow copy ({fault}).',
  },
  'report.already-signed': { status: 409, zh: '您已经签过评审报告。', en: 'You have signed the report already.' },
});
export type EvaluationCode = keyof typeof evaluationRefusals;
