import { CloseDocument, deadlineBy } from '../bidding/index.ts';
import { EvaluationResult, isOverLimit, reopenGroundNames } from '../evaluation/index.ts';
import { toHex } from '../kernel/index.ts';
import type { TenderBundle } from '../publication/index.ts';
import type { TenderContent } from '../tendering/index.ts';
import { found, Manifest, manifestHashOf, parseCanonical, type LogView, type EntryBody } from '../trust/index.ts';
import { entriesOf, type Findings, type Lot } from './record.ts';

/*
 * What a house could write into its own log and sign nothing false: another deadline, a second close, a bid nobody
 * handed in, a bid left out of the evaluation, other terms than the notice's. Each is held against what was signed.
 */

type Told = (zh: string, en: string, index?: number) => void;

function collecting(lot: Pick<Lot, 'no'>, work: (wrong: Told, findings: Findings) => void): Findings {
  const findings: Findings = [];
  work(
    (zh, en, index) => findings.push(found.broken(`第 ${lot.no} 包：${zh}。`, `Lot ${lot.no}: ${en}.`, index)),
    findings,
  );
  return findings;
}

/** A tender is published once, by the entry that every bid was sealed to. */
export function publicationFindings(bundle: TenderBundle, view: LogView): Findings {
  const published = view.entries.filter(
    ({ body }) =>
      body?.t === 'tender.publish' && (body.s === bundle.tender.id || body.p['tender'] === bundle.tender.id),
  );
  const [first, ...more] = published;
  if (first && toHex(first.hash) === bundle.tender.noticeLeaf && more.length === 0) return [];
  return [
    found.broken(
      '记录簿里这个项目的公告不止一份，或不是这一份。',
      'The log holds more than one notice of this tender, or another one.',
      (more[0] ?? first)?.index,
    ),
  ];
}

/** The deadline by notice and log, and until when the identical bytes could be handed in again. */
export const dueBy = (
  lot: Pick<Lot, 'id'>,
  view: LogView,
  { tenderId, content }: { readonly tenderId: string; readonly content: TenderContent },
): ReturnType<typeof deadlineBy> =>
  deadlineBy(
    view.entries.flatMap(({ body }) => (body?.s === lot.id ? [body] : [])),
    { lotId: lot.id, tenderId, deadline: content.deadline, terms: content.outage },
  );

const isRedelivered = ({ ts, p }: EntryBody, due: ReturnType<typeof deadlineBy> | undefined): boolean =>
  p['redelivered'] === true && due?.redeliverUntil != null && ts < due.redeliverUntil;

const once = ['tender.close', 'lot.open', 'award.decide'];
/** Once in each round: an evaluation that was reopened on record has one more. */
const onceARound = ['eval.close', 'eval.result'];

/** Deadline and place of the close are those of the notice, everything happened once, and no bid is later than the deadline. */
export const closeTermFindings = (
  lot: Lot,
  view: LogView,
  { tenderId, content }: { readonly tenderId: string; readonly content: TenderContent | undefined },
): Findings =>
  collecting(lot, (wrong, findings) => {
    for (const type of once) {
      const second = entriesOf(view, lot.id, type)[1];
      if (second) wrong(`记录簿里有两次“${type}”`, `the log has “${type}” twice`, second.index);
    }
    const reopened = entriesOf(view, lot.id, 'eval.reopen');
    const [decided] = entriesOf(view, lot.id, 'award.decide');
    const roundOf = (index: number): number => reopened.filter((one) => one.index < index).length;
    for (const type of onceARound) {
      const rounds = entriesOf(view, lot.id, type).map(({ index }) => ({ index, round: roundOf(index) }));
      for (const { index, round } of rounds)
        if (rounds.some((other) => other.round === round && other.index < index))
          wrong(
            `记录簿里同一轮评审有两次“${type}”`,
            `the log has “${type}” twice for one round of the evaluation`,
            index,
          );
    }
    for (const { index, body } of reopened) {
      const before = entriesOf(view, lot.id, 'eval.result').findLast((one) => one.index < index);
      if (before === undefined || before.body?.p['result'] !== body?.p['result'])
        wrong(
          `记录 ${index} 重新评审的不是此前的结果`,
          `entry ${index} reopens another result than the one before it`,
          index,
        );
      if (!reopenGroundNames.some((ground) => ground === body?.p['ground']))
        wrong(`记录 ${index} 重新评审没有法定的情形`, `entry ${index} names no ground for evaluating again`, index);
      if (decided && decided.index < index)
        wrong(`记录 ${index} 在定标之后重新评审`, `entry ${index} reopens an evaluation after the award`, index);
    }
    const [opened] = entriesOf(view, lot.id, 'lot.open');
    const [result] = entriesOf(view, lot.id, 'open.result');
    if (result && !opened) wrong('没有开标却有开标结果', 'prices were opened without an opening', result.index);
    if (lot.close === null) return;
    const document = CloseDocument.parse(parseCanonical(lot.close));
    const { deadline, heads } = document;
    const due = content ? dueBy(lot, view, { tenderId, content }) : undefined;
    if (document.lotId !== lot.id || document.tenderId !== tenderId)
      wrong('截止文件是另一个包的', 'the close document is that of another lot');
    if (!content)
      findings.push(
        found.unknown(
          `第 ${lot.no} 包：没有可信的公告，截止时间无从核对。`,
          `Lot ${lot.no}: without a notice to trust the deadline cannot be checked.`,
        ),
      );
    else if (deadline !== due?.deadline)
      wrong(
        `截止文件写的截止时间是 ${deadline}，公告（及依公告的顺延）是 ${due?.deadline ?? content.deadline}`,
        `the close document says the deadline was ${deadline}, the notice (and what was extended by it) says ${due?.deadline ?? content.deadline}`,
      );
    if (document.closedAt < deadline) wrong('在截止时间之前就关闭了', 'it was closed before its deadline');
    for (const type of ['bid.receipt', 'bid.withdraw'])
      for (const { body, index } of entriesOf(view, lot.id, type))
        if (body && body.ts >= deadline && !(type === 'bid.receipt' && isRedelivered(body, due)))
          wrong(`记录 ${index} 在截止之后`, `entry ${index} is later than the deadline`, index);
    const listed = new Map(heads.map(({ bidId, manifestHash }) => [bidId, manifestHash]));
    if (listed.size !== heads.length) wrong('截止文件里有一份投标列了两次', 'the close document lists a bid twice');
    for (const { body, index } of entriesOf(view, lot.id, 'open.result'))
      if (listed.get(String(body?.p['bid'])) !== body?.p['manifest'])
        wrong(
          `记录 ${index} 打开的不是截止文件里的投标`,
          `what entry ${index} opened is not in the close document`,
          index,
        );
    for (const { bidId, manifest: text } of lot.bids) {
      if (!listed.has(bidId)) wrong('列出的一份投标不在截止文件里', 'a bid is shown that is not in the close document');
      if (text === null) continue;
      const manifest = Manifest.parse(parseCanonical(text));
      if (manifestHashOf(manifest) !== listed.get(bidId))
        wrong('一份投标的封存清单不是截止文件里的', 'the manifest of a bid is not the one in the close document');
      if (
        manifest.ctx.lotId !== lot.id ||
        manifest.ctx.tenderId !== tenderId ||
        manifest.ctx.seq !== heads.find((head) => head.bidId === bidId)?.seq
      )
        wrong('一份投标是封给另一个包或另一个版次的', 'a bid was sealed for another lot or as another version');
    }
  });

