import { CloseDocument } from '../bidding/index.ts';
import { fromHex, toHex } from '../kernel/index.ts';
import {
  bytesOf,
  found,
  leafName,
  leafOf,
  parseCanonical,
  sha256Hex,
  verifyReceipt,
  type LogView,
} from '../trust/index.ts';
import { entriesOf, entryOf, type Findings, type Lot } from './record.ts';

/** The bids that count are those whose receipts stand in the log before the close, and none is left out. */
export function closeFindings(lot: Lot, view: LogView): Findings {
  if (lot.close === null) return [found.holds(`第 ${lot.no} 包还没有截止。`, `Lot ${lot.no} has not closed.`)];
  const [entry] = entriesOf(view, lot.id, 'tender.close');
  if (!entry) return [found.broken(`记录簿里没有第 ${lot.no} 包的截止。`, `The log has no close of lot ${lot.no}.`)];
  if (entry.body?.p['document'] !== sha256Hex(bytesOf(lot.close)))
    return [
      found.broken(
        `第 ${lot.no} 包的截止文件与记录不符。`,
        `The close document of lot ${lot.no} is not the one on record.`,
        entry.index,
      ),
    ];
  const document = CloseDocument.parse(parseCanonical(lot.close));
  const findings: Findings = [];
  if (entry.body.ts < document.deadline)
    findings.push(
      found.broken(
        `第 ${lot.no} 包在截止时间之前就关闭了。`,
        `Lot ${lot.no} was closed before its deadline.`,
        entry.index,
      ),
    );
  const standing = new Map<string, { leaf: string; superseded: boolean }>();
  for (const { leaf, salt } of [...document.others, ...document.heads]) {
    const logged = entryOf(view, leaf);
    if (!logged?.body || logged.index > entry.index || leafName(leafOf(logged.body, fromHex(salt))) !== leaf) {
      findings.push(
        found.broken(
          `第 ${lot.no} 包列出的一份回执不在截止之前的记录里。`,
          `A receipt that lot ${lot.no} lists is not on record before its close.`,
          logged?.index,
        ),
      );
      continue;
    }
    if (logged.body.t === 'bid.receipt') standing.set(String(logged.body.p['manifest']), { leaf, superseded: false });
  }
  const listed = new Set([...document.heads, ...document.others].map(({ leaf }) => leaf));
  for (const type of ['bid.receipt', 'bid.withdraw'])
    for (const one of entriesOf(view, lot.id, type)) {
      if (!listed.has(toHex(one.hash)))
        findings.push(
          found.broken(
            `第 ${lot.no} 包漏列了记录 ${one.index}。`,
            `Lot ${lot.no} leaves out entry ${one.index}.`,
            one.index,
          ),
        );
      const gone = String(
        type === 'bid.withdraw'
          ? (one.body?.p['manifest'] ?? one.body?.p['manifestHash'])
          : (one.body?.p['supersedes'] ?? ''),
      );
      const old = standing.get(gone);
      if (old) old.superseded = true;
    }
  const counting = [...standing]
    .filter(([, { superseded }]) => !superseded)
    .map(([manifest]) => manifest)
    .toSorted();
  if (JSON.stringify(counting) !== JSON.stringify(document.heads.map(({ manifestHash }) => manifestHash).toSorted()))
    findings.push(
      found.broken(
        `第 ${lot.no} 包算数的投标与回执不符。`,
        `The bids that count in lot ${lot.no} are not those of the receipts.`,
        entry.index,
      ),
    );
  return findings.length > 0
    ? findings
    : [
        found.holds(
          `第 ${lot.no} 包：${document.heads.length} 份投标，都在截止（记录 ${entry.index}）之前收到。`,
          `Lot ${lot.no}: ${document.heads.length} bids, all received before the close (entry ${entry.index}).`,
        ),
      ];
}

/**
 * Every receipt at hand of this lot is in its close document: a receipt from before the close that it does not list is
 * a bid that was received and left out, and the two signed texts together prove it.
 */
export function receiptInCloseFindings(lot: Lot, view: LogView): Findings {
  const [entry] = entriesOf(view, lot.id, 'tender.close');
  const findings: Findings = [];
  let compared = 0;
  for (const { name, text } of view.question.receipts ?? []) {
    const check = verifyReceipt({ proof: text, verifierKeys: view.keys });
    // What is wrong with the receipt itself the check of receipts says.
    if (!check.ok || check.receipt.body.s !== lot.id) continue;
    const { index, leaf, body } = check.receipt;
    if (body.t !== 'bid.receipt' && body.t !== 'bid.withdraw') continue;
    if (lot.close === null || !entry) {
      findings.push(
        found.holds(`回执 ${name}：第 ${lot.no} 包还没有截止。`, `Receipt ${name}: lot ${lot.no} has not closed.`),
      );
      continue;
    }
    compared += 1;
    const { heads, others } = CloseDocument.parse(parseCanonical(lot.close));
    if ([...heads, ...others].some((one) => one.leaf === leaf)) continue;
    if (index > entry.index) {
      findings.push(
        found.unknown(
          `回执 ${name} 在第 ${lot.no} 包截止之后：这份投标不算数，是否因平台故障而迟到，凭此无法判断。`,
          `Receipt ${name} is later than the close of lot ${lot.no}: this bid does not count, and whether the platform was to blame cannot be told from here.`,
        ),
      );
      continue;
    }
    view.evidence.push(text, lot.close);
    findings.push(
      found.broken(
        `回执 ${name} 证明第 ${lot.no} 包在截止之前收到了这份投标，截止文件却没有它。`,
        `Receipt ${name} proves that lot ${lot.no} received this bid before its close, and the close document leaves it out.`,
        index,
      ),
    );
  }
  if (findings.length > 0) return findings;
  return compared === 0
    ? []
    : [
        found.holds(
          `第 ${lot.no} 包：${compared} 份回执都在截止文件里。`,
          `Lot ${lot.no}: the ${compared} receipts at hand are all in the close document.`,
        ),
      ];
}
