import { capitals, formatYuan } from '@xinbiao/contracts/kernel';
import { TenderContent, type LotContent } from '@xinbiao/contracts/tendering';
import { checkOf, issuedBy, issuePaper, localTime } from '../identity/index.ts';
import type { House } from '../platform/index.ts';
import type { Paper, Section } from '../platform/pdf/index.ts';
import type { Tender } from './tender.entity.ts';

const money = (fen: string): string => `¥${formatYuan(BigInt(fen))}（${capitals(BigInt(fen))}）`;
const points = (hundredths: number): string => (hundredths / 100).toFixed(2);
const groupNames: Readonly<Record<string, string>> = { purchaser: '采购方', independent: '独立方' };

/** The procurement notice as a sealed paper; what binds is the signed notice that the public log names. @law 87号令 §13 */
export function noticePaper(house: House, tender: Tender, at: Date): Promise<Uint8Array> {
  const content = TenderContent.parse(tender.content);
  const { purchaser, agency, sealing, outage } = content;
  const party = (one: typeof purchaser): string =>
    `${one.name}（${one.uscc}）；${one.address}；${one.contact} ${one.phone}`;
  const paper: Paper = {
    title: '公开招标公告',
    subtitle: content.title,
    number: `${tender.code}-GG`,
    facts: [
      ['项目编号', tender.code],
      ['采购人', party(purchaser)],
      ...(agency ? [['采购代理机构', party(agency)] as const] : []),
      ['资金来源', content.fundSource],
      ['获取招标文件', `${content.documentsFrom} 至 ${content.documentsUntil}`],
      ['投标截止时间', `${localTime(new Date(content.deadline))}（北京时间）`],
      ['开标地点', content.openingPlace],
      ['公告期限', `${content.noticeDays} 个工作日`],
      ['投标有效期', `${content.bidValidityDays} 日`],
      ['联合体投标', content.consortium ? '接受' : '不接受'],
      ['监督部门', content.contactSupervisor],
      ['公告的日志指纹', tender.noticeLeaf ?? ''],
      ['开启人名册指纹', tender.keyringHash ?? ''],
    ],
    sections: [
      { heading: '一、项目概况与采购需求', paragraphs: [content.summary, ...content.need.split('\n')] },
      ...content.lots.flatMap(lotSections),
      {
        heading: '二、投标如何密封与开启',
        paragraphs: [
          sealing.gate === 'bidder'
            ? `开标时除开启人外，还须投标人在 ${sealing.decryptMinutes} 分钟内用自己的密钥解密。`
            : '投标在投标人的浏览器中加密，截止后由下列各组开启人共同开启；任何一方都不能单独开启。',
          `加密算法套件：${sealing.suite}。截止后异议期 ${sealing.objectionMinutes} 分钟，此后开启人应在 ${sealing.releaseMinutes} 分钟内交付份额。`,
        ],
        table: {
          columns: [
            { label: '组别', width: 2 },
            { label: '姓名', width: 2 },
            { label: '单位', width: 5 },
            { label: '门限', width: 2 },
          ],
          rows: (tender.keyring?.groups ?? []).flatMap(({ id, t, members }) =>
            members.map(({ name, organisation }) => [
              groupNames[id] ?? id,
              name,
              organisation,
              `${members.length} 人中 ${t} 人`,
            ]),
          ),
        },
      },
      {
        heading: '三、平台故障的补救',
        paragraphs: [
          content.remedy,
          `截止前 ${outage.withinHours} 小时内平台累计 ${outage.minutes} 分钟不可用的：${
            outage.extendHours > 0 ? `截止时间顺延 ${outage.extendHours} 小时` : '截止时间不顺延'
          }；${outage.redeliverHours > 0 ? `截止后 ${outage.redeliverHours} 小时内可补交指纹已固定的同一份投标` : '不接受补交'}。`,
        ],
      },
      ...(content.attachments.length > 0
        ? [
            {
              heading: '四、附件及其指纹（SHA-256）',
              table: {
                columns: [
                  { label: '文件', width: 4 },
                  { label: '指纹', width: 7 },
                ],
                rows: content.attachments.map(({ name, sha256 }) => [name, sha256]),
              },
            },
          ]
        : []),
    ],
    check: checkOf(house, { number: `${tender.code}-GG`, see: `/tenders/${tender.id}` }),
    footer: issuedBy(house, at),
    at,
  };
  return issuePaper(house, paper, '发布采购公告');
}

function lotSections(lot: LotContent): Section[] {
  return [
    {
      heading: `第 ${lot.no} 包　${lot.title}`,
      paragraphs: [
        lot.content,
        `数量：${lot.quantity}。交付：${lot.deliveryDays} 日内，${lot.deliveryPlace}。`,
        `预算：${money(lot.budget)}。最高限价：${lot.ceiling === null ? '不设' : money(lot.ceiling)}。`,
        ...lot.qualifications.map(({ text }, at) => `资格条件 ${at + 1}：${text}`),
        lot.method === 'lowestPrice'
          ? '评审方法：最低评标价法。'
          : `评审方法：综合评分法，价格权重 ${lot.priceWeight}%。`,
      ],
      ...(lot.items.length > 0
        ? {
            table: {
              columns: [
                { label: '评审因素', width: 4 },
                { label: '说明', width: 6 },
                { label: '分值', width: 2, align: 'right' as const },
              ],
              rows: lot.items.map(({ name, guidance, max }) => [name, guidance, points(max)]),
            },
          }
        : {}),
    },
  ];
}
