import { z } from 'zod';
import { Hex, Sha256Hex } from '../kernel/bytes.ts';
import { Id } from '../kernel/id.ts';
import { Instant } from '../kernel/time.ts';
import { SignedActBody } from './act.schema.ts';
import { ExpiryWarning, Password } from './person.schema.ts';

const Der = Hex.min(2).max(32_768);

export const CertificateView = z.object({
  id: Id,
  seatId: Id,
  holder: z.string(),
  kind: z.enum(['signing', 'encryption']),
  fingerprint: Sha256Hex,
  der: Der,
  serial: Hex,
  subject: z.object({ commonName: z.string(), organisation: z.string().nullable(), uscc: z.string().nullable() }),
  issuer: z.string(),
  notBefore: Instant,
  notAfter: Instant,
  state: z.enum(['active', 'revoked']),
  daysLeft: z.int(),
  warning: ExpiryWarning.nullable(),
  demonstration: z.boolean(),
  pinnedAt: Instant,
  revokedAt: Instant.nullable(),
  revokeReason: z.string().nullable(),
});
export type CertificateView = z.infer<typeof CertificateView>;

/** A request as `makeCertificateRequest` of the trust module makes it. */
export const CertificateRequestBody = z.object({ signing: Der, encryptionSpki: Der, binding: Der });

/** The pair and the authority's own certificate, ready for the key file. */
export const PinnedPair = z.object({ signing: CertificateView, encryption: CertificateView, chain: z.array(Der) });

/** A pair from a trusted authority, its intermediates, and the act `pinAct` signed with the key of the first. */
export const PinCertificatesBody = SignedActBody.extend({
  signing: Der,
  encryption: Der,
  chain: z.array(Der).max(6).default([]),
});

export const revokeReasons = [
  'keyCompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'unspecified',
] as const;
export const RevokeReason = z.enum(revokeReasons);

/** Signed with a key that is still held, or, where the key is lost, with the password of the holder or administrator. */
export const RevokeBody = z.union([
  z.object({ reason: RevokeReason, signed: SignedActBody }),
  z.object({ reason: RevokeReason, password: Password }),
]);

export const AuthorityRow = z.object({
  name: z.string(),
  fingerprint: Sha256Hex,
  der: Der,
  pem: z.string(),
  notBefore: Instant,
  notAfter: Instant,
  demonstration: z.boolean(),
});