type Qualification = {
  readonly bids?: readonly { readonly bidId?: unknown; readonly findings?: readonly { readonly met?: unknown }[] }[];
};

/** The evaluation took in every bid that opened and qualified, and no other, by the method, the limit and the points of the notice. */
export const resultTermFindings = (
  lot: Lot,
  view: LogView,
  { bundle, content }: { readonly bundle: TenderBundle; readonly content: TenderContent | undefined },
): Findings =>
  collecting(lot, (wrong, findings) => {
    if (lot.result === null) return;
    const result = EvaluationResult.parse(parseCanonical(lot.result));
    const unknown = (zh: string, en: string): void => {
      findings.push(found.unknown(`第 ${lot.no} 包：${zh}。`, `Lot ${lot.no}: ${en}.`));
    };
    if (result.lotId !== lot.id || result.tenderId !== bundle.tender.id)
      wrong('评审结果是另一个包的', 'the result is that of another lot');

    const terms = content?.lots.find(({ no }) => no === lot.no);
    if (!terms)
      unknown(
        '没有可信的公告，评审办法无从核对',
        'without a notice to trust the terms of the evaluation cannot be checked',
      );
    else {
      const limit = BigInt(terms.ceiling ?? terms.budget);
      if (result.method !== terms.method || BigInt(result.limit) !== limit)
        wrong('评审办法或限价与公告不同', 'method or limit are not those of the notice');
      for (const { price, overLimit, responsive } of result.bids)
        if (isOverLimit(BigInt(price), limit) !== overLimit || (overLimit && responsive))
          wrong('有一份投标是否超过限价判断错了', 'whether a price is over the limit is wrong');
    }
    for (const { items, objective, subjective } of result.bids)
      for (const [kind, said] of [
        ['objective', objective],
        ['subjective', subjective],
      ] as const)
        if (items.reduce((sum, item) => (item.kind === kind ? sum + item.score : sum), 0) !== said)
          wrong('有一份投标各项得分加起来不是总分', 'the points of a bid do not add up');

    const named = String(entriesOf(view, lot.id, 'qualify.result')[0]?.body?.p['act'] ?? '');
    const act = bundle.acts.find(({ hash }) => hash === named);
    if (!act)
      return unknown(
        '没有资格审查的签名文件，无法核对评审了哪些投标',
        'the signed qualification is not at hand, so which bids had to be evaluated cannot be checked',
      );
    const { bids = [] } = parseCanonical(act.act) as Qualification;
    const passed = new Set(
      bids.filter(({ findings: own }) => own?.every(({ met }) => met === true) === true).map(({ bidId }) => bidId),
    );
    const opened = entriesOf(view, lot.id, 'open.result')
      .filter(({ body }) => body?.p['state'] === 'opened')
      .map(({ body }) => String(body?.p['bid']));
    const due = opened.filter((bidId) => passed.has(bidId)).toSorted();
    if (JSON.stringify(due) !== JSON.stringify(result.bids.map(({ bidId }) => bidId).toSorted()))
      wrong('评审的不是全部打开且合格的投标', 'the bids that were evaluated are not those that opened and qualified');
  });
