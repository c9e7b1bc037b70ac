import { CloseDocument } from '../bidding/index.ts';
import { fromHex, instantOf } from '../kernel/index.ts';
import type { TenderBundle } from '../publication/index.ts';
import { checkCloseToken, judgeBidStamps, type StampAnchors } from '../timekeeping/index.ts';
import {
  bytesOf,
  found,
  Malformed,
  openAcknowledgement,
  openCheckpoint,
  parseCanonical,
  sha256,
  verifyReceipt,
  type LogView,
  type SignedCheckpoint,
} from '../trust/index.ts';
import type { TenderCase } from './case.ts';
import { entriesOf, entryOf, type Findings, type Lot } from './record.ts';

/*
 * What time has to do with a tender, from three clocks that the platform does not own: authorities that stamped the
 * close and the bids, and witnesses that say when they saw how much of the log.
 */

/** A log takes an entry in within a second and tells its witnesses; this much later it has no excuse. */
const longestDelay = 60_000;

type Judged = Pick<TenderCase, 'roots' | 'content'>;

/** Roots one trusts; without them, or for an authority that is not among them, those that the platform names. */
const anchorsBy = ({ roots }: Judged, { timeRoots }: TenderBundle): { own: StampAnchors; named: StampAnchors } => ({
  own: { roots: roots ?? [] },
  named: { roots: timeRoots.map(({ der }) => fromHex(der)) },
});

const strangerZh = '（这家机构是平台指定的，不在您信任的根证书之内）';
const strangerEn = ' (an authority that the platform names; its root is not among those you trust)';

/** The close carries the word of an authority that its deadline had come. */
export async function closeTimeFindings(lot: Lot, of: TenderCase, bundle: TenderBundle): Promise<Findings> {
  const [entry] = entriesOf(of.log, lot.id, 'tender.close');
  if (lot.close === null || !entry?.body) return [];
  const document = CloseDocument.parse(parseCanonical(lot.close));
  const given = {
    entry: entry.body.p,
    document: sha256(bytesOf(lot.close)),
    deadline: instantOf(document.deadline),
  };
  const { own, named } = anchorsBy(of, bundle);
  const first = await checkCloseToken({ ...given, anchors: own });
  const isStranger = first.outcome === 'refused' && first.reason === 'certificate.untrusted';
  const judged = isStranger ? await checkCloseToken({ ...given, anchors: named }) : first;
  const [zh, en] = [`第 ${lot.no} 包：`, `Lot ${lot.no}: `];
  switch (judged.outcome) {
    case 'after': {
      const { time, authority } = judged.stamp;
      const late = time.getTime() - given.deadline.getTime();
      const words = [
        `${zh}${authority} 证明截止文件在 ${time.toISOString()} 已经存在，晚于截止时间 ${Math.round(late / 1000)} 秒`,
        `${en}${authority} shows that the close document existed at ${time.toISOString()}, ${Math.round(late / 1000)} s after the deadline`,
      ] as const;
      return [
        found.holds(`${words[0]}${isStranger ? strangerZh : ''}。`, `${words[1]}${isStranger ? strangerEn : ''}.`),
      ];
    }
    case 'early':
      of.log.evidence.push(lot.close);
      return [
        found.broken(
          `${zh}时间戳证明截止文件形成于 ${judged.stamp.time.toISOString()}，早于截止时间：提前关闭了。`,
          `${en}a timestamp shows that the close document was made at ${judged.stamp.time.toISOString()}, before the deadline: it was closed early.`,
          entry.index,
        ),
      ];
    case 'degraded':
      return [
        found.unknown(
          `${zh}截止时没有时间戳机构应答，只有见证方能说明何时关闭。`,
          `${en}no authority answered at the close; only witnesses can say when it was closed.`,
        ),
      ];
    case 'missing':
      return [
        found.broken(
          `${zh}截止记录没有时间戳，也没有说明为什么。`,
          `${en}the close carries no timestamp and does not say why.`,
          entry.index,
        ),
      ];
    case 'refused':
      return judged.reason === 'certificate.untrusted'
        ? [
            found.unknown(
              `${zh}截止时间戳的机构不在您信任的根证书之内。`,
              `${en}the authority that stamped the close is not under a root you trust.`,
            ),
          ]
        : [
            found.broken(
              `${zh}截止记录的时间戳不成立（${judged.reason}）。`,
              `${en}the timestamp of the close does not hold (${judged.reason}).`,
              entry.index,
            ),
          ];
  }
}

