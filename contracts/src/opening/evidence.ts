import { z } from 'zod';
import { PriceOffer, TechnicalOffer } from '../bidding/index.ts';
import { fromHex, Hex, Sha256Hex } from '../kernel/bytes.ts';
import { Id } from '../kernel/id.ts';
import {
  bytesOf,
  checkGate,
  checkShare,
  EnvelopeFault,
  judge,
  keyCommitIn,
  Keyring,
  keyringHash,
  Malformed,
  Manifest,
  manifestHashOf,
  openPart,
  parseCanonical,
  partKeyIn,
  readPieces,
  recoverStageKey,
  sha256Hex,
  type EntryBody,
} from '../trust/index.ts';
import { toHex } from '../kernel/bytes.ts';

const Name = z.string().max(64);

/**
 * Why a bid was named faulty, with everything needed to see whether that is so: its signed manifest, and only that
 * share, scalar or part key on which the judgement rests. Its hash stands in the log.
 */
export const FaultEvidence = z.strictObject({
  v: z.literal('xinbiao/fault-evidence/v1'),
  lotId: Id,
  bidId: Id,
  /** Canonical text; the bidder signed its bytes. */
  manifest: z.string(),
  /** Canonical text of the keyring that the manifest names. */
  keyring: z.string(),
  fault: z.strictObject({
    code: Name,
    party: z.enum(['bidder', 'officer', 'platform']),
    stage: Name.nullable(),
    group: Name.nullable(),
    /** certSha256 */
    officer: Sha256Hex.nullable(),
    part: Name.nullable(),
    piece: z.int().nullable(),
  }),
  /** Share blobs as officers delivered them. */
  shares: z.array(z.strictObject({ officer: Sha256Hex, blob: Hex })),
  /** The gate blob as the bidder released it. */
  gate: Hex.nullable(),
  /** The ephemeral scalar that the bidder revealed in a dispute. */
  ephemeral: Sha256Hex.nullable(),
  /** Opens the part in question, and nothing else. */
  partKey: Sha256Hex.nullable(),
  stageKey: Sha256Hex.nullable(),
});
export type FaultEvidence = z.infer<typeof FaultEvidence>;

export const evidenceHash = (text: string): string => sha256Hex(bytesOf(text));

export type FaultCheck = {
  /** holds: it is as was said. refuted: it is not. unknown: what is at hand does not tell. */
  readonly outcome: 'holds' | 'refuted' | 'unknown';
  readonly zh: string;
  readonly en: string;
};
const holds: FaultCheck = { outcome: 'holds', zh: '认定成立。', en: 'The finding holds.' };
const refuted = (zh: string, en: string): FaultCheck => ({ outcome: 'refuted', zh, en });
const unknown = (zh: string, en: string): FaultCheck => ({ outcome: 'unknown', zh, en });

/** What evidence can be shown to everybody: nothing that would open more of the bid than its price. The rest goes to supervision and to the bidder. */
export const mayPublishEvidence = ({ fault, stageKey, shares }: FaultEvidence): boolean =>
  stageKey === null && (fault.part === null || fault.part === 'price') && shares.length <= 1;

/**
 * Judges a finding from outside: recomputes the fault from the evidence, and says whether it is as was said. Pure but
 * for `fetchPiece`, which gives ciphertext by its hash; `entries` are the lot's public log entries. Never throws on
 * what it is given.
 */
export async function checkFault({
  evidence: text,
  manifestHash,
  entries = [],
  fetchPiece,
}: {
  readonly evidence: string;
  /** The bid that the log says was faulty. */
  readonly manifestHash: string;
  readonly entries?: readonly EntryBody[];
  readonly fetchPiece?: (sha256: string) => Promise<Uint8Array<ArrayBuffer> | undefined>;
}): Promise<FaultCheck> {
  const read = readEvidence(text);
  if (!read) return unknown('证据不是规定的格式。', 'The evidence is not in the required form.');
  const { evidence, manifest, keyring } = read;
  if (manifestHashOf(manifest) !== manifestHash || keyringHash(keyring) !== manifest.ctx.keyringHash)
    return refuted('证据是另一份投标的。', 'The evidence is of another bid.');
  const { code } = evidence.fault;
  const check = Object.hasOwn(checks, code) ? checks[code] : undefined;
  if (!check) return unknown('这一类认定不能从证据复核。', 'A finding of this kind cannot be recomputed.');
  return check({ evidence, manifest, keyring, entries, fetchPiece });
}

