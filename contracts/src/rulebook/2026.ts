import { norm } from './rulebook.schema.ts';

/**
 * The numbers that the law fixes for an open tender of goods or services under the procurement law (公开招标, ZC),
 * as they stand in 2026. A tender names its rulebook when it is published and is judged by it for life; a change
 * of law is another file beside this one.
 */
export const rulebook2026 = {
  id: '2026',
  regime: 'ZC',
  method: 'openTender',
  /** Which of `openingPlans` its bids are sealed for. */
  openings: 'together',

  /** @law 政府采购法 §35 */
  biddingPeriod: norm(20, 'days', '政府采购法 §35', {
    zh: '自招标文件开始发出之日起至提交投标文件截止之日止，不得少于 20 日',
    en: 'at least 20 days from the issue of the tender documents to the deadline',
  }),
  /** @law 87号令 §18 */
  documentsPeriod: norm(5, 'workingDays', '87号令 §18', {
    zh: '招标文件的提供期限自公告发布之日起不得少于 5 个工作日',
    en: 'the documents must be available for at least 5 working days from the notice',
  }),
  /** @law 87号令 §16 */
  noticePeriod: norm(5, 'workingDays', '87号令 §16', {
    zh: '招标公告的公告期限为 5 个工作日',
    en: 'the notice period is 5 working days',
  }),
  /** @law 87号令 §27 */
  changePeriod: norm(15, 'days', '87号令 §27', {
    zh: '澄清或者修改可能影响投标文件编制的，应当在截止时间至少 15 日前发出',
    en: 'a change that affects bids must be issued at least 15 days before the deadline',
  }),

  /** Bidders who have sealed need time to seal again when officers change. @law 87号令 §27 */
  officerChangePeriod: norm(3, 'days', '87号令 §27', {
    zh: '更换开标人后投标人可能要重新封装，最迟在截止时间 3 日前更换；来不及的，先依法顺延截止时间',
    en: 'officers are replaced at least 3 days before the deadline, because bidders may have to seal again; otherwise the deadline is moved first',
  }),
  /** @law 电子招标投标办法 §30 */
  decryptPeriodLeast: norm(30, 'minutes', '电子招标投标办法 §30', {
    zh: '由投标人自行解密的，解密时间不少于 30 分钟',
    en: 'where bidders decrypt themselves they have at least 30 minutes',
  }),
  /** @law 电子招标投标办法 §30 */
  decryptPeriodMost: norm(60, 'minutes', '电子招标投标办法 §30', {
    zh: '解密时间不超过 60 分钟，到时公布结果，未解密的按 §31 处理',
    en: 'after at most 60 minutes the result is announced; bids not decrypted are dealt with under §31',
  }),

  /** @law 87号令 §55 */
  priceWeightGoods: norm(30, 'percent', '87号令 §55', {
    zh: '货物项目的价格分值占总分值的比重不得低于 30%',
    en: 'for goods the price must weigh at least 30 %',
  }),
  /** @law 87号令 §55 */
  priceWeightServices: norm(10, 'percent', '87号令 §55', {
    zh: '服务项目的价格分值占总分值的比重不得低于 10%',
    en: 'for services the price must weigh at least 10 %',
  }),

  /** @law 87号令 §41 */
  minBidders: norm(3, 'bidders', '87号令 §41', {
    zh: '投标人不足 3 家的，不得开标',
    en: 'with fewer than 3 bidders no bid is opened',
  }),
  /** @law 87号令 §43 */
  minQualified: norm(3, 'bidders', '87号令 §43', {
    zh: '通过资格审查或者符合性审查的投标人不足 3 家的，不得评标或者应当废标',
    en: 'with fewer than 3 qualified or responsive bidders the procedure ends',
  }),

  /** @law 87号令 §47 */
  panelSize: norm(5, 'members', '87号令 §47', {
    zh: '评标委员会成员人数为 5 人以上单数',
    en: 'the panel has 5 members or more, an odd number',
  }),
  /** @law 87号令 §47 */
  largePanelSize: norm(7, 'members', '87号令 §47', {
    zh: '预算金额 1000 万元以上、技术复杂或者社会影响较大的项目，评标委员会成员人数为 7 人以上单数',
    en: 'from a budget of 10 million yuan on the panel has 7 members or more, an odd number',
  }),
  /** @law 87号令 §47 */
  largeBudget: norm(1_000_000_000, 'fen', '87号令 §47', {
    zh: '预算金额在 1000 万元以上',
    en: 'a budget of 10 million yuan or more',
  }),
  /** In thirds of the panel. @law 87号令 §47 */
  expertThirds: norm(2, 'thirds', '87号令 §47', {
    zh: '评审专家不得少于成员总数的三分之二',
    en: 'at least two thirds of the panel are experts',
  }),

  /** @law 政府采购法实施条例 §43 */
  reportPeriod: norm(2, 'workingDays', '政府采购法实施条例 §43', {
    zh: '评标结束之日起 2 个工作日内将评标报告送采购人',
    en: 'the report reaches the purchaser within 2 working days of the end of evaluation',
  }),
  /** @law 政府采购法实施条例 §43 */
  decisionPeriod: norm(5, 'workingDays', '政府采购法实施条例 §43', {
    zh: '采购人自收到评标报告之日起 5 个工作日内确定中标人',
    en: 'the purchaser decides within 5 working days of receiving the report',
  }),
  /** @law 87号令 §69 */
  resultNoticePeriod: norm(2, 'workingDays', '87号令 §69', {
    zh: '自中标人确定之日起 2 个工作日内公告中标结果并发出中标通知书',
    en: 'the result is published and the award notice issued within 2 working days of the decision',
  }),
  /** @law 87号令 §69 */
  resultNoticeDays: norm(1, 'workingDays', '87号令 §69', {
    zh: '中标结果公告期限为 1 个工作日',
    en: 'the result notice stands for 1 working day',
  }),
  /** @law 政府采购法 §46 */
  contractPeriod: norm(30, 'days', '政府采购法 §46', {
    zh: '中标通知书发出之日起 30 日内签订合同',
    en: 'the contract is signed within 30 days of the award notice',
  }),
  /** @law 政府采购法实施条例 §50 */
  contractNoticePeriod: norm(2, 'workingDays', '政府采购法实施条例 §50', {
    zh: '合同签订之日起 2 个工作日内公告',
    en: 'the contract is published within 2 working days of its signing',
  }),

  /** @law 政府采购法 §52 */
  challengePeriod: norm(7, 'workingDays', '政府采购法 §52', {
    zh: '知道或者应知其权益受到损害之日起 7 个工作日内可以质疑',
    en: 'a supplier may challenge within 7 working days of learning of the harm',
  }),
  /** @law 政府采购法 §53 */
  replyPeriod: norm(7, 'workingDays', '政府采购法 §53', {
    zh: '收到质疑后 7 个工作日内作出答复',
    en: 'a challenge is answered within 7 working days',
  }),

  /** @law 政府采购法实施条例 §33 */
  bidDepositCap: norm(2, 'percent', '政府采购法实施条例 §33', {
    zh: '投标保证金不得超过预算金额的 2%',
    en: 'a bid deposit is at most 2 % of the budget',
  }),
  /** @law 政府采购法实施条例 §48 */
  performanceDepositCap: norm(10, 'percent', '政府采购法实施条例 §48', {
    zh: '履约保证金不得超过合同金额的 10%',
    en: 'a performance deposit is at most 10 % of the contract',
  }),
  /** @law 政府采购法 §42 */
  retention: norm(15, 'years', '政府采购法 §42', {
    zh: '采购文件保存至少 15 年',
    en: 'records are kept for at least 15 years',
  }),
} as const;
