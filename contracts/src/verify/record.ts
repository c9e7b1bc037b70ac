import { EvaluationResult } from '../evaluation/index.ts';
import { fromHex, toHex } from '../kernel/index.ts';
import type { TenderBundle } from '../publication/index.ts';
import {
  bytesOf,
  equalBytes,
  found,
  leafHash,
  leafOf,
  Malformed,
  Manifest,
  manifestHashOf,
  openCheckpoint,
  parseCanonical,
  parseVerifierKey,
  provesInclusion,
  sha256Hex,
  textOf,
  verifyDetached,
  type AuditedEntry,
  type EntryBody,
  type LogView,
} from '../trust/index.ts';
import { ZodError } from 'zod';

/* What a tender's public material says, held against the log: entries, acts, signatures of bids, where each lot stands. */

export type Findings = ReturnType<typeof found.holds>[];
export type Lot = TenderBundle['lots'][number];

export const entriesOf = (view: LogView, scope: string, type: string): AuditedEntry[] =>
  view.entries.filter(({ body }) => body?.s === scope && body.t === type);

/** The entry at a place of the log; undefined where what is at hand does not hold it. */
export function entryAt(view: LogView, index: number): AuditedEntry | undefined {
  const there = view.entries[index];
  return there?.index === index ? there : view.entries.find((entry) => entry.index === index);
}

/** The entry whose leaf has this hash. */
export const entryOf = (view: LogView, leaf: string): AuditedEntry | undefined =>
  view.entries.find(({ hash }) => toHex(hash) === leaf);

/** Public material that cannot be read is as wrong as material that says something else: whoever published it signed what can be read. */
export async function readable(zh: string, en: string, work: () => Findings | Promise<Findings>): Promise<Findings> {
  try {
    return await work();
  } catch (fault) {
    if (fault instanceof Malformed || fault instanceof ZodError || fault instanceof SyntaxError)
      return [found.broken(`${zh}无法读取：不是规定的格式。`, `${en} cannot be read: it is not in its required form.`)];
    throw fault;
  }
}

/** The entries that the bundle brings along are those of the log, and their proofs lead to the checkpoint beside them. */
export function entryFindings(bundle: TenderBundle, view: LogView, isWhole = true): Findings {
  const findings: Findings = isWhole ? leftOut(bundle, view) : [];
  const wrong = (index: number, zh: string, en: string): void => {
    findings.push(
      found.broken(`附带的记录 ${index}：${zh}。`, `Entry ${index} as the material brings it: ${en}.`, index),
    );
  };
  const key = parseVerifierKey(bundle.log.verifierKey);
  if (!view.keys.some(({ name, id }) => name === key.name && id === key.id))
    findings.push(
      found.broken(
        '资料所附的日志公钥不是这份记录簿的公钥。',
        'The log key in the material is not the key of this log.',
      ),
    );
  const checkpoint = openCheckpoint(bundle.log.checkpoint, [key]);
  if (bundle.log.origin !== key.name || bundle.log.size !== checkpoint.size)
    findings.push(
      found.broken(
        '资料所附的检查点与它写的名称或条数不符。',
        'The checkpoint in the material does not have the name or size that is written beside it.',
      ),
    );
  if (checkpoint.size === view.checkpoint?.size && !equalBytes(checkpoint.root, view.checkpoint.root)) {
    view.evidence.push(view.checkpoint.note, bundle.log.checkpoint);
    findings.push(
      found.broken(
        '资料所附的检查点与记录簿的互相矛盾：同样的条数，不同的内容。',
        'The checkpoint in the material contradicts that of the log: as many entries, other content.',
      ),
    );
  }
  for (const { index, leaf, kind, commitment, body, salt, proof } of bundle.entries) {
    const logged = entryAt(view, index);
    if (!logged || toHex(logged.hash) !== leaf) {
      wrong(index, '不是记录簿里的那一条', 'it is not the one in the log');
      continue;
    }
    if (
      !provesInclusion({
        index,
        size: checkpoint.size,
        leaf: fromHex(leaf),
        proof: proof.map(fromHex),
        root: checkpoint.root,
      })
    )
      wrong(index, '证明不成立', 'its proof does not hold');
    if (body === null) continue;
    const opened = leafOf(body as EntryBody, salt === null ? undefined : fromHex(salt));
    if (!equalBytes(leafHash(opened), logged.hash) || (kind === 'commit') !== (salt !== null))
      wrong(index, '内容与记录不符', 'what it says is not what was logged');
    else if (commitment !== null && !textOf(opened).includes(commitment))
      wrong(index, '承诺值与记录不符', 'its commitment is not the one that was logged');
  }
  return findings.length > 0
    ? findings
    : [
        found.holds(
          `附带的 ${bundle.entries.length} 条记录都是记录簿里的，证明成立。`,
          `The ${bundle.entries.length} entries that come along are those of the log, and their proofs hold.`,
        ),
      ];
}

