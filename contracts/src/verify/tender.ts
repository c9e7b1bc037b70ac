import { TenderBundle } from '../publication/index.ts';
import { found, Malformed, type Check, type LogView } from '../trust/index.ts';
import { beginCase, eachLot, withBundle, type TenderCase, type TenderCheck, type TenderSource } from './case.ts';
import { closeFindings, receiptInCloseFindings, replacementFindings } from './close.ts';
import { outageFindings } from './outage.ts';
import { faultFindings, partFindings, releaseFindings, shareFindings, sheetFindings } from './entitled.ts';
import { drawFindings } from './draws.ts';
import { noticeFindings } from './notice.ts';
import { acceptanceFindings, amendmentFindings } from './officers.ts';
import { priceFindings } from './opening.ts';
import { rankingFindings } from './ranking.ts';
import {
  actFindings,
  awardFindings,
  bidSignatureFindings,
  entryFindings,
  readable,
  standingFindings,
  type Findings,
  type Lot,
} from './record.ts';
import { closeTermFindings, resultTermFindings } from './terms.ts';
import { bidTimeFindings, closeTimeFindings, orderFindings } from './time.ts';

/*
 * The checks of one tender, behind those of the log: what was signed is what was published, the bids that count
 * are those that were received, what opened is what was sealed, and the ranking follows from the numbers. Uses
 * only what is public.
 */

/** Reads the material, and remembers it for the checks behind. */
async function readMaterial(of: TenderCase): Promise<Findings> {
  const read = TenderBundle.safeParse(
    await of.source.bundle().catch((fault: unknown) => {
      if (!(fault instanceof SyntaxError)) throw fault;
    }),
  );
  if (!read.success)
    return [found.broken('公开资料不是规定的格式。', 'The public material is not in its required form.')];
  if (read.data.tender.id !== of.tenderId)
    return [found.broken('给出的是另一个项目的资料。', 'This is the material of another tender.')];
  const size = of.log.checkpoint?.size ?? of.log.entries.length;
  if (read.data.entries.some(({ index }) => index >= size))
    return [
      found.unknown(
        '核对期间项目有了新的记录，请再核对一次。',
        'The tender has new entries since the log was read: check again.',
      ),
    ];
  of.bundle = read.data;
  try {
    of.entitled = await of.source.entitled?.();
  } catch (fault) {
    if (!(fault instanceof Malformed)) throw fault;
    return [
      found.broken(
        '只给有权者的部分不是规定的格式。',
        'What only those entitled are given is not in its required form.',
      ),
    ];
  }
  return [
    found.holds(
      `${read.data.tender.code}，${read.data.lots.length} 个包。`,
      `${read.data.tender.code}, ${read.data.lots.length} lots.`,
    ),
  ];
}

/** A check that finds nothing to say says so. */
const spoken =
  (run: (of: TenderCase) => Promise<Findings>, zh: string, en: string): TenderCheck['run'] =>
  async (of) => {
    const findings = await run(of);
    return findings.length > 0 ? findings : [found.holds(zh, en)];
  };

/** A check that only those entitled can make. */
const entitledLot = (work: (lot: Lot, of: TenderCase) => Findings | Promise<Findings>): TenderCheck['run'] =>
  spoken(
    eachLot((lot, of) => (of.entitled ? work(lot, of) : [])),
    '公开资料里没有这部分；有权查看的人可以核对。',
    'Not part of what is public; those entitled can check it.',
  );

/**
 * The checks of a tender in the order of its life. A number is never given twice: a new check takes the next free one
 * of its group (docs/protocol/README.md), and one that is retired leaves a gap.
 */
