import type { PublicEvaluation } from '@xinbiao/contracts/evaluation';
import { capitals, formatYuan, type Day } from '@xinbiao/contracts/kernel';
import type { AwardLimits } from '@xinbiao/contracts/award';
import { points, yuan, type LotFacts } from '../evaluation/index.ts';
import { checkOf, issuedBy, issuePaper } from '../identity/index.ts';
import type { House } from '../platform/index.ts';

export type Winner = {
  readonly name: string;
  readonly uscc: string;
  readonly address: string | null;
  readonly price: bigint;
  readonly total: number;
  readonly deliveryDays: number | null;
  readonly projectLead: string | null;
  readonly lines: { name: string; specification: string; quantity: string; unitPrice: string; amount: string }[];
};
export type Awarded = {
  readonly house: House;
  readonly facts: LotFacts;
  readonly winner: Winner;
  readonly limits: AwardLimits;
  readonly at: Date;
};

const chinese = (day: Day | null): string =>
  day === null
    ? ''
    : `${day.slice(0, 4)} 年 ${Number.parseInt(day.slice(5, 7), 10)} 月 ${Number.parseInt(day.slice(8), 10)} 日`;
/** The award letter: tells the winner, and binds both sides. @law 政府采购法 §46 */
export function letterPaper({ house, facts, winner, limits, at }: Awarded): Promise<Uint8Array> {
  const { content, tender, lot, part } = facts;
  return issuePaper(
    house,
    {
      title: '中标通知书',
      subtitle: `${content.title}（第 ${lot.no} 标段：${lot.title}）`,
      number: `${tender.code}-${lot.no}-ZB`,
      facts: [
        ['中标人', winner.name],
        ['统一社会信用代码', winner.uscc],
        ['项目编号', tender.code],
        ['中标金额', `${yuan(winner.price)}（${capitals(winner.price)}）`],
        ['交付期限', winner.deliveryDays === null ? `${part.deliveryDays} 日` : `${winner.deliveryDays} 日`],
        ['交付地点', part.deliveryPlace],
      ],
      sections: [
        {
          paragraphs: [
            `${winner.name}：`,
            `贵单位在“${content.title}”第 ${lot.no} 标段的投标，经评标委员会评审、采购人确定，为本标段中标人。`,
            `请自本通知书发出之日起 30 日内，即 ${chinese(limits.contractBy)}前，与采购人 ${content.purchaser.name} 按照招标文件和贵单位投标文件的规定签订书面合同。所签合同不得对招标文件确定的事项和投标文件作实质性修改。`,
            '中标通知书发出后，采购人改变中标结果，或者中标人放弃中标的，依法承担法律责任。依据：政府采购法第四十三条、第四十六条，政府采购货物和服务招标投标管理办法第七十一条。',
            `采购人联系方式：${content.purchaser.contact}，${content.purchaser.phone}，${content.purchaser.address}。`,
          ],
        },
      ],
      check: checkOf(house, { number: `${tender.code}-${lot.no}-ZB`, see: `/tenders/${tender.id}` }),
      footer: issuedBy(house, at),
      at,
    },
    '发出中标通知书',
  );
}

/** The result notice on paper. @law 87号令 §69 */
export function noticePaper({
  house,
  facts,
  winner,
  limits,
  at,
  evaluation,
}: Awarded & { readonly evaluation: PublicEvaluation }): Promise<Uint8Array> {
  const { content, tender, lot, part } = facts;
  const comprehensive = evaluation.method === 'comprehensive';
  return issuePaper(
    house,
    {
      title: '中标结果公告',
      subtitle: `${content.title}（第 ${lot.no} 标段：${lot.title}）`,
      number: `${tender.code}-${lot.no}-GG`,
      facts: [
        ['项目编号', tender.code],
        ['采购人', `${content.purchaser.name}　${content.purchaser.address}　${content.purchaser.phone}`],
        ...(content.agency
          ? ([['代理机构', `${content.agency.name}　${content.agency.address}　${content.agency.phone}`]] as const)
          : []),
        ['中标人', `${winner.name}${winner.address === null ? '' : `　${winner.address}`}`],
        ['中标金额', `${yuan(winner.price)}（${capitals(winner.price)}）`],
        ['主要标的', `${part.content}　数量：${part.quantity}`],
        [
          '评审专家',
          evaluation.panel.map(({ name, kind }) => (kind === 'expert' ? name : `${name}（采购人代表）`)).join('、'),
        ],
        ['公告期限', `1 个工作日，至 ${chinese(limits.noticeUntil)}`],
      ],
      sections: [
        ...(winner.lines.length === 0
          ? []
          : [
              {
                heading: '中标标的',
                table: {
                  columns: [
                    { label: '名称', width: 3 },
                    { label: '规格型号', width: 3 },
                    { label: '数量', width: 1.5 },
                    { label: '单价（元）', width: 2, align: 'right' as const },
                    { label: '金额（元）', width: 2.2, align: 'right' as const },
                  ],
                  rows: winner.lines.map((line) => [
                    line.name,
                    line.specification,
                    line.quantity,
                    formatYuan(BigInt(line.unitPrice)),
                    formatYuan(BigInt(line.amount)),
                  ]),
                },
              },
            ]),
        {
          heading: '评审结果',
          table: {
            columns: comprehensive
              ? [
                  { label: '名次', width: 1 },
                  { label: '投标人', width: 5 },
                  { label: '报价（元）', width: 3, align: 'right' },
                  { label: '总分', width: 2, align: 'right' },
                ]
              : [
                  { label: '名次', width: 1 },
                  { label: '投标人', width: 5 },
                  { label: '报价（元）', width: 3, align: 'right' },
                ],
            rows: evaluation.scores.map(({ rank, bidder, price, total }) => [
              String(rank),
              bidder.name,
              formatYuan(BigInt(price)),
              ...(comprehensive ? [points(total)] : []),
            ]),
          },
        },
        ...(evaluation.rejected.length === 0
          ? []
          : [
              {
                heading: '无效投标',
                table: {
                  columns: [
                    { label: '投标人', width: 3 },
                    { label: '原因', width: 6 },
                    { label: '依据', width: 2 },
                  ],
                  rows: evaluation.rejected.map(({ bidder, reasons, law }) => [bidder.name, reasons.join('；'), law]),
                },
              },
            ]),
        {
          heading: '质疑',
          paragraphs: [
            `供应商认为中标结果使自己的权益受到损害的，可以在公告期限届满之日起 7 个工作日内，即 ${chinese(limits.questionsUntil)}前，以书面形式提出质疑。依据：政府采购法第五十二条。`,
            `监督部门：${content.contactSupervisor}`,
          ],
        },
      ],
      check: checkOf(house, { number: `${tender.code}-${lot.no}-GG`, see: `/tenders/${tender.id}` }),
      footer: issuedBy(house, at),
      at,
    },
    '发布中标结果公告',
  );
}
