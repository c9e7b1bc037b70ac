import { addDays, dayAt, instantText, type Day } from '@xinbiao/contracts/kernel';
import { ordinaryOutage, ordinarySealing, type TenderDraft, type TenderDraftLot } from '@xinbiao/contracts/tendering';

/* Invented tenders with everything that a real one has. */

export type LotPlan = {
  readonly title: string;
  readonly content: string;
  readonly quantity: string;
  readonly budget: bigint;
  readonly ceiling?: bigint;
  readonly method?: 'comprehensive' | 'lowestPrice';
};

export type TenderPlan = {
  readonly title: string;
  readonly category?: 'goods' | 'services';
  readonly catalogCode: string;
  readonly summary: string;
  readonly lots: readonly LotPlan[];
  /** The instant from which everything is counted: the day of publication. */
  readonly publishedAt: Date;
  readonly deadline: Date;
};

const items: TenderDraftLot['items'] = [
  {
    id: 'plan',
    name: '技术方案',
    kind: 'subjective',
    max: 2000,
    guidance: '参数响应完整、方案合理可行 16–20 分；基本完整 10–15.99 分；欠缺较多 0–9.99 分。',
  },
  {
    id: 'delivery',
    name: '供货与安装组织',
    kind: 'subjective',
    max: 1500,
    guidance: '进度安排具体、人员到位 12–15 分；一般 7–11.99 分；笼统 0–6.99 分。',
  },
  {
    id: 'service',
    name: '售后服务',
    kind: 'subjective',
    max: 1000,
    guidance: '响应时间、备件、培训安排完整 8–10 分；一般 4–7.99 分；不足 0–3.99 分。',
  },
  {
    id: 'warranty',
    name: '质保期',
    kind: 'objective',
    max: 1000,
    guidance: '以投标文件承诺的质保期为准。',
    options: [
      { id: 'five', label: '5 年及以上', points: 1000 },
      { id: 'three', label: '3 年', points: 600 },
      { id: 'two', label: '2 年', points: 200 },
    ],
  },
  {
    id: 'record',
    name: '同类业绩',
    kind: 'objective',
    max: 1000,
    guidance: '近三年同类合同，附合同关键页。',
    options: [
      { id: 'many', label: '3 个及以上', points: 1000 },
      { id: 'some', label: '1 至 2 个', points: 500 },
      { id: 'none', label: '没有', points: 0 },
    ],
  },
];

const lotOf = (plan: LotPlan, no: number): TenderDraftLot => {
  const comprehensive = plan.method !== 'lowestPrice';
  return {
    no,
    title: plan.title,
    content: plan.content,
    quantity: plan.quantity,
    deliveryDays: 60,
    deliveryPlace: '采购人指定地点',
    budget: plan.budget.toString(),
    ceiling: (plan.ceiling ?? plan.budget).toString(),
    qualifications: [
      { id: 'law22', text: '符合《中华人民共和国政府采购法》第二十二条规定的条件。', evidence: '资格声明函。' },
      {
        id: 'credit',
        text: '未被列入失信被执行人、重大税收违法失信主体和政府采购严重违法失信行为记录名单。',
        evidence: '以投标截止日的查询结果为准。',
      },
    ],
    method: plan.method ?? 'comprehensive',
    priceWeight: comprehensive ? 35 : null,
    scale: 2,
    items: comprehensive ? items : [],
  };
};

/** Fills a draft from a plan: dates from the day of publication on, everything the rules ask for. */
export const filling =
  (plan: TenderPlan) =>
  (draft: TenderDraft): TenderDraft => {
    const from: Day = dayAt(plan.publishedAt);
    return {
      ...draft,
      title: plan.title,
      category: plan.category ?? 'goods',
      catalogCode: plan.catalogCode,
      fundSource: '财政性资金',
      summary: plan.summary,
      need: `${plan.summary}\n\n投标人应当对所投包的全部内容投标，不得缺漏。货物应当是全新、未使用过的原装合格产品，符合国家强制性标准。`,
      documentsFrom: from,
      documentsUntil: addDays(from, 12),
      deadline: instantText(plan.deadline),
      openingPlace: '信标网上开标大厅',
      noticeDays: 5,
      contactSupervisor: '青澜市财政局政府采购监督管理科 0532-85551002',
      bidValidityDays: 90,
      remedy: '平台在截止前出现故障、投标人无法递交的，截止时间顺延，顺延决定在原截止时间前公告。',
      sealing: { ...ordinarySealing, suite: draft.sealing.suite },
      outage: ordinaryOutage,
      purchaser: {
        ...draft.purchaser,
        address: draft.purchaser.address || '青澜市海棠路 11 号',
        contact: draft.purchaser.contact || '叶文清',
        phone: draft.purchaser.phone || '0532-85551011',
      },
      agency: draft.agency
        ? {
            ...draft.agency,
            address: draft.agency.address || '青澜市海棠路 12 号',
            contact: draft.agency.contact || '方思远',
            phone: draft.agency.phone || '0532-85551012',
          }
        : null,
      lots: plan.lots.map((lot, at) => lotOf(lot, at + 1)),
    };
  };
