import type { OpeningBid, OpeningRecord } from '@xinbiao/contracts/opening';
import { formatYuan } from '@xinbiao/contracts/kernel';
import { checkOf, issuePaper } from '../identity/index.ts';
import type { Paper } from '../platform/pdf/index.ts';
import type { House } from '../platform/index.ts';

type Lang = 'zh' | 'en';

/** An instant at the tender's place, with the milliseconds that decide. */
const placeTime = (instant: string): string =>
  new Date(Date.parse(instant) + 8 * 3_600_000).toISOString().replace('T', ' ').replace('Z', '');
const yuan = (fen: string): string => formatYuan(BigInt(fen));

const words = {
  zh: {
    title: '开标记录',
    subtitle: (no: number, title: string) => `第 ${no} 包：${title}`,
    facts: [
      '项目',
      '项目编号',
      '采购人',
      '代理机构',
      '开标地点',
      '预算',
      '最高限价',
      '投标截止时间',
      '开标时间',
      '截标文件指纹',
      '记录指纹',
    ],
    none: '无',
    bids: '一、唱标',
    columns: ['序号', '投标人', '报价（元）', '交付（天）', '有效期（天）', '项目负责人', '备注'],
    capitals: '二、报价大写',
    officers: '三、开标人',
    officer: ['组别', '姓名', '单位', '交付份额时间'],
    group: { purchaser: '采购方', independent: '独立方' } as Record<string, string>,
    notReleased: '未交付',
    remarks: '四、投标人确认与异议',
    noRemarks: '至本记录出具时，没有投标人提出异议。',
    confirmed: (who: string, at: string) => `${who} 于 ${at} 确认开标记录。`,
    objected: (who: string, at: string, text: string) => `${who} 于 ${at} 提出异议：${text}`,
    answered: (who: string, at: string, text: string) => `${who} 于 ${at} 答复：${text}`,
    above: '高于最高限价',
    faulty: '未能开启',
    party: { bidder: '投标人原因', officer: '开标人原因', platform: '平台原因' },
    footer: (city: string, at: string) => `${city}电子采购平台 · 服务器时间 ${at}`,
    reason: '出具开标记录',
  },
  en: {
    title: 'Opening record',
    subtitle: (no: number, title: string) => `Lot ${no}: ${title}`,
    facts: [
      'Tender',
      'Number',
      'Purchaser',
      'Agency',
      'Place',
      'Budget',
      'Ceiling',
      'Deadline',
      'Opened',
      'Close document',
      'Record',
    ],
    none: 'none',
    bids: '1. Bids as read out',
    columns: ['No.', 'Bidder', 'Price (CNY)', 'Delivery (days)', 'Validity (days)', 'Project lead', 'Remarks'],
    capitals: '2. Prices in words',
    officers: '3. Opening officers',
    officer: ['Group', 'Name', 'Organisation', 'Released'],
    group: { purchaser: 'Purchaser’s side', independent: 'Independent' } as Record<string, string>,
    notReleased: 'not released',
    remarks: '4. Confirmations and objections',
    noRemarks: 'No bidder had objected when this record was issued.',
    confirmed: (who: string, at: string) => `${who} confirmed the record at ${at}.`,
    objected: (who: string, at: string, text: string) => `${who} objected at ${at}: ${text}`,
    answered: (who: string, at: string, text: string) => `${who} answered at ${at}: ${text}`,
    above: 'above the ceiling',
    faulty: 'did not open',
    party: { bidder: 'caused by the bidder', officer: 'caused by an officer', platform: 'caused by the platform' },
    footer: (city: string, at: string) => `${city} procurement platform · server time ${at}`,
    reason: 'Issues the opening record',
  },
} as const;

/** The opening record as a signed paper: what was read out, who opened, and what bidders said. */
export async function recordPaper(house: House, record: OpeningRecord, lang: Lang): Promise<Uint8Array> {
  const w = words[lang];
  const at = house.clock.now();
  const values = [
    record.title,
    record.code,
    record.purchaser,
    record.agency ?? w.none,
    record.place,
    yuan(record.budget),
    record.ceiling === null ? w.none : yuan(record.ceiling),
    placeTime(record.deadline),
    placeTime(record.openedAt),
    record.closeHash,
    record.recordHash,
  ];
  const note = (bid: OpeningBid): string =>
    [
      ...(bid.state === 'faulty' ? [w.faulty, ...new Set(bid.faults.map(({ party }) => w.party[party]))] : []),
      ...(bid.aboveCeiling ? [w.above] : []),
      ...(bid.note ? [bid.note] : []),
    ].join(lang === 'zh' ? '；' : '; ');
  const paper: Paper = {
    title: w.title,
    subtitle: w.subtitle(record.lotNo, record.lotTitle),
    number: record.number,
    facts: w.facts.map((label, place) => [label, values[place] ?? ''] as const),
    sections: [
      {
        heading: w.bids,
        table: {
          columns: w.columns.map((label, place) => ({
            label,
            width: [1, 5, 3, 2, 2, 2, 3][place] ?? 2,
            align: place === 2 ? ('right' as const) : ('left' as const),
          })),
          rows: record.bids.map((bid) => [
            String(bid.no),
            bid.bidder.name,
            bid.price === null ? '' : yuan(bid.price),
            String(bid.deliveryDays ?? ''),
            String(bid.validityDays ?? ''),
            bid.projectLead ?? '',
            note(bid),
          ]),
        },
      },
      {
        heading: w.capitals,
        paragraphs: record.bids.flatMap(({ no, bidder, priceCapitals }) =>
          priceCapitals ? [`${no}. ${bidder.name}：${priceCapitals}`] : [],
        ),
      },
      {
        heading: w.officers,
        table: {
          columns: w.officer.map((label, place) => ({ label, width: [2, 2, 4, 3][place] ?? 2 })),
          rows: record.officers.map(({ group, name, organisation, releasedAt }) => [
            w.group[group] ?? group,
            name,
            organisation,
            releasedAt ? placeTime(releasedAt) : w.notReleased,
          ]),
        },
      },
      {
        heading: w.remarks,
        paragraphs:
          record.remarks.length === 0
            ? [w.noRemarks]
            : record.remarks.flatMap(({ kind, bidder, at: when, text, answer }) => [
                kind === 'confirm' ? w.confirmed(bidder, placeTime(when)) : w.objected(bidder, placeTime(when), text),
                ...(answer ? [w.answered(answer.by, placeTime(answer.at), answer.text)] : []),
              ]),
      },
    ],
    check: checkOf(house, { number: record.number, see: `/opening/${record.lotId}`, lang }),
    footer: w.footer(lang === 'zh' ? house.config.cityName.zh : house.config.cityName.en, placeTime(at.toISOString())),
    at,
    language: lang === 'zh' ? 'zh-CN' : 'en',
  };
  return issuePaper(house, paper, w.reason);
}