/** No bid that counts was stamped at the deadline or after. */
export async function bidTimeFindings(lot: Lot, of: TenderCase, bundle: TenderBundle): Promise<Findings> {
  if (lot.close === null) return [];
  const deadline = instantOf(CloseDocument.parse(parseCanonical(lot.close)).deadline);
  const { own, named } = anchorsBy(of, bundle);
  const findings: Findings = [];
  let held = 0;
  for (const [at, { signature, timestamps }] of lot.bids.entries()) {
    if (signature === null) continue;
    const given = { signature, timestamps, deadline };
    const first = await judgeBidStamps({ ...given, anchors: own });
    const second = await judgeBidStamps({ ...given, anchors: named });
    for (const [nth, stamp] of first.entries()) {
      const isStranger = stamp.outcome === 'refused' && stamp.reason === 'certificate.untrusted';
      const judged = (isStranger ? second[nth] : stamp) ?? stamp;
      const [zh, en] = [`第 ${lot.no} 包第 ${at + 1} 份投标：`, `Lot ${lot.no}, bid ${at + 1}: `];
      if (judged.outcome === 'before') held += 1;
      else if (judged.outcome === 'late')
        findings.push(
          found.broken(
            `${zh}${judged.stamp.authority} 证明签名形成于 ${judged.stamp.time.toISOString()}，不早于截止时间，却算了数。`,
            `${en}${judged.stamp.authority} shows that it was signed at ${judged.stamp.time.toISOString()}, not before the deadline, and yet it counts.`,
          ),
        );
      else if (judged.reason === 'certificate.untrusted')
        findings.push(
          found.unknown(
            `${zh}时间戳机构不在您信任的根证书之内。`,
            `${en}its timestamp authority is not under a root you trust.`,
          ),
        );
      else
        findings.push(
          found.broken(
            `${zh}附带的时间戳不成立（${judged.reason}）。`,
            `${en}its timestamp does not hold (${judged.reason}).`,
          ),
        );
    }
  }
  findings.push(...(await redeliveredFindings(lot, of, bundle)));
  if (findings.length > 0) return findings;
  return [
    found.holds(
      `第 ${lot.no} 包：${held} 枚时间戳都早于截止。没有时间戳的投标，由记录次序证明。`,
      `Lot ${lot.no}: all ${held} timestamps precede the deadline. Bids without one are shown by the order of the log.`,
    ),
  ];
}

/** What was handed in again after an outage provably existed before the deadline: by an authority, or by a witness. */
async function redeliveredFindings(lot: Lot, of: TenderCase, bundle: TenderBundle): Promise<Findings> {
  if (lot.close === null) return [];
  const document = CloseDocument.parse(parseCanonical(lot.close));
  const deadline = instantOf(document.deadline);
  const { named } = anchorsBy(of, bundle);
  const findings: Findings = [];
  for (const { leaf, bidId, manifestHash } of document.heads) {
    const entry = entryOf(of.log, leaf);
    const bid = lot.bids.find((one) => one.bidId === bidId);
    if (entry?.body?.p['redelivered'] !== true || bid?.signature == null) continue;
    const anchors = of.roots ? { roots: [...of.roots, ...named.roots] } : named;
    const stamps = await judgeBidStamps({ signature: bid.signature, timestamps: bid.timestamps, deadline, anchors });
    const shown = bid.acknowledgements.some((note) => {
      const read = acknowledged(note, of.log.keys);
      return read?.hash === manifestHash && read.by.some(({ time }) => (time + 1) * 1000 <= deadline.getTime());
    });
    if (shown || stamps.some(({ outcome }) => outcome === 'before')) continue;
    findings.push(
      found.broken(
        `第 ${lot.no} 包：记录 ${entry.index} 的投标是截止后补交的，却没有截止前的时间戳，也没有您信任的见证方在截止前的签收。`,
        `Lot ${lot.no}: the bid of entry ${entry.index} was handed in after the deadline, and neither an authority nor a witness you trust shows that it existed before.`,
        entry.index,
      ),
    );
  }
  return findings;
}

