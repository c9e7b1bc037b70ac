import { checkFault, evidenceHash } from '../opening/index.ts';
import { found, type AuditedEntry, type EntryBody } from '../trust/index.ts';
import type { TenderCase } from './case.ts';
import type { Findings, Lot } from './record.ts';

type Named = { readonly code: string; readonly party: string; readonly evidence?: string | null };

/** Was a bid rightly named faulty? Recomputed from the public evidence whose hash the log names; where that is for those entitled only, it cannot be told. */
export async function publicFaultFindings(lot: Lot, of: TenderCase, entry: AuditedEntry): Promise<Findings> {
  const said = entry.body?.p ?? {};
  const bid = lot.bids.find(({ bidId }) => bidId === said['bid']);
  const zh = `第 ${lot.no} 包记录 ${entry.index}`;
  const en = `Lot ${lot.no}, entry ${entry.index}`;
  const named = (said['faults'] as readonly Named[] | undefined) ?? [];
  const entries = of.log.entries.flatMap(({ body }): EntryBody[] => (body?.s === lot.id ? [body] : []));
  const findings: Findings = [];
  for (const { code, evidence: hash } of named) {
    const text = bid?.faults.find((one) => one.hash === hash)?.evidence;
    if (text === undefined) {
      findings.push(
        found.unknown(
          `${zh}：这份投标被认定打不开（${code}），证据只给监督部门和投标人，凭公开内容无法判断。`,
          `${en}: this bid was named faulty (${code}); the evidence is for supervision and its bidder, and from what is public it cannot be told.`,
        ),
      );
      continue;
    }
    if (evidenceHash(text) !== hash) {
      findings.push(
        found.broken(`${zh}：公开的证据不是记录所指的。`, `${en}: the evidence is not the one on record.`, entry.index),
      );
      continue;
    }
    const check = await checkFault({
      evidence: text,
      manifestHash: String(said['manifest']),
      entries,
      fetchPiece: (sha256) =>
        of.source.piece(`/api/lots/${lot.id}/opening/bids/${String(said['bid'])}/pieces/${sha256}`, sha256),
    });
    const [ofZh, ofEn] = [`${zh}：${code}，${check.zh}`, `${en}: ${code}. ${check.en}`];
    if (check.outcome === 'holds') findings.push(found.holds(ofZh, ofEn));
    else if (check.outcome === 'refuted') findings.push(found.broken(ofZh, ofEn, entry.index));
    else findings.push(found.unknown(ofZh, ofEn));
  }
  if (named.length === 0)
    findings.push(
      found.broken(`${zh}：认定打不开，却没有说明理由。`, `${en}: named faulty without a reason.`, entry.index),
    );
  return findings;
}