export const tenderRegistry: readonly TenderCheck[] = [
  { no: 301, id: 'notice.material', zh: '项目的公开资料', en: 'The public material of the tender', run: readMaterial },
  {
    no: 302,
    id: 'notice.signed',
    zh: '公告就是发布时签名的那一份',
    en: 'The notice is the one that was signed at publication',
    run: withBundle((bundle, of) =>
      readable('公告', 'The notice', () => {
        const { findings, content } = noticeFindings(bundle, of.log);
        of.content = content;
        return findings;
      }),
    ),
  },
  {
    no: 303,
    id: 'notice.entries',
    zh: '附带的记录',
    en: 'The entries that come along',
    run: withBundle((bundle, { log, isWhole }) =>
      readable('附带的记录', 'What comes along', () => entryFindings(bundle, log, isWhole)),
    ),
  },
  {
    no: 304,
    id: 'notice.signatures',
    zh: '每个签名',
    en: 'Every signature',
    run: withBundle((bundle, { log, roots }) =>
      readable('签名文件', 'A signed document', () => actFindings(bundle, log, { roots })),
    ),
  },
  {
    no: 305,
    id: 'notice.amended',
    zh: '开标人的更换',
    en: 'Replacements of officers',
    run: withBundle((bundle, { log }) => readable('公告的修改', 'An amendment', () => amendmentFindings(bundle, log))),
  },
  {
    no: 306,
    id: 'notice.accepted',
    zh: '开标人都证明过钥匙',
    en: 'Every officer had proven the key',
    run: withBundle((bundle, { log, isWhole }) =>
      readable('钥匙证明', 'A proof of a key', () => acceptanceFindings(bundle, log, isWhole)),
    ),
  },
  {
    no: 401,
    id: 'close.bids',
    zh: '算数的投标就是收到的投标',
    en: 'The bids that count are those that were received',
    run: eachLot((lot, { log, content, entitled }, bundle) => [
      ...standingFindings(lot, log),
      ...closeTermFindings(lot, log, { tenderId: bundle.tender.id, content }),
      ...replacementFindings(lot, log, entitled),
      ...closeFindings(lot, log),
    ]),
  },
  {
    no: 402,
    id: 'close.receipts',
    zh: '手里的回执都在截止文件里',
    en: 'The receipts at hand are in the close document',
    run: spoken(
      eachLot((lot, { log }) => receiptInCloseFindings(lot, log)),
      '手里没有这个项目的回执。投标人请带上自己的回执再核对一次。',
      'No receipt of this tender is at hand. Bidders check once more with their own.',
    ),
  },
  {
    no: 501,
    id: 'bids.signed',
    zh: '每份投标由投标人签名',
    en: 'Every bid is signed by its bidder',
    run: eachLot((lot, { log, roots }) => bidSignatureFindings(lot, log, { roots })),
  },
  {
    no: 601,
    id: 'opening.prices',
    zh: '打开的报价就是封存的报价',
    en: 'The prices that were opened are those that were sealed',
    run: eachLot((lot, { log, source }, bundle) => priceFindings(bundle, lot, { view: log, source })),
  },
  {
    no: 602,
    id: 'opening.shares',
    zh: '钥匙由开标人的份额合成',
    en: 'Keys come from the officers’ shares',
    run: entitledLot(shareFindings),
  },
  {
    no: 603,
    id: 'opening.parts',
    zh: '其余部分也与封存的一致',
    en: 'The other parts are what was sealed, too',
    run: entitledLot(partFindings),
  },
  {
    no: 604,
    id: 'opening.batches',
    zh: '每位开标人交出的份额',
    en: 'What each officer released',
    run: entitledLot(releaseFindings),
  },
  {
    no: 701,
    id: 'faults.named',
    zh: '打不开的投标，是谁的责任',
    en: 'Bids that did not open, and whose fault that was',
    run: spoken(eachLot(faultFindings), '没有打不开的投标。', 'No bid stayed shut.'),
  },
  {
    no: 801,
    id: 'evaluation.ranking',
    zh: '名次可以由公开的数字重新算出',
    en: 'The ranking follows from the published numbers',
    run: eachLot((lot, { log, content }, bundle) => [
      ...resultTermFindings(lot, log, { bundle, content }),
      ...rankingFindings(lot, log, content),
    ]),
  },
  {
    no: 802,
    id: 'evaluation.sheets',
    zh: '评分表就是当初承诺的',
    en: 'Score sheets are those that were committed to',
    run: entitledLot(sheetFindings),
  },
  {
    no: 901,
    id: 'award.first',
    zh: '中标的是排名第一的投标',
    en: 'The bid ranked first has won',
    run: eachLot((lot, { log }) => awardFindings(lot, log)),
  },
  {
    no: 1001,
    id: 'draw.again',
    zh: '每次抽取都可以重抽',
    en: 'Every draw can be held again',
    run: spoken(
      eachLot((lot, { log }) => drawFindings(lot, log)),
      '没有抽取。',
      'Nothing was drawn.',
    ),
  },
  {
    no: 1101,
    id: 'time.close',
    zh: '没有提前关闭',
    en: 'Nothing was closed early',
    run: spoken(eachLot(closeTimeFindings), '还没有截止。', 'Nothing has closed.'),
  },
  {
    no: 1102,
    id: 'time.bids',
    zh: '算数的投标没有迟到',
    en: 'No bid that counts was late',
    run: spoken(eachLot(bidTimeFindings), '还没有截止。', 'Nothing has closed.'),
  },
  {
    no: 1103,
    id: 'time.order',
    zh: '见证方记下的时间',
    en: 'The times that witnesses give',
    run: spoken(eachLot(orderFindings), '还没有截止。', 'Nothing has closed.'),
  },
  {
    no: 1301,
    id: 'outages.promise',
    zh: '故障按招标文件处理',
    en: 'Outages had the consequence that the document promises',
    run: spoken(eachLot(outageFindings), '没有因故障改变什么。', 'No outage changed anything.'),
  },
];

/** The checks of one tender, to be run behind those of the log it is held against. */
export function tenderChecks(given: {
  readonly source: TenderSource;
  readonly tenderId: string;
  readonly roots?: readonly Uint8Array[] | undefined;
  readonly isWhole?: boolean;
}): Check<LogView>[] {
  let of: TenderCase | undefined;
  return tenderRegistry.map(({ run, ...named }) => ({
    ...named,
    run: (log) => {
      of ??= beginCase(log, { ...given, roots: given.roots });
      return run(of);
    },
  }));
}
