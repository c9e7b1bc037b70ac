import { toHex } from '../kernel/bytes.ts';
import { openingPlans, rulebooks, type RulebookId } from '../rulebook/index.ts';
import {
  bytesOf,
  keyringHash,
  leafHash,
  Malformed,
  parseCanonical,
  publicLeaf,
  sha256Hex,
  type EntryBody,
  type PartContent,
  type FileSource,
  type Json,
} from '../trust/index.ts';
import type { OpenedEnvelope, SealingFacts } from './bid.schema.ts';
import type { GateCertificates, SealedNotice, SealingFactsFile, StagePlan } from './sealing.schema.ts';

/** The openings of a tender: which there are is its rulebook's to say, whether the bidder's own key is needed its notice's. */
export const stagePlanOf = (rulebook: RulebookId, gate: 'none' | 'bidder'): StagePlan =>
  openingPlans[rulebooks[rulebook].openings].stages.map(({ id, parts }) => ({ id, parts: [...parts], gate }));

/** Stages and their parts as `checkManifest` expects them. */
export const partsOfStages = (plan: StagePlan): Record<string, string[]> =>
  Object.fromEntries(plan.map(({ id, parts }) => [id, parts]));

/** The gates of a plan, all wrapped to one encryption certificate of the bidder. */
export const gatesOf = (plan: StagePlan, certificate: string | null): GateCertificates =>
  certificate === null
    ? {}
    : Object.fromEntries(plan.filter(({ gate }) => gate === 'bidder').map(({ id }) => [id, certificate]));

/** What goes into the parts of an envelope: contents by the part's name, files all in the technical part. */
export const partContents = (
  plan: StagePlan,
  contents: Readonly<Record<string, Json>>,
  files: readonly FileSource[],
): PartContent[] =>
  plan.flatMap(({ id: stage, parts }) =>
    parts.map((name) => ({ stage, name, content: contents[name] ?? {}, files: name === 'technical' ? files : [] })),
  );

export type SealingFactsFault =
  /** The officers are not those that the context names. */
  | 'facts.keyring-differs'
  /** The notice is not the one that the context names, or its entry does not name this act. */
  | 'facts.notice-differs'
  /** The notice says another tender, lot, deadline, list of officers or gate. */
  | 'facts.not-as-published'
  /** A gate without a certificate, or one that is not asked for. */
  | 'facts.gate-differs';

/**
 * What a sealer without the platform can find wrong with its facts by itself: nothing, where everything that will be
 * sealed to is what the purchaser's side signed. Who signed, and whether the log holds the entry, it must ask beside.
 */
export function sealingFactsFaults(facts: SealingFactsFile): SealingFactsFault[] {
  const faults: SealingFactsFault[] = [];
  const { ctx, keyring, stages, gates } = facts;
  if (keyringHash(keyring) !== ctx.keyringHash) faults.push('facts.keyring-differs');
  const notices = noticesIn(facts);
  if (notices === undefined) faults.push('facts.notice-differs');
  else if (!isAsPublished(facts, notices)) faults.push('facts.not-as-published');
  const gated = stages.filter(({ gate }) => gate === 'bidder').map(({ id }) => id);
  if (gated.toSorted().join() !== Object.keys(gates).toSorted().join()) faults.push('facts.gate-differs');
  return faults;
}

type Act = Readonly<Record<string, unknown>>;
type Read = { readonly leaf: string; readonly type: string; readonly act: Act };

/** The newest notice and the publication, each with the entry that names it; undefined where they do not hang together. */
function noticesIn({ ctx, notice, publication }: SealingFactsFile): { newest: Act; first: Act } | undefined {
  const newest = readNotice(notice);
  if (newest?.leaf !== ctx.noticeHash) return undefined;
  if (newest.type === 'tender.publish') return { newest: newest.act, first: newest.act };
  const first = publication === null ? undefined : readNotice(publication);
  return newest.type === 'tender.amend' && first?.type === 'tender.publish' && newest.act['publication'] === first.leaf
    ? { newest: newest.act, first: first.act }
    : undefined;
}

function readNotice(notice: SealedNotice): Read | undefined {
  try {
    const entry = parseCanonical(notice.entry) as EntryBody;
    const leaf = toHex(leafHash(publicLeaf(entry)));
    const act = parseCanonical(notice.act);
    if (entry.p['act'] !== sha256Hex(bytesOf(notice.act)) || typeof act !== 'object' || act === null) return undefined;
    return { leaf, type: entry.t, act: act as Act };
  } catch (error) {
    if (error instanceof Malformed || error instanceof TypeError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function isAsPublished(
  { ctx, deadline, stages }: SealingFactsFile,
  { newest, first }: { readonly newest: Act; readonly first: Act },
): boolean {
  const lots = newest['lots'];
  const content = first['content'] as { readonly sealing?: { readonly gate?: unknown } } | undefined;
  return (
    newest['tender'] === ctx.tenderId &&
    newest['keyringHash'] === ctx.keyringHash &&
    newest['deadline'] === deadline &&
    Array.isArray(lots) &&
    lots.some((lot: { readonly id?: unknown } | null) => lot?.id === ctx.lotId) &&
    stages.every(({ gate }) => gate === content?.sealing?.gate)
  );
}

/** The facts to seal from elsewhere, once an envelope was begun. */
export const sealingFactsFile = ({
  facts,
  opened,
  notice,
  publication,
  origin,
  savedAt,
}: {
  readonly facts: SealingFacts;
  readonly opened: OpenedEnvelope;
  readonly notice: SealedNotice;
  readonly publication: SealedNotice | null;
  readonly origin: string;
  readonly savedAt: string;
}): SealingFactsFile => ({
  v: 'xinbiao/sealing-facts/v1',
  origin,
  savedAt,
  tender: { code: facts.code, title: facts.title },
  lot: { no: facts.lotNo, title: facts.lotTitle },
  deadline: facts.deadline,
  bidder: { name: facts.bidder.name, uscc: facts.bidder.uscc },
  ctx: opened.ctx,
  keyring: facts.keyring,
  notice,
  publication,
  stages: facts.stages,
  gates: opened.gates,
  pieceLength: opened.pieceLength,
  quota: Math.max(0, facts.quota.bytes - facts.quota.used),
  form: facts.form,
});