/** Public entries of the tender that the log holds and the material does not bring along, though it is not older. */
function leftOut(bundle: TenderBundle, view: LogView): Findings {
  const scopes = new Set([bundle.tender.id, ...bundle.lots.map(({ id }) => id)]);
  const brought = new Set(bundle.entries.map(({ index }) => index));
  return view.entries.flatMap(({ index, leaf, body }) =>
    leaf?.kind === 'public' && body && scopes.has(body.s) && index < bundle.log.size && !brought.has(index)
      ? [
          found.broken(
            `资料里没有记录 ${index}（${body.t}）。`,
            `The material leaves out entry ${index} (${body.t}).`,
            index,
          ),
        ]
      : [],
  );
}

type Trust = { readonly roots: readonly Uint8Array[] | undefined };
const anchors = ({ roots }: Trust) => (roots ?? []).map((der) => new Uint8Array(der));

/** Every act is the one that its entry names, by document, signature and certificate, and its signature held when it was recorded. */
export async function actFindings(bundle: TenderBundle, view: LogView, trust: Trust): Promise<Findings> {
  const findings: Findings = [];
  for (const { hash, type, act, signature, certificateSha256 } of bundle.acts) {
    const entry = view.entries.find(({ body }) => body?.p['act'] === hash && body.t === type);
    const wrong = (zh: string, en: string): void => {
      findings.push(found.broken(`${type}：${zh}。`, `${type}: ${en}.`, entry?.index));
    };
    if (!entry?.body) {
      wrong('记录簿里没有这份签名文件', 'the log names no such signed document');
      continue;
    }
    if (sha256Hex(bytesOf(act)) !== hash) wrong('签名文件与记录的不同', 'the signed document is not the one on record');
    if (sha256Hex(fromHex(signature)) !== entry.body.p['signature'])
      wrong('签名与记录的不同', 'the signature is not the one on record');
    if (certificateSha256 !== entry.body.p['certificate'])
      wrong('签名证书与记录的不同', 'the signing certificate is not the one on record');
    const verified = await verifyDetached({
      content: bytesOf(act),
      signature: fromHex(signature),
      roots: anchors(trust),
      at: new Date(entry.body.ts),
    });
    if (verified.ok) {
      if (verified.certificate.fingerprint !== certificateSha256)
        wrong('由另一张证书签名', 'it is signed with another certificate');
    } else if (verified.reason === 'certificate.untrusted' && trust.roots === undefined)
      findings.push(found.unknown(`${type}：没有受信任的根证书。`, `${type}: no trusted root certificate at hand.`));
    else wrong(`签名不成立（${verified.reason}）`, `the signature does not hold (${verified.reason})`);
  }
  for (const { sha256, der } of [...bundle.certificates, ...bundle.roots, ...bundle.timeRoots, ...bundle.crls])
    if (sha256Hex(fromHex(der)) !== sha256)
      findings.push(
        found.broken(
          `证书 ${sha256.slice(0, 12)} 与它的指纹不符。`,
          `Certificate ${sha256.slice(0, 12)} does not have its fingerprint.`,
        ),
      );
  return findings.length > 0
    ? findings
    : [
        found.holds(
          `${bundle.acts.length} 个签名都成立，都是记录在案的。`,
          `${bundle.acts.length} signatures hold, and are those on record.`,
        ),
      ];
}

/** Every bid that is shown was signed by its bidder, with the signature that its receipt names. */
export async function bidSignatureFindings(lot: Lot, view: LogView, trust: Trust): Promise<Findings> {
  const findings: Findings = [];
  let signed = 0;
  for (const { bidId, manifest: text, signature, certificateSha256 } of lot.bids) {
    if (text === null) continue;
    const manifest = Manifest.parse(parseCanonical(text));
    const receipt = entriesOf(view, lot.id, 'bid.receipt').find(
      ({ body }) => body?.p['manifest'] === manifestHashOf(manifest),
    );
    const name = [`第 ${lot.no} 包投标 ${bidId.slice(-6)}`, `Lot ${lot.no}, bid ${bidId.slice(-6)}`] as const;
    const wrong = (zh: string, en: string): void => {
      findings.push(found.broken(`${name[0]}：${zh}。`, `${name[1]}: ${en}.`, receipt?.index));
    };
    if (!receipt?.body) {
      wrong('记录簿里没有它的回执', 'the log has no receipt of it');
      continue;
    }
    if (signature === null || sha256Hex(fromHex(signature)) !== receipt.body.p['signature']) {
      wrong('投标人的签名不是回执所记的', 'the bidder’s signature is not the one its receipt names');
      continue;
    }
    const verified = await verifyDetached({
      content: bytesOf(text),
      signature: fromHex(signature),
      roots: anchors(trust),
      at: new Date(receipt.body.ts),
    });
    if (!verified.ok && verified.reason === 'certificate.untrusted' && trust.roots === undefined)
      findings.push(
        found.unknown(`${name[0]}：没有受信任的根证书。`, `${name[1]}: no trusted root certificate at hand.`),
      );
    else if (!verified.ok)
      wrong(`投标人的签名不成立（${verified.reason}）`, `the bidder’s signature does not hold (${verified.reason})`);
    else if (
      verified.certificate.fingerprint !== manifest.ctx.bidderCertSha256 ||
      certificateSha256 !== manifest.ctx.bidderCertSha256
    )
      wrong('由另一张证书签名', 'it is signed with another certificate');
    else signed += 1;
  }
  return findings.length > 0
    ? findings
    : [
        found.holds(
          `第 ${lot.no} 包：${signed} 份投标由各自的投标人签名。`,
          `Lot ${lot.no}: ${signed} bids are signed by their bidders.`,
        ),
      ];
}