type Case = {
  readonly evidence: FaultEvidence;
  readonly manifest: Manifest;
  readonly keyring: Keyring;
  readonly entries: readonly EntryBody[];
  readonly fetchPiece: ((sha256: string) => Promise<Uint8Array<ArrayBuffer> | undefined>) | undefined;
};
type Check = (given: Case) => FaultCheck | Promise<FaultCheck>;

function readEvidence(
  text: string,
): { readonly evidence: FaultEvidence; readonly manifest: Manifest; readonly keyring: Keyring } | undefined {
  try {
    const evidence = FaultEvidence.safeParse(parseCanonical(text)).data;
    const manifest = evidence && Manifest.safeParse(parseCanonical(evidence.manifest)).data;
    const keyring = evidence && Keyring.safeParse(parseCanonical(evidence.keyring)).data;
    return evidence && manifest && keyring ? { evidence, manifest, keyring } : undefined;
  } catch (fault) {
    if (fault instanceof Malformed) return undefined;
    throw fault;
  }
}

const theShare: Check = ({ evidence, manifest }) => {
  const { fault, shares } = evidence;
  const share = shares.find(({ officer }) => officer === fault.officer);
  if (!share || fault.stage === null) return unknown('缺少那一份份额。', 'The share itself is missing.');
  const found = checkShare({ manifest, stage: fault.stage, officer: share.officer, blob: fromHex(share.blob) });
  if (found.ok) return refuted('这份份额其实是好的。', 'That share is in fact good.');
  return found.fault.code === fault.code && found.fault.party === fault.party
    ? holds
    : refuted(
        `复算得到的是另一种情况（${found.fault.code}）。`,
        `Recomputed, it is another fault (${found.fault.code}).`,
      );
};

const theComplaint: Check = async ({ evidence, manifest, keyring }) => {
  const { fault, ephemeral } = evidence;
  if (ephemeral === null || fault.stage === null || fault.officer === null)
    return unknown('缺少投标人公布的数。', 'The number that the bidder revealed is missing.');
  const found = await judge({ manifest, keyring, stage: fault.stage, officer: fault.officer, ephemeral });
  if (!found.decided) return refuted('公布的数不属于这份密封。', 'The number revealed does not belong to this wrap.');
  return found.code === fault.code && found.party === fault.party
    ? holds
    : refuted('复算的结论相反。', 'Recomputed, the judgement is the opposite.');
};

const theKey: Check = ({ evidence, manifest }) => {
  const { fault, shares, gate } = evidence;
  if (fault.stage === null || shares.length === 0) return unknown('缺少份额。', 'The shares are missing.');
  const found = recoverStageKey({
    manifest,
    stage: fault.stage,
    shares: shares.map(({ officer, blob }) => ({ officer, blob: fromHex(blob) })),
    gate: gate === null ? undefined : fromHex(gate),
  });
  if (found.ok) return refuted('份额能合出承诺的钥匙。', 'The shares do make the committed key.');
  return found.faults.some(({ code, party }) => code === fault.code && party === fault.party)
    ? holds
    : unknown('凭这些份额不能判断。', 'These shares do not tell.');
};

const theGate: Check = ({ evidence, manifest }) => {
  const { fault, gate } = evidence;
  if (gate === null || fault.stage === null) return unknown('缺少解密钥匙。', 'The gate is missing.');
  const found = checkGate({ manifest, stage: fault.stage, blob: fromHex(gate) });
  if (found.ok) return refuted('这把钥匙其实是好的。', 'That gate is in fact good.');
  return found.fault.code === fault.code
    ? holds
    : refuted('复算得到的是另一种情况。', 'Recomputed, it is another fault.');
};

