import { limitOf, type EvaluationResult } from '@xinbiao/contracts/evaluation';
import { capitals, formatYuan } from '@xinbiao/contracts/kernel';
import { checkOf, issuedBy, issuePaper, localTime } from '../identity/index.ts';
import type { Section } from '../platform/pdf/index.ts';
import type { House } from '../platform/index.ts';
import type { PanelMember, QualificationCheck } from './evaluation.entity.ts';
import type { BidFacts, LotFacts } from './lot.facts.ts';

/** 8,250 → 82.50 */
export const points = (hundredths: number): string => (hundredths / 100).toFixed(2);
export const yuan = (fen: string | bigint): string => `¥${formatYuan(BigInt(fen))}`;

type Reported = {
  readonly house: House;
  readonly facts: LotFacts;
  readonly result: EvaluationResult;
  readonly bids: readonly BidFacts[];
  readonly members: readonly PanelMember[];
  readonly check: QualificationCheck | null;
  readonly now: Date;
};

const lowWords = {
  'half-of-mean': '低于有效报价均值的',
  'half-of-second': '低于次低报价的',
  'share-of-ceiling': '低于最高限价（预算）的',
} as const;

/** The evaluation report. @law 87号令 §58 */
export function reportPaper({ house, facts, result, bids, members, check, now }: Reported): Promise<Uint8Array> {
  const { tender, lot, content, criteria } = facts;
  const nameOf = (bidId: string): string => bids.find((bid) => bid.bidId === bidId)?.bidder.name ?? '';
  const ranked = result.bids.filter(({ rank }) => rank !== null).toSorted((a, b) => (a.rank ?? 0) - (b.rank ?? 0));
  const out = result.bids.filter(({ responsive }) => !responsive);
  const sections: Section[] = [
    {
      heading: '一、资格审查',
      paragraphs: check
        ? [
            `资格审查由采购人（代理机构）完成：${check.byName}，${localTime(check.at)}。通过 ${check.bids.filter(({ passed }) => passed).length} 家，未通过 ${check.bids.filter(({ passed }) => !passed).length} 家。`,
          ]
        : [],
    },
    {
      heading: '二、符合性审查',
      paragraphs: [
        `评标委员会 ${members.length} 人，按多数意见认定。${out.length === 0 ? '全部投标实质性响应招标文件。' : ''}`,
      ],
      ...(out.length === 0
        ? {}
        : {
            table: {
              columns: [
                { label: '投标人', width: 3 },
                { label: '同意', width: 1, align: 'right' as const },
                { label: '不同意', width: 1, align: 'right' as const },
                { label: '无效原因', width: 5 },
              ],
              rows: out.map((bid) => [
                nameOf(bid.bidId),
                String(bid.votes.for),
                String(bid.votes.against),
                [
                  ...(bid.overLimit ? [`报价 ${yuan(bid.price)} 超过最高限价（预算）${yuan(limitOf(criteria))}`] : []),
                  ...bid.reasons,
                ].join('；'),
              ]),
            },
          }),
    },
  ];
  if (result.flags.length > 0)
    sections.push({
      heading: '异常低价提示',
      paragraphs: result.flags.map(
        ({ bidId, rule, percent, price, reference }) =>
          `${nameOf(bidId)}：报价 ${yuan(price)}，${lowWords[rule]} ${percent}%（${yuan(reference)}）。依据：财库〔2026〕2号。`,
      ),
    });
  if (ranked.length > 0)
    sections.push({
      heading: '三、评审结果与排序',
      table:
        result.method === 'comprehensive'
          ? {
              columns: [
                { label: '名次', width: 1 },
                { label: '投标人', width: 4 },
                { label: '报价（元）', width: 2.4, align: 'right' },
                { label: '价格分', width: 1.3, align: 'right' },
                { label: '客观分', width: 1.3, align: 'right' },
                { label: '主观分', width: 1.3, align: 'right' },
                { label: '总分', width: 1.4, align: 'right' },
              ],
              rows: ranked.map((bid) => [
                String(bid.rank),
                nameOf(bid.bidId),
                formatYuan(BigInt(bid.price)),
                points(bid.priceScore),
                points(bid.objective),
                points(bid.subjective),
                points(bid.total),
              ]),
            }
          : {
              columns: [
                { label: '名次', width: 1 },
                { label: '投标人', width: 5 },
                { label: '报价（元）', width: 3, align: 'right' },
              ],
              rows: ranked.map((bid) => [String(bid.rank), nameOf(bid.bidId), formatYuan(BigInt(bid.price))]),
            },
      paragraphs:
        result.method === 'comprehensive' && result.base !== null
          ? [
              `评标基准价为最低有效报价 ${yuan(result.base)}；价格分 = 评标基准价 ÷ 报价 × ${criteria.priceWeight} 分，四舍五入到 0.01 分；主观项目取全体评委平均分，四舍五入到 0.01 分；客观项目由系统按招标文件计分。`,
            ]
          : [],
    });
  const [first] = ranked;
  sections.push({
    heading: ranked.length > 0 ? '四、中标候选人' : '三、评审结论',
    paragraphs: first
      ? ranked
          .filter(({ rank }) => rank === 1)
          .map((bid) => `第一名：${nameOf(bid.bidId)}，报价 ${yuan(bid.price)}（${capitals(BigInt(bid.price))}）。`)
      : ['实质性响应招标文件的投标人不足 3 家，本标段废标。依据：政府采购法第三十六条。'],
  });
  sections.push({
    heading: '评标委员会',
    table: {
      columns: [
        { label: '代号', width: 1 },
        { label: '姓名', width: 2 },
        { label: '身份', width: 2 },
        { label: '评分表承诺值', width: 6 },
      ],
      rows: members.map((member) => [
        member.expert,
        member.name,
        member.kind === 'expert' ? '评审专家' : '采购人代表',
        result.sheets.find(({ expert }) => expert === member.expert)?.commitment ?? '',
      ]),
    },
  });
  return issuePaper(
    house,
    {
      title: '评审报告',
      subtitle: `${content.title}（第 ${lot.no} 标段：${lot.title}）`,
      number: `${tender.code}-${lot.no}-PB`,
      facts: [
        ['项目编号', tender.code],
        ['采购人', content.purchaser.name],
        ...(content.agency ? ([['代理机构', content.agency.name]] as const) : []),
        ['评标方法', result.method === 'comprehensive' ? '综合评分法' : '最低评标价法'],
        ['预算', yuan(lot.budget)],
        ['评审完成时间', localTime(now)],
      ],
      sections,
      check: checkOf(house, { number: `${tender.code}-${lot.no}-PB`, see: `/tenders/${tender.id}` }),
      footer: issuedBy(house, now),
      at: now,
    },
    '出具评审报告',
  );
}

