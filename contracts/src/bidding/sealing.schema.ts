import { z } from 'zod';
import { Hex } from '../kernel/bytes.ts';
import { Instant } from '../kernel/time.ts';
import { LabelId, limits, EnvelopeContext, Keyring } from '../trust/index.ts';
import { PieceLength } from './piece.schema.ts';
import { OfferForm } from './offer.schema.ts';

/** Which openings a tender has, and what each opens; in an envelope each is a stage with keys of its own. */
export const StagePlan = z
  .array(
    z.strictObject({
      id: LabelId,
      parts: z.array(LabelId).min(1).max(limits.parts),
      /** `bidder`: this opening needs the bidder's own key too. */
      gate: z.enum(['none', 'bidder']),
    }),
  )
  .min(1)
  .max(limits.stages);
export type StagePlan = z.infer<typeof StagePlan>;

/** Stage → DER of the bidder's encryption certificate that its gate is wrapped to, hex; stages without a gate are left out. */
export const GateCertificates = z.record(LabelId, Hex.min(2).max(16_384));
export type GateCertificates = z.infer<typeof GateCertificates>;

/** How the public log vouches for the notice: its entry, and the signed act whose hash the entry names. */
export const SealedNotice = z.strictObject({
  /** Canonical JSON of the entry; its leaf hash is the context's noticeHash. */
  entry: z.string().min(2).max(65_535),
  /** Canonical JSON of the act by which the notice was published. */
  act: z
    .string()
    .min(2)
    .max(4 * 1024 * 1024),
  /** Detached CMS over the act. */
  signature: Hex.max(131_072),
});
export type SealedNotice = z.infer<typeof SealedNotice>;

/**
 * Everything needed to seal a bid without the platform: downloaded from the bid page once an envelope was begun, used
 * by the command-line and the offline sealer. Holds no secret; is canonical JSON in a file.
 */
export const SealingFactsFile = z.strictObject({
  v: z.literal('xinbiao/sealing-facts/v1'),
  /** Where the envelope is to be handed in. */
  origin: z.url().max(200),
  savedAt: Instant,
  tender: z.strictObject({ code: z.string(), title: z.string() }),
  lot: z.strictObject({ no: z.int().min(1).max(99), title: z.string() }),
  deadline: Instant,
  bidder: z.strictObject({ name: z.string(), uscc: z.string() }),
  /** Fixed by the platform when the envelope was begun; goes unchanged into `createDeal`. */
  ctx: EnvelopeContext,
  keyring: Keyring,
  /** The newest notice: the publication, or an amendment of it. */
  notice: SealedNotice,
  /** The publication, where the newest notice amends it. */
  publication: SealedNotice.nullable(),
  stages: StagePlan,
  gates: GateCertificates,
  pieceLength: PieceLength,
  /** Bytes of ciphertext that may still be handed in for the lot. */
  quota: z.int().min(0),
  form: OfferForm,
});
export type SealingFactsFile = z.infer<typeof SealingFactsFile>;

/** Names of the files in an envelope's folder. Recovery and facts stay with the bidder; the rest is handed in. */
export const envelopeFiles = {
  /** Canonical bytes of the manifest. */
  manifest: 'manifest.json',
  /** DER of the detached CMS over it. */
  signature: 'manifest.json.p7s',
  /** `pieces/<sha256>`: ciphertext. */
  pieces: 'pieces/',
  /** `timestamps/1.tsr` …: RFC 3161 tokens over the signature, may be none. */
  timestamps: 'timestamps/',
  facts: 'sealing-facts.json',
  /** Protected by a passphrase; opens the envelope, so it is never handed in. */
  recovery: 'recovery.json',
} as const;
