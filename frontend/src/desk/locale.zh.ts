/** What the desk says. */
export const zh = {
  title: '待办',
  lead: '{name}，这些事等您办，最急的在前。',
  none: '现在没有要办的事。',
  verb: {
    finishDraft: '写完项目',
    checkTender: '复核项目',
    publishTender: '发布公告',
    bid: '投标',
    finishBid: '完成递交',
    open: '参加开标',
    checkList: '核对截标名单',
    answerComplaint: '答复开标争议',
    recoverBid: '开启自己的投标',
    decryptBid: '解密投标',
    decideOmission: '处理漏列的投标',
    qualify: '审查资格',
    appointPanel: '组建评标委员会',
    contributeDraw: '为抽取出数',
    replaceMember: '更换评委',
    convene: '开始评审',
    decide: '确定中标人',
    contract: '签订合同',
    acceptPanel: '答复评审邀请',
    score: '打分',
    reveal: '公开评分表',
    signReport: '签署评审报告',
    openEscrow: '打开缺席专家的评分表',
    acceptOpening: '接受开标人任命',
    tryShares: '截止前试读份额',
    sealAgain: '重新封标',
    confirmOfficers: '确认更换开标人',
    reviewOrganisation: '审核单位',
    getCertificate: '准备钥匙和证书',
    readResult: '查看结果',
    look: '查看亮灯项目',
  },
  begin: { bidder: '找项目', purchaser: '我的项目', expert: '评审任务', supervisor: '灯板' },
};
declare module '../locales/messages.ts' {
  interface Messages {
    desk: typeof zh;
  }
}
