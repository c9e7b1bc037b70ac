import { checkDraw, found, type DrawCheckId, type LogView } from '../trust/index.ts';
import { entriesOf, type Findings, type Lot } from './record.ts';

const words: Readonly<Record<DrawCheckId, readonly [zh: string, en: string]>> = {
  pool: ['名单不合格式', 'the pool is not in its form'],
  freeze: ['封存清单不属于这份名单', 'the commitments belong to another pool'],
  escrows: ['有人没有向其他各方托管', 'a number was not dealt to the others'],
  contributions: ['有一方的数缺失或与封存的不符', 'a number is missing or is not the one sealed'],
  result: ['结果重抽后不同', 'drawing again gives another result'],
  declines: ['递补没有按候补次序', 'an absence was not followed by the next reserve'],
  names: ['姓名与化名不符', 'a name does not stand behind its pseudonym'],
  log: ['公开日志说的不同', 'the log says otherwise'],
};

/** Every finished draw of a lot is held again from its record and compared with the log; a draw that the log tells of must be there. */
export function drawFindings(lot: Lot, view: LogView): Findings {
  const entries = view.entries.flatMap(({ body }) => (body?.s === lot.id ? [{ t: body.t, p: body.p }] : []));
  const findings: Findings = [];
  const place = (drawId: string) =>
    entriesOf(view, lot.id, 'draw.result').find(({ body }) => body?.p['draw'] === drawId)?.index;
  for (const record of lot.draws) {
    const wrong = checkDraw(record, entries).filter(({ ok }) => ok === false);
    const { drawId, title } = record.pool;
    for (const { id } of wrong)
      findings.push(
        found.broken(
          `第 ${lot.no} 包“${title}”：${words[id][0]}。`,
          `Lot ${lot.no}, draw ${drawId}: ${words[id][1]}.`,
          place(drawId),
        ),
      );
    if (wrong.length === 0)
      findings.push(
        found.holds(
          `第 ${lot.no} 包“${title}”：${record.contributions.length} 方出数，重抽的结果一致。`,
          `Lot ${lot.no}, draw ${drawId}: ${record.contributions.length} contributed, drawing again gives the same.`,
        ),
      );
  }
  for (const { body, index } of entriesOf(view, lot.id, 'draw.result'))
    if (!lot.draws.some(({ pool }) => pool.drawId === body?.p['draw']))
      findings.push(
        found.broken(
          `第 ${lot.no} 包有一次抽取没有公开记录。`,
          `Lot ${lot.no}: a draw on record is not published.`,
          index,
        ),
      );
  const voids = entriesOf(view, lot.id, 'draw.void').length;
  if (voids > 0)
    findings.push(
      found.holds(
        `第 ${lot.no} 包有 ${voids} 次抽取作废，原因都在日志里。`,
        `Lot ${lot.no}: ${voids} draws were void, each with its reason in the log.`,
      ),
    );
  return findings;
}
