/**
 * What is opened when: which parts of a bid each opening opens, in order. Most rules open everything at once and read
 * the prices out; a few sector rules open the price only for bids that have passed what comes before it.
 */
export type OpeningPlan = {
  readonly law: string;
  readonly zh: string;
  readonly en: string;
  /** In the order of the openings: the name of the key, and the parts it opens. */
  readonly stages: readonly { readonly id: string; readonly parts: readonly string[] }[];
};

export const openingPlans = {
  together: {
    law: '87号令 §41',
    zh: '开标时一次开启全部投标文件，当众宣读报价',
    en: 'everything is opened at once and the prices are read out',
    stages: [{ id: 'open', parts: ['price', 'technical'] }],
  },
  /** 双信封: commercial and technical envelope first, the price envelope of those who passed later. */
  twoEnvelopes: {
    law: '公路工程建设项目招标投标管理办法',
    zh: '双信封：第一信封为商务和技术文件，第二信封为报价文件，分两次开启',
    en: 'two envelopes: qualification and technical parts first, prices in a second opening',
    stages: [
      { id: 'technical', parts: ['technical'] },
      { id: 'price', parts: ['price'] },
    ],
  },
} as const satisfies Record<string, OpeningPlan>;
export type OpeningPlanId = keyof typeof openingPlans;
