import { CloseDocument } from '../bidding/index.ts';
import { fromHex, toHex } from '../kernel/index.ts';
import { FaultEvidence } from '../opening/index.ts';
import {
  bytesOf,
  found,
  leafName,
  leafOf,
  Malformed,
  Manifest,
  manifestHashOf,
  parseCanonical,
  sha256Hex,
  verifyReceipt,
  type AuditedEntry,
  type LogView,
  type Receipt,
} from '../trust/index.ts';
import type { Entitled } from './evidence.ts';
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
      const old = standing.get(endedBy(one) ?? '');
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

/** The manifest of the bid that a withdrawal, or a receipt that replaces another, says has ended. */
function endedBy({ body }: AuditedEntry): string | undefined {
  const gone = body?.t === 'bid.withdraw' ? (body.p['manifest'] ?? body.p['manifestHash']) : body?.p['supersedes'];
  return typeof gone === 'string' ? gone : undefined;
}

/**
 * What a receipt says its bid replaces is what the bidder signed: whoever writes the log could otherwise have one bid
 * take another out. Looked at wherever a signed manifest is at hand; those of the bids that count always are once they
 * were opened.
 */
export function replacementFindings(lot: Lot, view: LogView, entitled: Entitled | undefined): Findings {
  const manifests = manifestsAt(lot, entitled);
  return entriesOf(view, lot.id, 'bid.receipt').flatMap(({ index, body }) => {
    const manifest = manifests.get(String(body?.p['manifest']));
    if (!manifest || (body?.p['supersedes'] ?? null) === manifest.ctx.supersedes) return [];
    return [
      found.broken(
        `第 ${lot.no} 包：记录 ${index} 写的“替换了哪份投标”，不是投标人签名的封存清单里写的。`,
        `Lot ${lot.no}: which bid entry ${index} says was replaced is not what the bidder signed.`,
        index,
      ),
    ];
  });
}

/** Every manifest of the lot that is at hand, by its hash. */
function manifestsAt(lot: Lot, entitled: Entitled | undefined): Map<string, Manifest> {
  const own = entitled?.lots.find(({ id }) => id === lot.id)?.bids ?? [];
  const texts = [
    ...lot.bids.flatMap(({ manifest, faults }) => [manifest ?? [], ...faults.map(({ evidence }) => inside(evidence))]),
    ...own.map(({ manifest }) => manifest),
  ].flat();
  return new Map(
    texts.map((text) => {
      const manifest = Manifest.parse(parseCanonical(text));
      return [manifestHashOf(manifest), manifest];
    }),
  );
}

/** The manifest that evidence for a fault brings along. What is wrong with the evidence itself the check of faults says. */
function inside(evidence: string): readonly string[] {
  try {
    const read = FaultEvidence.safeParse(parseCanonical(evidence)).data;
    return read && Manifest.safeParse(parseCanonical(read.manifest)).success ? [read.manifest] : [];
  } catch (fault) {
    if (fault instanceof Malformed) return [];
    throw fault;
  }
}

/**
 * Every receipt at hand of this lot is in its close document: a receipt from before the close that it does not list is
 * a bid that was received and left out, and the two signed texts together prove it.
 */
export function receiptInCloseFindings(lot: Lot, view: LogView): Findings {
  const [entry] = entriesOf(view, lot.id, 'tender.close');
  const findings: Findings = [];
  let compared = 0;
  const held = (view.question.receipts ?? []).flatMap(({ name, text }) => {
    const check = verifyReceipt({ proof: text, verifierKeys: view.keys });
    // What is wrong with the receipt itself the check of receipts says.
    return check.ok && check.receipt.body.s === lot.id ? [{ name, text, receipt: check.receipt }] : [];
  });
  for (const { name, text, receipt } of held) {
    const { index, leaf, body } = receipt;
    if (body.t !== 'bid.receipt' && body.t !== 'bid.withdraw') continue;
    if (lot.close === null || !entry) {
      findings.push(
        found.holds(`回执 ${name}：第 ${lot.no} 包还没有截止。`, `Receipt ${name}: lot ${lot.no} has not closed.`),
      );
      continue;
    }
    compared += 1;
    const { heads, others } = CloseDocument.parse(parseCanonical(lot.close));
    if ([...heads, ...others].some((one) => one.leaf === leaf)) {
      const end = unshownEnd(receipt, lot, view, new Set(held.map((one) => one.receipt.leaf)));
      if (end)
        findings.push(
          found.unknown(
            `按记录 ${end.index}，回执 ${name} 的投标${end.body?.t === 'bid.withdraw' ? '已撤回' : '已被替换'}。这一条只有指纹，是不是投标人自己签的，凭此无法判断：请用当时的回执，或到开标大厅由投标人自己的网页核对。`,
            `By entry ${end.index} the bid of receipt ${name} was ${end.body?.t === 'bid.withdraw' ? 'withdrawn' : 'replaced'}. That entry holds hashes only, and whether the bidder signed it cannot be told from here: bring the receipt of that step, or let the bidder’s own page in the opening hall compare it.`,
          ),
        );
      continue;
    }
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
        entry.index,
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

/** The entry that ended the bid of a receipt, where whoever holds the receipt does not hold one of that step, too. */
function unshownEnd({ body }: Receipt, lot: Lot, view: LogView, held: ReadonlySet<string>): AuditedEntry | undefined {
  const ends = ['bid.receipt', 'bid.withdraw']
    .flatMap((type) => entriesOf(view, lot.id, type))
    .filter((entry) => body.t === 'bid.receipt' && endedBy(entry) === body.p['manifest']);
  return ends.some(({ hash }) => held.has(toHex(hash))) ? undefined : ends[0];
}
