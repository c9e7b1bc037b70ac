import { EvaluationResult } from '../evaluation/index.ts';
import type { PublicTender, TenderBundle } from '../publication/index.ts';
import {
  canonical,
  found,
  Malformed,
  parseCanonical,
  type AuditQuestion,
  type Check,
  type LogView,
} from '../trust/index.ts';
import { ZodError } from 'zod';
import { auditEvidence, type EvidenceAudit } from './evidence.checks.ts';
import { evidenceFiles, type EvidenceFile } from './evidence.ts';
import type { EvidenceFiles } from './evidence.read.ts';
import type { Findings } from './record.ts';

/* A tender that a page shows, checked from its public material as if that had been downloaded as evidence. */

type FetchPiece = (href: string, sha256: string) => Promise<Uint8Array<ArrayBuffer> | undefined>;

/** The files that a tender's material would be in a tar; pieces of ciphertext are fetched when they are read. */
export function filesOfBundle(bundle: TenderBundle, fetchPiece: FetchPiece): EvidenceFiles {
  const files = new Map(evidenceFiles(bundle).map((file) => [file.path, file] as const));
  const hrefs = new Map(
    bundle.lots.flatMap(({ bids }) => bids.flatMap(({ pieces }) => pieces.map(({ sha256, href }) => [sha256, href]))),
  );
  const read = async (file: EvidenceFile | undefined): Promise<Uint8Array<ArrayBuffer> | undefined> =>
    file?.bytes ? new Uint8Array(file.bytes) : file && fetchPiece(hrefs.get(file.sha256) ?? '', file.sha256);
  return {
    names: [...files.keys()],
    size: (name) => files.get(name)?.size,
    read: (name) => read(files.get(name)),
  };
}

/** Makes a tender that a page shows ready to be checked: the numbered checks of its evidence, and that it is what the page shows. */
export async function auditShown({
  tender,
  bundle,
  fetchPiece,
  ...given
}: Pick<AuditQuestion, 'keys' | 'receipts' | 'roots'> & {
  readonly tender: PublicTender;
  readonly bundle: TenderBundle;
  readonly fetchPiece: FetchPiece;
}): Promise<EvidenceAudit> {
  const audit = await auditEvidence(await filesOr(bundle, fetchPiece), given);
  // Sums over files that were made a moment ago say nothing.
  return { ...audit, checks: [shown(tender, bundle), ...audit.checks.filter(({ no }) => no !== 1501 && no !== 1505)] };
}

/** Material that cannot even be written as files is checked all the same, and found unreadable. */
async function filesOr(bundle: TenderBundle, fetchPiece: FetchPiece): Promise<EvidenceFiles> {
  try {
    return filesOfBundle(bundle, fetchPiece);
  } catch (fault) {
    if (!(fault instanceof Malformed) && !(fault instanceof ZodError) && !(fault instanceof RangeError)) throw fault;
    return { names: [], size: () => undefined, read: async () => undefined };
  }
}

const shown = (tender: PublicTender, bundle: TenderBundle): Check<LogView> => ({
  no: 307,
  id: 'notice.shown',
  zh: '本页显示的就是公开资料里的',
  en: 'What this page shows is what the public material says',
  run: async () => {
    const findings: Findings = [];
    const wrong = (zh: string, en: string): void => void findings.push(found.broken(zh, en));
    if (
      canonical(tender.content) !== bundle.tender.content ||
      tender.id !== bundle.tender.id ||
      tender.code !== bundle.tender.code ||
      tender.noticeLeaf !== bundle.tender.noticeLeaf
    )
      wrong('本页的公告与公开资料不同。', 'The notice on this page is not that of the public material.');
    for (const lot of tender.lots) {
      const material = bundle.lots.find(({ id }) => id === lot.id);
      const [zh, en] = [`第 ${lot.no} 包：`, `Lot ${lot.no}: `];
      if (material?.state !== lot.state)
        wrong(`${zh}本页的状态与公开资料不同。`, `${en}its state is another one here.`);
      const prices = new Map(
        bundle.entries.flatMap(({ body }) =>
          body?.s === lot.id && body.t === 'open.result'
            ? [[String(body.p['bid']), (body.p['price'] ?? null) as string | null] as const]
            : [],
        ),
      );
      for (const { bidId, price, state } of lot.opening?.bids ?? [])
        if (state !== 'sealed' && prices.has(bidId) && prices.get(bidId) !== price)
          wrong(`${zh}本页的报价与记录不同。`, `${en}a price on this page is not the one on record.`);
      if (lot.evaluation && material?.result) {
        const result = new Map(
          EvaluationResult.parse(parseCanonical(material.result)).bids.map((bid) => [bid.bidId, bid]),
        );
        for (const { bidId, total, rank } of lot.evaluation.scores)
          if (result.get(bidId)?.total !== total || result.get(bidId)?.rank !== rank)
            wrong(
              `${zh}本页的得分或名次与评审结果不同。`,
              `${en}a score or rank on this page is not that of the result.`,
            );
      }
      if (lot.award && material?.award) {
        const award = parseCanonical(material.award) as { bidId?: unknown; price?: unknown };
        if (award.bidId !== lot.award.bidId || award.price !== lot.award.price)
          wrong(`${zh}本页的中标结果与签名的定标不同。`, `${en}the award on this page is not the signed one.`);
      }
    }
    return findings.length > 0
      ? findings
      : [found.holds('公告、报价、得分和中标结果都一致。', 'Notice, prices, scores and award are the same.')];
  },
});
