import type { EnvelopeContext, Lock } from './manifest.ts';
import type { Keyring } from './keyring.ts';

/** Bytes as they come from a File (`file.slice(from).stream()`), a disk or a generator. */
export type ByteSource = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

/** A file to be sealed; `stream` may be called again, and may begin later in the file and end before its end. */
export interface FileSource {
  readonly name: string;
  readonly size: number;
  /** Whoever names an end takes nothing beyond it; a source may give more. */
  stream(from: number, to?: number): ByteSource;
}

/** A value that JSON can carry without floats. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** One part of a bid before sealing: what bid.json says, and its files. */
export interface PartContent {
  readonly stage: string;
  readonly name: string;
  readonly content: Json;
  readonly files: readonly FileSource[];
}

/** Sizes of one part, known before a byte is read. */
export interface PartPlan {
  readonly stage: string;
  readonly name: string;
  /** Bytes of the padded tar. */
  readonly plainLength: number;
  /** Bytes of ciphertext. */
  readonly length: number;
  readonly pieceLength: number;
  readonly pieceCount: number;
}

/** Stage → DER of the bidder's encryption certificate, hex; a stage that is not named has no gate. */
export type Gates = Readonly<Record<string, string>>;

/** An envelope's keys on the bidder's side; holds secrets, never leaves the page. */
export interface Deal {
  readonly ctx: EnvelopeContext;
  readonly ctxHash: string;
  readonly keyring: Keyring;
  readonly dealSeed: Uint8Array<ArrayBuffer>;
  readonly locks: readonly Lock[];
  /** Stages that open only with the bidder's own key, with the DER of the encryption certificate it is wrapped to, hex. */
  readonly gates: Gates;
  readonly stageKeys: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

export interface SealedPiece {
  readonly index: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly sha256: string;
}

export interface FileDigest {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

/** A part being sealed: iterate it for its pieces; memory stays flat. */
export interface Sealing extends AsyncIterable<SealedPiece> {
  readonly plan: PartPlan;
  readonly head: string;
  /** Hashes of the files read whole so far; complete after the last piece when sealing began at piece 0. */
  readonly digests: readonly FileDigest[];
}

/** What the manifest needs to know of a sealed part. */
export interface SealedPartSummary {
  readonly plan: PartPlan;
  readonly head: string;
  /** SHA-256 of every piece, in order. */
  readonly pieces: readonly string[];
}

/** What the server knows without the envelope. */
export interface Expected {
  readonly tenderId: string;
  readonly lotId: string;
  readonly noticeHash: string;
  readonly keyringHash: string;
  readonly keyring: Keyring;
  readonly bidderCertSha256: string;
  readonly seq: number;
  readonly supersedes: string | null;
  /** Stages and parts the notice asks for, in this order: `{ open: ['price', 'technical'] }`. */
  readonly stages?: Readonly<Record<string, readonly string[]>>;
  /**
   * Stages that must open only with the bidder's own key, with the DER of the encryption certificate it must be
   * wrapped to, hex; null where that certificate is not known and only the form can be judged. No other stage may
   * have a gate.
   */
  readonly gates?: Readonly<Record<string, string | null>>;
}

/** Something wrong with a manifest that can be seen without opening it. */
export interface ManifestFault {
  readonly code: ManifestFaultCode;
  /** Where, e.g. `stages.open.purchaser.1` or `parts.price`. */
  readonly at: string;
}
export type ManifestFaultCode =
  | 'manifest.too-large'
  | 'manifest.not-canonical'
  | 'manifest.malformed'
  | 'ctx.hash-differs'
  /** The envelope is of another suite than the tender. */
  | 'ctx.suite-differs'
  | 'ctx.tender-differs'
  | 'ctx.lot-differs'
  | 'ctx.notice-differs'
  | 'ctx.keyring-differs'
  | 'ctx.bidder-differs'
  | 'ctx.sequence-differs'
  | 'ctx.supersedes-differs'
  | 'stage.unexpected'
  | 'stage.missing'
  | 'stage.duplicate'
  | 'group.differs-from-keyring'
  | 'share.differs-from-keyring'
  | 'point.invalid'
  | 'point.duplicate'
  /** The stage has a gate and should not, or has none and should. */
  | 'gate.differs'
  /** The gate is wrapped to another certificate than the bidder's. */
  | 'gate.wrong-certificate'
  | 'wrap.malformed'
  | 'wrap.wrong-recipient'
  | 'wrap.wrong-length'
  | 'commit.duplicate'
  | 'part.unexpected'
  | 'part.missing'
  | 'part.duplicate'
  | 'part.wrong-length'
  | 'part.wrong-piece-length'
  | 'part.wrong-piece-count'
  | 'part.wrong-root'
  | 'part.too-large';

/** What is compared to find a copied envelope. */
export interface Identifier {
  readonly kind: 'envelopeId' | 'point' | 'commit' | 'ephemeral' | 'head' | 'piece';
  readonly value: string;
}

export type Party = 'bidder' | 'officer' | 'platform';

/** Why an envelope does not open, and whose fault it is. */
export interface OpeningFault {
  readonly code: OpeningFaultCode;
  readonly party: Party;
  readonly stage?: string;
  readonly group?: string;
  /** certSha256 of the officer at fault. */
  readonly officer?: string;
  readonly part?: string;
  readonly piece?: number;
  /** certSha256 of officers whose share is missing. */
  readonly missing?: readonly string[];
}
export type OpeningFaultCode =
  /** Not every group reached its threshold. */
  | 'shares.too-few'
  /** The blob is not the one the manifest commits to. */
  | 'share.not-committed'
  /** The committed blob is not a share of this envelope, stage and officer. */
  | 'share.malformed'
  /** The committed share does not lie on the committed polynomial. */
  | 'share.off-polynomial'
  /** The wrap does not open for its officer. */
  | 'share.unreadable'
  /** The bidder's own key is needed and was not released. */
  | 'gate.missing'
  /** What the bidder released is not what the manifest commits to. */
  | 'gate.not-committed'
  /** The committed gate is not one of this envelope, stage and bidder. */
  | 'gate.malformed'
  | 'stage.unknown'
  | 'stage.key-not-committed'
  | 'part.unknown'
  | 'part.wrong-key'
  | 'part.not-authentic'
  | 'part.bad-archive'
  | 'part.wrong-context'
  | 'piece.differs';

export type ShareCheck =
  | { readonly ok: true; readonly group: string; readonly officer: string }
  | { readonly ok: false; readonly fault: OpeningFault };

/** A stage key, or who stands in the way; `faults` may name bad shares even when the key was found without them. */
export type Recovered =
  | { readonly ok: true; readonly stageKey: Uint8Array<ArrayBuffer>; readonly faults: readonly OpeningFault[] }
  | { readonly ok: false; readonly faults: readonly OpeningFault[] };

/** Random access to a part's ciphertext. */
export type ReadAt = (offset: number, length: number) => Promise<Uint8Array>;

export interface OpenedFile {
  readonly name: string;
  readonly size: number;
  /** Only authenticated bytes are ever given. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  stream(): AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** A part that opened: its bid.json and its files, each readable on its own. */
export interface OpenedPart {
  readonly content: Json;
  readonly files: readonly OpenedFile[];
  /** Reads everything once, padding included; throws EnvelopeFault when a byte is not what was sealed. */
  verify(): Promise<void>;
}

/** Thrown while a part is being read: the fault says whose it is. */
export class EnvelopeFault extends Error {
  readonly fault: OpeningFault;
  constructor(fault: OpeningFault) {
    super(fault.code);
    this.name = 'EnvelopeFault';
    this.fault = fault;
  }
}
