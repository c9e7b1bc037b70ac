import { lifecycle, type MoveOf, type StateOf } from '../kernel/lifecycle.ts';

/** The life of a pinned pair of certificates. Expiry is no state: it is read from the certificate and the clock. */
// oxfmt-ignore
export const certificateLife = lifecycle(
  // from     move       to          who       by what right
  ['active',  'revoke',  'revoked',  'holder', '电子签名法 §15'],
);
export type CertificateState = StateOf<typeof certificateLife>;
export type CertificateMove = MoveOf<typeof certificateLife>;
