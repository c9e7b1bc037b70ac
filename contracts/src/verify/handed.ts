import { CloseDocument } from '../bidding/index.ts';
import { toHex } from '../kernel/bytes.ts';
import {
  beginAudit,
  bytesOf,
  equalBytes,
  found,
  leafHash,
  Malformed,
  openCheckpoint,
  parseBody,
  parseCanonical,
  parseLeaf,
  parseProof,
  parseVerifierKey,
  provesInclusion,
  sha256Hex,
  verifyReceipt,
  type Check,
  type EntryBody,
  type LogView,
  type SignedCheckpoint,
  type VerifierKey,
} from '../trust/index.ts';
import { nowhere, type EvidenceAudit } from './evidence.checks.ts';
import { VerifyEvidence } from './proof.ts';
import type { Findings } from './record.ts';

/*
 * What somebody else's check wrote down as proof, checked again from the signed statements in it alone: whoever is
 * handed such a file believes neither its sender nor the sentences in it.
 */

/** An entry that a signed checkpoint is shown to hold. */
type Proven = {
  readonly index: number;
  readonly leaf: string;
  readonly body: EntryBody | undefined;
  readonly checkpoint: SignedCheckpoint;
  /** A receipt of a sealed entry or the entry as it stands in the log: from whom it came does not matter. */
  readonly text: string;
};

/** Makes proof that was handed over ready to be checked; undefined where the text is no such file. */
export function auditHanded(text: string, keys: readonly VerifierKey[]): EvidenceAudit | undefined {
  const file = fileIn(text);
  if (!file) return undefined;
  const own = keys.some(({ kind }) => kind === 1);
  const used = own ? keys : file.verifierKeys.flatMap(keyIn);
  const view = beginAudit({ source: nowhere, keys: used });
  const proven = provenIn(file, used);
  const checkpoints = [
    ...file.statements.flatMap((statement) => attempt(() => openCheckpoint(statement, used))),
    ...proven.map(({ checkpoint }) => checkpoint),
  ];
  return {
    view,
    title: file.subject,
    checks: [checkKeys(own), contradictions(checkpoints, proven), omissions(proven, file.statements), rest(file)],
  };
}

function fileIn(text: string): VerifyEvidence | undefined {
  try {
    return VerifyEvidence.safeParse(JSON.parse(text)).data;
  } catch (fault) {
    if (fault instanceof SyntaxError) return undefined;
    throw fault;
  }
}

/** A statement that cannot be read or does not hold proves nothing. */
function attempt<T>(work: () => T): T[] {
  try {
    return [work()];
  } catch (fault) {
    if (fault instanceof Malformed) return [];
    throw fault;
  }
}
const keyIn = (text: string): VerifierKey[] => attempt(() => parseVerifierKey(text));

function provenIn({ statements, entries }: VerifyEvidence, keys: readonly VerifierKey[]): Proven[] {
  const receipts = statements.flatMap((text): Proven[] => {
    const check = verifyReceipt({ proof: text, verifierKeys: keys });
    return check.ok ? [{ ...check.receipt, text }] : [];
  });
  const shown = entries.flatMap(({ index, text, proof }): Proven[] => {
    if (proof === null) return [];
    return attempt(() => {
      const { index: at, proof: path, checkpoint: note } = parseProof(proof);
      const checkpoint = openCheckpoint(note, keys);
      const { size, root } = checkpoint;
      const leaf = leafHash(bytesOf(text));
      if (at !== index || !provesInclusion({ index, size, leaf, proof: path, root })) throw new Malformed('entry');
      return { index, leaf: toHex(leaf), body: bodyOf(text), checkpoint, text: proof };
    });
  });
  return [...receipts, ...shown];
}

/** What a public entry says; a leaf that cannot be read is one all the same. */
function bodyOf(text: string): EntryBody | undefined {
  return attempt(() => (parseLeaf(bytesOf(text))?.kind === 'public' ? parseBody(parseCanonical(text)) : undefined))[0];
}

const checkKeys = (own: boolean): Check<LogView> => ({
  no: 201,
  id: 'log.key',
  zh: '日志的公钥',
  en: 'The key of the log',
  run: async ({ keys }) => {
    const names = keys.map(({ name }) => name).join('、');
    if (own) return [found.holds('使用您事先持有的公钥。', 'The keys you already held are used.')];
    return keys.length === 0
      ? [found.unknown('没有公钥，无法核对。', 'Without a key nothing can be checked.')]
      : [
          found.holds(
            `公钥来自这份文件（${names}）：请与招标文件里印的比对，否则什么也证明不了。`,
            `The keys are those of the file (${names}): compare them with the ones printed in the tender documents, or this proves nothing.`,
          ),
        ];
  },
});

