import type { OfficerFacts, PublicationFacts } from './tender.rules.ts';
import { ordinaryOutage, ordinarySealing, type LotContent, type TenderContent } from './tender.schema.ts';
import { calendarOf } from '../kernel/calendar.ts';
import { rulebook2026 } from '../rulebook/index.ts';

/*
 * A sound tender for tests and demonstrations. Monday 2 November 2026: documents until Monday 9 (five working
 * days), bids until Monday 23 (the twentieth day is a Sunday and rolls).
 */

const id = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
export const exampleIds = {
  purchaser: id(1),
  agency: id(2),
  seats: { inside: id(11), inside2: id(12), outside: id(13), outside2: id(14) },
  file: id(21),
};

export const exampleLot = (over: Partial<LotContent> = {}): LotContent => ({
  no: 1,
  title: '病房监护仪',
  content: '床旁监护仪及中央监护站，含安装、培训和三年保修。',
  quantity: '40 台',
  deliveryDays: 45,
  deliveryPlace: '青澜市人民医院',
  budget: '348600000',
  ceiling: '340000000',
  qualifications: [
    { id: 'q1', text: '具有独立承担民事责任的能力', evidence: '营业执照' },
    { id: 'q2', text: '依法缴纳税收和社会保障资金的良好记录', evidence: '承诺函' },
    { id: 'q3', text: '具有医疗器械经营许可', evidence: '许可证' },
  ],
  method: 'comprehensive',
  priceWeight: 30,
  scale: 2,
  items: [
    {
      id: 'warranty',
      name: '质保期',
      kind: 'objective',
      max: 1000,
      guidance: '以响应文件承诺为准',
      options: [
        { id: 'w3', label: '三年', points: 0 },
        { id: 'w4', label: '四年', points: 500 },
        { id: 'w5', label: '五年及以上', points: 1000 },
      ],
    },
    {
      id: 'design',
      name: '技术方案',
      kind: 'subjective',
      max: 4000,
      guidance: '方案完整、可行、有针对性，31 至 40 分；一般，16 至 30 分；较差，0 至 15 分',
    },
    { id: 'service', name: '服务方案', kind: 'subjective', max: 2000, guidance: '响应时间、备件、人员安排' },
  ],
  ...over,
});

export const exampleContent = (over: Partial<TenderContent> = {}): TenderContent => ({
  title: '青澜市人民医院病房监护仪采购',
  category: 'goods',
  regionCode: '370200',
  catalogCode: 'A0232',
  purchaser: {
    organisationId: exampleIds.purchaser,
    name: '青澜市人民医院',
    uscc: '12100000400010275N',
    address: '青澜市海岸路 1 号',
    contact: '周敏',
    phone: '0532-00000000',
  },
  agency: null,
  fundSource: '财政资金',
  summary: '采购病房监护仪 40 台。',
  need: '用于新建住院楼病房，须与现有护士站系统对接。',
  documentsFrom: '2026-11-02',
  documentsUntil: '2026-11-09',
  deadline: '2026-11-23T01:30:00.000Z',
  openingPlace: '青澜市公共资源交易中心开标二室，同步在线',
  noticeDays: 5,
  contactSupervisor: '青澜市财政局政府采购监督管理科',
  consortium: false,
  bidValidityDays: 90,
  remedy: '平台在截止前两小时内不可用的，截止时间顺延一个工作日，并在公告页面说明。',
  sealing: ordinarySealing,
  outage: ordinaryOutage,
  officers: [
    { group: 'purchaser', seatId: exampleIds.seats.inside },
    { group: 'purchaser', seatId: exampleIds.seats.inside2 },
    { group: 'independent', seatId: exampleIds.seats.outside },
    { group: 'independent', seatId: exampleIds.seats.outside2 },
  ],
  lots: [exampleLot()],
  attachments: [
    { fileId: exampleIds.file, name: '招标文件.pdf', size: 1000, sha256: 'ab'.repeat(32), kind: 'tenderDocument' },
  ],
  ...over,
});

const officer = (seatId: string, person: number, side: OfficerFacts['side']): OfficerFacts => ({
  seatId,
  personId: id(person),
  side,
  keyUntil: new Date('2027-12-31T00:00:00.000Z'),
  provenUntil: new Date('2027-01-15T00:00:00.000Z'),
});
export const exampleFacts = (over: Partial<PublicationFacts> = {}): PublicationFacts => ({
  today: '2026-11-02',
  calendar: calendarOf(),
  rulebook: rulebook2026,
  isRegion: true,
  isCatalogued: true,
  officers: [
    officer(exampleIds.seats.inside, 31, 'purchaser'),
    officer(exampleIds.seats.inside2, 32, 'purchaser'),
    officer(exampleIds.seats.outside, 33, 'independent'),
    officer(exampleIds.seats.outside2, 34, 'independent'),
  ],
  ...over,
});