/** Where the lot is said to stand is where the log leaves it, and nothing that the log tells of is left out. */
export function standingFindings(lot: Lot, view: LogView): Findings {
  const findings: Findings = [];
  const wrong = (zh: string, en: string, index?: number): void => {
    findings.push(found.broken(`第 ${lot.no} 包：${zh}。`, `Lot ${lot.no}: ${en}.`, index));
  };
  const one = (type: string): AuditedEntry | undefined => entriesOf(view, lot.id, type)[0];
  const [closed, failed, awarded, opened] = [
    one('tender.close'),
    one('lot.fail'),
    one('award.decide'),
    one('lot.open'),
  ];
  if ((lot.state === 'bidding') !== (closed === undefined))
    wrong('写的状态与记录簿的截止不符', 'its state does not agree with its close in the log', closed?.index);
  if ((lot.state === 'awarded') !== (awarded !== undefined))
    wrong('写的状态与记录簿的定标不符', 'its state does not agree with its award in the log', awarded?.index);
  if (failed && lot.state !== 'failed') wrong('记录簿里已经终止', 'the log says that it failed', failed.index);
  if (closed && lot.close === null)
    wrong(
      '记录簿里已经截止，资料里没有截止文件',
      'it has closed in the log, and the close document is left out',
      closed.index,
    );
  if (opened) {
    const results = entriesOf(view, lot.id, 'open.result')
      .map(({ body }) => String(body?.p['bid']))
      .toSorted();
    if (JSON.stringify(results) !== JSON.stringify(lot.bids.map(({ bidId }) => bidId).toSorted()))
      wrong('开标的结果与算数的投标不一一对应', 'the bids that were opened are not those that count', opened.index);
  }
  return findings;
}

/** The decision is the signed one on record, for the bid ranked first, at its price. */
export function awardFindings(lot: Lot, view: LogView): Findings {
  const [entry] = entriesOf(view, lot.id, 'award.decide');
  if (!entry?.body)
    return lot.award === null
      ? [found.holds(`第 ${lot.no} 包还没有定标。`, `Lot ${lot.no} has not been awarded.`)]
      : [found.broken(`第 ${lot.no} 包：记录簿里没有定标。`, `Lot ${lot.no}: the log has no award.`)];
  if (lot.award === null || sha256Hex(bytesOf(lot.award)) !== entry.body.p['act'])
    return [
      found.broken(
        `第 ${lot.no} 包的定标与记录不符。`,
        `The award of lot ${lot.no} is not the one on record.`,
        entry.index,
      ),
    ];
  const award = parseCanonical(lot.award) as {
    bidId?: unknown;
    price?: unknown;
    total?: unknown;
    lotId?: unknown;
    resultHash?: unknown;
  };
  // An evaluation that was reopened has several results; the last one counts.
  const evaluated = entriesOf(view, lot.id, 'eval.result').at(-1);
  const first =
    lot.result === null
      ? undefined
      : EvaluationResult.parse(parseCanonical(lot.result)).bids.find(({ bidId }) => bidId === award.bidId);
  if (
    award.lotId !== lot.id ||
    award.resultHash !== evaluated?.body?.p['result'] ||
    first?.rank !== 1 ||
    first.price !== award.price ||
    first.total !== award.total
  )
    return [
      found.broken(
        `第 ${lot.no} 包：定标的不是评审排名第一的投标，或价格、得分不同。`,
        `Lot ${lot.no}: the award is not for the bid ranked first, at its price and score.`,
        entry.index,
      ),
    ];
  return [
    found.holds(
      `第 ${lot.no} 包：中标的是评审排名第一的投标（记录 ${entry.index}）。`,
      `Lot ${lot.no}: the bid ranked first won (entry ${entry.index}).`,
    ),
  ];
}