/** Two signed statements that no honest log can both have made. */
const contradictions = (checkpoints: readonly SignedCheckpoint[], proven: readonly Proven[]): Check<LogView> => ({
  no: 210,
  id: 'log.contradiction',
  zh: '签过的内容互不矛盾',
  en: 'Signed statements do not contradict each other',
  run: async ({ evidence }) => {
    const findings: Findings = [];
    for (const [at, one] of checkpoints.entries()) {
      const other = checkpoints
        .slice(at + 1)
        .find(({ origin, size, root }) => origin === one.origin && size === one.size && !equalBytes(root, one.root));
      if (!other) continue;
      evidence.push(one.note, other.note);
      findings.push(
        found.broken(
          `${one.origin} 给 ${one.size} 条记录签过两个不同的检查点。`,
          `${one.origin} has signed two different checkpoints of ${one.size} entries.`,
        ),
      );
    }
    for (const [at, one] of proven.entries()) {
      const other = proven
        .slice(at + 1)
        .find(
          ({ index, leaf, checkpoint }) =>
            checkpoint.origin === one.checkpoint.origin && index === one.index && leaf !== one.leaf,
        );
      if (!other) continue;
      evidence.push(one.text, other.text);
      findings.push(
        found.broken(
          `${one.checkpoint.origin} 证明过两条不同的第 ${one.index} 条记录：历史被改写，或者给不同的人看了不同的内容。`,
          `${one.checkpoint.origin} has proven two different entries ${one.index}: its history was rewritten, or different people were shown different things.`,
          one.index,
        ),
      );
    }
    return findings.length > 0
      ? findings
      : [
          found.holds(
            `文件里的 ${checkpoints.length} 个检查点和 ${proven.length} 条记录之间没有矛盾。`,
            `The ${checkpoints.length} checkpoints and ${proven.length} entries of the file do not contradict each other.`,
          ),
        ];
  },
});

/** A receipt from before a close whose document does not list it. */
const omissions = (proven: readonly Proven[], statements: readonly string[]): Check<LogView> => ({
  no: 402,
  id: 'close.receipts',
  zh: '手里的回执都在截止文件里',
  en: 'The receipts at hand are in the close document',
  run: async ({ evidence }) => {
    const findings: Findings = [];
    for (const { body, index, checkpoint, text } of proven) {
      if (body?.t !== 'tender.close') continue;
      const document = statements.find((one) => sha256Hex(bytesOf(one)) === body.p['document']);
      const [close] =
        document === undefined ? [] : attempt(() => CloseDocument.safeParse(parseCanonical(document)).data);
      if (document === undefined || !close) continue;
      const listed = new Set([...close.heads, ...close.others].map(({ leaf }) => leaf));
      for (const bid of proven) {
        const isOfLot =
          (bid.body?.t === 'bid.receipt' || bid.body?.t === 'bid.withdraw') &&
          bid.body.s === body.s &&
          bid.checkpoint.origin === checkpoint.origin;
        if (!isOfLot || bid.index > index || listed.has(bid.leaf)) continue;
        evidence.push(bid.text, text, document);
        findings.push(
          found.broken(
            `第 ${bid.index} 条记录在截止（第 ${index} 条）之前收到，截止文件却没有它。`,
            `Entry ${bid.index} was received before the close (entry ${index}), and the close document leaves it out.`,
            index,
          ),
        );
      }
    }
    return findings.length > 0
      ? findings
      : [found.holds('文件里没有截止文件漏列的回执。', 'The file holds no receipt that a close document leaves out.')];
  },
});

/** What else the file claims rests on more than it carries. */
const rest = ({ findings, subject }: VerifyEvidence): Check<LogView> => ({
  no: 211,
  id: 'log.claims',
  zh: '文件里的其他说法',
  en: 'What else the file says',
  run: async ({ evidence }) => {
    // Proven above: the sentences of whoever wrote the file add nothing.
    if (evidence.length > 0) return [];
    return findings.map(({ no, zh, en }) =>
      found.unknown(
        `${no}：“${zh}” 单凭这份文件无法核对，请对 ${subject} 重新运行检查。`,
        `${no}: “${en}” cannot be told from this file alone; run the check again on ${subject}.`,
      ),
    );
  },
});