export type SignedMember = {
  readonly expert: string;
  readonly name: string;
  readonly kind: 'expert' | 'purchaser';
  readonly signedAt: Date | null;
  readonly certificateSha256: string;
  readonly signatureSha256: string;
};

/** The page of signatures: who put their name to which hashes. It stands beside the report, whose bytes never change. @law 87号令 §61 */
export function signaturesPaper({
  house,
  facts,
  hashes,
  members,
  now,
}: Pick<Reported, 'house' | 'facts' | 'now'> & {
  readonly hashes: { readonly result: string; readonly report: string };
  readonly members: readonly SignedMember[];
}): Promise<Uint8Array> {
  const { tender, lot, content } = facts;
  return issuePaper(
    house,
    {
      title: '评审报告签署页',
      subtitle: `${content.title}（第 ${lot.no} 标段：${lot.title}）`,
      number: `${tender.code}-${lot.no}-PB-QS`,
      facts: [
        ['评审结果指纹', hashes.result],
        ['评审报告指纹', hashes.report],
      ],
      sections: [
        {
          heading: '评标委员会成员签署',
          table: {
            columns: [
              { label: '代号', width: 1.4 },
              { label: '姓名', width: 1.6 },
              { label: '身份', width: 1.8 },
              { label: '签署时间', width: 2.6 },
              { label: '证书指纹', width: 4 },
              { label: '签名指纹', width: 4 },
            ],
            rows: members.map(({ expert, name, kind, signedAt, certificateSha256, signatureSha256 }) => [
              expert,
              name,
              kind === 'expert' ? '评审专家' : '采购人代表',
              signedAt ? localTime(signedAt) : '未签署',
              certificateSha256,
              signatureSha256,
            ]),
          },
          paragraphs: [
            '每位成员用本人证书对自己的评分表、评审结果和评审报告的指纹签名。未签署又没有书面说明不同意见的，视为同意评审报告。依据：政府采购货物和服务招标投标管理办法第六十一条。',
          ],
        },
      ],
      check: checkOf(house, { number: `${tender.code}-${lot.no}-PB`, see: `/tenders/${tender.id}` }),
      footer: issuedBy(house, now),
      at: now,
    },
    '出具评审报告签署页',
  );
}
