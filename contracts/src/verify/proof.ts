import { z } from 'zod';
import { Hex, Sha256Hex, toHex } from '../kernel/bytes.ts';
import {
  proveInclusion,
  proofText,
  rootOfLeaves,
  textOf,
  worst,
  type AuditedEntry,
  type CheckReport,
  type LogView,
} from '../trust/index.ts';

/**
 * What is written down where something does not hold: the findings, and every signed statement they rest on, so that a
 * third party can check them again with nothing else.
 */
export const VerifyEvidence = z.object({
  v: z.literal('xinbiao/verify-evidence/v1'),
  /** What was checked: an address, a file. */
  subject: z.string(),
  verifierKeys: z.array(z.string()),
  findings: z.array(
    z.object({
      no: z.int(),
      id: z.string(),
      outcome: z.enum(['broken', 'unknown']),
      zh: z.string(),
      en: z.string(),
      entry: z.int().nullable(),
    }),
  ),
  /** Signed texts that contradict each other, or the checkpoint that what was found is in contradiction to. */
  statements: z.array(z.string()),
  /** The entries that findings name, with the proof that the log signed them and the documents they point to. */
  entries: z.array(
    z.object({
      index: z.int(),
      leaf: Sha256Hex,
      /** The leaf's own bytes as text. */
      text: z.string(),
      /** A c2sp.org/tlog-proof file. */
      proof: z.string().nullable(),
      act: z.object({ act: z.string(), signature: Hex }).nullable(),
    }),
  ),
});
export type VerifyEvidence = z.infer<typeof VerifyEvidence>;

/** Gathers the evidence of a check that did not hold; undefined where nothing was broken. */
export async function evidenceOf(
  view: LogView,
  reports: readonly CheckReport[],
  { subject, keys }: { readonly subject: string; readonly keys: readonly string[] },
): Promise<VerifyEvidence | undefined> {
  if (worst(reports) !== 'broken') return undefined;
  const findings = reports.flatMap(({ number, id, findings }) =>
    findings.flatMap(({ outcome, zh, en, entry }) =>
      outcome === 'holds' ? [] : [{ no: number, id, outcome, zh, en, entry: entry ?? null }],
    ),
  );
  const named = new Set(
    findings.flatMap(({ outcome, entry }) => (outcome === 'broken' && entry !== null ? [entry] : [])),
  );
  const statements = [...new Set([...view.evidence, ...(view.checkpoint ? [view.checkpoint.note] : [])])];
  const entries: VerifyEvidence['entries'] = [];
  for (const entry of view.entries) if (named.has(entry.index)) entries.push(await statementOf(view, entry));
  return {
    v: 'xinbiao/verify-evidence/v1',
    subject,
    verifierKeys: [...keys],
    findings,
    statements: statements.filter((text) => text !== ''),
    entries,
  };
}

async function statementOf(view: LogView, entry: AuditedEntry) {
  const { index, hash, bytes, body } = entry;
  const act = body?.p['act'];
  const document = typeof act === 'string' ? await view.question.source.act(act).catch(() => undefined) : undefined;
  return {
    index,
    leaf: toHex(hash),
    text: textOf(bytes),
    proof: entry.proof ?? (await proofOf(view, index).catch(() => null)),
    act: document ? { act: document.act, signature: document.signature } : null,
  };
}

/** Only where every entry is at hand. */
async function proofOf({ entries, checkpoint }: LogView, index: number): Promise<string | null> {
  if (!checkpoint || entries.length !== checkpoint.size) return null;
  const proof = await proveInclusion(index, checkpoint.size, ({ level, index: at }) =>
    rootOfLeaves(entries.slice(at * 2 ** level, (at + 1) * 2 ** level).map(({ hash }) => hash)),
  );
  return proofText({ extra: null, index, proof, checkpoint: checkpoint.note });
}