/** Who did not act: the log has the question and no answer. */
const silence =
  (asked: string, answered: string): Check =>
  ({ manifest, evidence, entries }) => {
    const hash = manifestHashOf(manifest);
    const { officer } = evidence.fault;
    const about = (body: EntryBody): boolean =>
      body.p['manifest'] === hash && (officer === null || body.p['officer'] === officer);
    const question = entries.some((body) => body.t === asked && (asked === 'open.decrypt' || about(body)));
    if (!question) return unknown('记录里没有要求答复的一条。', 'The log has no entry that asks.');
    return entries.some((body) => body.t === answered && about(body))
      ? refuted('记录里有答复。', 'The log has an answer.')
      : holds;
  };

const thePart: Check = async ({ evidence, manifest, fetchPiece }) => {
  const { fault, partKey, stageKey, lotId } = evidence;
  const part = manifest.parts.find(({ stage, name }) => stage === fault.stage && name === fault.part);
  if (!part) return refuted('清单里没有这一部分。', 'The manifest has no such part.');
  if (stageKey !== null) {
    const lock = manifest.stages.find(({ id }) => id === part.stage);
    if (lock?.keyCommit !== toHex(keyCommitIn(manifest, fromHex(stageKey), part.stage)))
      return refuted('给出的钥匙不是承诺的那把。', 'The key given is not the committed one.');
  }
  const key = stageKey === null ? partKey : toHex(partKeyIn(manifest, fromHex(stageKey), part.stage, part.name));
  if (key === null || !fetchPiece) return unknown('缺少钥匙或密文。', 'Key or ciphertext is missing.');
  let missing = false;
  const read = readPieces({
    part,
    fetchPiece: async (index) => {
      const bytes = await fetchPiece(part.pieces[index] ?? '');
      if (bytes) return bytes;
      missing = true;
      throw new Malformed('piece: missing');
    },
  });
  try {
    const opened = await openPart({ manifest, stage: part.stage, part: part.name, partKey: fromHex(key), read });
    await opened.verify();
    const schema = part.name === 'price' ? PriceOffer : TechnicalOffer;
    const offer = schema.safeParse(opened.content);
    if (fault.code === 'offer.malformed' && (!offer.success || offer.data.lotId !== lotId)) return holds;
    return refuted('这一部分能打开，内容合规。', 'The part opens, and is in the required form.');
  } catch (error) {
    if (missing) return unknown('取不到密文。', 'The ciphertext could not be had.');
    if (!(error instanceof EnvelopeFault)) throw error;
    const found = error.fault;
    // Only the stage key shows that a key that does not fit is the one the bidder committed to.
    if (found.code === 'part.wrong-key' && stageKey === null)
      return refuted('给出的不是这一部分的钥匙。', 'The key given is not that of the part.');
    return found.code === fault.code && found.party === fault.party
      ? holds
      : refuted(`复算得到的是另一种情况（${found.code}）。`, `Recomputed, it is another fault (${found.code}).`);
  }
};

/** What the platform says of itself stands, unless the bytes turn up. */
const thePiece: Check = async ({ evidence, manifest, fetchPiece }) => {
  const { fault } = evidence;
  const part = manifest.parts.find(({ stage, name }) => stage === fault.stage && name === fault.part);
  const sha256 = part?.pieces[fault.piece ?? 0];
  if (!part || sha256 === undefined) return refuted('清单里没有这一片。', 'The manifest has no such piece.');
  const bytes = await fetchPiece?.(sha256);
  return bytes && sha256Hex(bytes) === sha256
    ? refuted('这一片其实在，而且没有变。', 'That piece is there, and unchanged.')
    : holds;
};

const checks: Readonly<Record<string, Check>> = {
  'share.malformed': theShare,
  'share.off-polynomial': theShare,
  'share.not-committed': theShare,
  'complaint.true': theComplaint,
  'complaint.false': theComplaint,
  'complaint.silent': silence('dispute.open', 'dispute.rebuttal'),
  'shares.too-few': theKey,
  'stage.key-not-committed': theKey,
  'gate.missing': silence('open.decrypt', 'open.gate'),
  'gate.malformed': theGate,
  'gate.not-committed': theGate,
  'part.wrong-key': thePart,
  'part.not-authentic': thePart,
  'part.bad-archive': thePart,
  'part.wrong-context': thePart,
  'offer.malformed': thePart,
  'piece.differs': thePiece,
};