function acknowledged(note: string, keys: LogView['keys']): ReturnType<typeof openAcknowledgement> | undefined {
  try {
    return openAcknowledgement(note, keys);
  } catch (fault) {
    if (fault instanceof Malformed) return undefined;
    throw fault;
  }
}

/** Every view of the log at hand that witnesses have dated. */
function datedViews(view: LogView): SignedCheckpoint[] {
  const views = view.checkpoint ? [view.checkpoint] : [];
  if (view.question.earlier !== undefined) views.push(...readableView(view.question.earlier, view.keys));
  for (const { text } of view.question.receipts ?? []) {
    const check = verifyReceipt({ proof: text, verifierKeys: view.keys });
    if (check.ok) views.push(check.receipt.checkpoint);
  }
  return views;
}

/** What was kept from before; that it cannot be read another check says. */
function readableView(note: string, keys: LogView['keys']): SignedCheckpoint[] {
  try {
    return [openCheckpoint(note, keys)];
  } catch (fault) {
    if (fault instanceof Malformed) return [];
    throw fault;
  }
}

/**
 * What witnesses have dated: nobody had closed when a witness saw, before the deadline, a log that already holds the
 * close; and a bid that a witness did not see in the log well after the deadline came too late, unless an authority
 * stamped it before.
 */
export function orderFindings(lot: Lot, of: Pick<TenderCase, 'log'>): Findings {
  const [close] = entriesOf(of.log, lot.id, 'tender.close');
  if (lot.close === null || !close) return [];
  const document = CloseDocument.parse(parseCanonical(lot.close));
  const deadline = instantOf(document.deadline).getTime();
  const shown = new Map(lot.bids.map((bid) => [bid.bidId, bid]));
  const findings: Findings = [];
  let dated = 0;
  for (const { size, signed, note } of datedViews(of.log))
    for (const { key, time } of signed) {
      if (time === null) continue;
      dated += 1;
      const at = time * 1000;
      // A witness tells whole seconds, cut off: what it saw it saw within the second that follows.
      if (close.index < size && at + 1000 <= deadline) {
        of.log.evidence.push(note);
        findings.push(
          found.broken(
            `第 ${lot.no} 包：见证方 ${key.name} 在截止之前（${new Date(at).toISOString()}）就看到了截止记录。`,
            `Lot ${lot.no}: the witness ${key.name} saw the close at ${new Date(at).toISOString()}, before the deadline.`,
            close.index,
          ),
        );
      }
      if (at < deadline + longestDelay) continue;
      for (const { bidId, leaf } of document.heads) {
        const entry = entryOf(of.log, leaf);
        const bid = shown.get(bidId);
        if (!entry || entry.index < size || entry.body?.p['redelivered'] === true || (bid?.timestamps.length ?? 0) > 0)
          continue;
        const saw = new Date(at).toISOString();
        const zh = `第 ${lot.no} 包：见证方 ${key.name} 在截止之后（${saw}）看到的日志里还没有记录 ${entry.index} 的投标`;
        const en = `Lot ${lot.no}: the log that the witness ${key.name} saw at ${saw}, after the deadline, did not hold the bid of entry ${entry.index}`;
        // Before the opening nobody but its bidder sees whether a bid was stamped.
        if (bid?.manifest == null) {
          findings.push(
            found.unknown(
              `${zh}；开标后看它有没有截止前的时间戳。`,
              `${en}; the opening will show whether it was stamped in time.`,
            ),
          );
          continue;
        }
        of.log.evidence.push(note);
        findings.push(
          found.broken(
            `${zh}，它也没有时间戳：是迟到后补进去的。`,
            `${en}, and no authority stamped it: it was put in late.`,
            entry.index,
          ),
        );
      }
    }
  if (findings.length > 0) return findings;
  return [
    dated > 0
      ? found.holds(
          `第 ${lot.no} 包：见证方记下的时间与截止和投标的次序相符。`,
          `Lot ${lot.no}: the times that witnesses give agree with the order of bids and close.`,
        )
      : found.holds(
          `第 ${lot.no} 包：手里没有见证方记时的检查点，时间只由时间戳证明。`,
          `Lot ${lot.no}: there is no checkpoint at hand that a witness has dated; only timestamps speak of time.`,
        ),
  ];
}
