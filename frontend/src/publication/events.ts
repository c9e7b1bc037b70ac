import type { Lang } from '../locales/index.ts';

/** What an entry's kind means in words; a kind that is not listed shows as it is written in the log. */
const words: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  decoy: ['占位记录，没有内容', 'Decoy without content'],
  'clock.advance': ['拨动演练时钟', 'Rehearsal clock turned'],
  'party.register': ['单位登记', 'Organisation registered'],
  'party.declare': ['单位作出承诺', 'Organisation declared'],
  'party.rename': ['单位更名', 'Organisation renamed'],
  'party.approve': ['单位登记通过', 'Organisation accepted'],
  'party.reject': ['单位登记未通过', 'Organisation not accepted'],
  'party.suspend': ['单位暂停', 'Organisation suspended'],
  'party.resume': ['单位恢复', 'Organisation resumed'],
  'party.strike': ['撤销虚假登记', 'False registration struck'],
  'key.pin': ['登记证书', 'Certificates registered'],
  'key.revoke': ['注销证书', 'Certificates revoked'],
  'tender.check': ['发布前审查', 'Checked before publication'],
  'tender.publish': ['发布招标公告', 'Tender notice published'],
  'tender.close': ['投标截止', 'Bids closed'],
  'bid.receipt': ['收到一份投标', 'A bid received'],
  'bid.withdraw': ['撤回一份投标', 'A bid withdrawn'],
  'lot.close': ['分包截止', 'Lot closed'],
  'lot.open': ['开标完成', 'Lot opened'],
  'lot.fail': ['采购终止', 'Lot ended without award'],
  'lot.qualify': ['资格审查完成', 'Qualifications checked'],
  'lot.convene': ['评标委员会开始评审', 'Committee convened'],
  'lot.rank': ['评审完成', 'Evaluation complete'],
  'lot.award': ['确定中标人', 'Award decided'],
  'open.batch': ['一位打开人同意打开', 'An officer released'],
  'open.result': ['打开一份投标', 'A bid opened'],
  'open.fault': ['一份投标打不开', 'A bid could not be opened'],
  'open.confirm': ['投标人确认开标记录', 'Bidder confirmed the opening'],
  'open.object': ['投标人提出异议', 'Bidder objected to the opening'],
  'open.answer': ['答复异议', 'Objection answered'],
  'qualify.result': ['资格审查结果', 'Qualification result'],
  'panel.appoint': ['组成评标委员会', 'Committee appointed'],
  'panel.replace': ['更换评委', 'Committee member replaced'],
  'panel.accept': ['评委接受任务', 'Committee member accepted'],
  'eval.sheet': ['封存一份评分', 'A score sheet sealed'],
  'eval.escrow': ['由打开人代开一份评分', 'A score sheet opened from escrow'],
  'eval.close': ['评分全部交齐', 'All score sheets in'],
  'eval.reveal': ['公开一份评分给有权查看的人', 'A score sheet revealed to those entitled'],
  'eval.result': ['评审结果', 'Evaluation result'],
  'eval.sign': ['评委签署评审报告', 'Committee member signed the report'],
  'award.decide': ['确定中标人', 'Award decided'],
  'blacklist.add': ['列入失信名单', 'Entered on the blacklist'],
  'blacklist.withdraw': ['撤销失信记录', 'Blacklist record withdrawn'],
  'blacklist.repair': ['信用修复', 'Credit repaired'],
};

export function eventWords(kind: string, lang: Lang): string {
  const found = words[kind];
  return found === undefined ? kind : found[lang === 'en' ? 1 : 0];
}
