import type { EntityManager } from '@mikro-orm/core';
import { fromHex } from '@xinbiao/contracts/kernel';
import {
  bytesOf,
  readCertificate,
  suiteOfKey,
  verifyDetached,
  type CertificateFacts,
  type SuiteName,
  type TrustAnchors,
} from '@xinbiao/contracts/trust';
import { Refused, type House } from '../platform/index.ts';
import type { Authorities } from './authorities.ts';
import { Certificate } from './certificate.entity.ts';
import { expectAct, type CheckAct, type Question, type SignedContent } from './act.ts';

declare module '../platform/house.ts' {
  interface House {
    readonly identity: Identity;
  }
}

/** What identity offers to all calls: signatures judged, certificates found. */
export class Identity {
  readonly authorities: Authorities;

  constructor(authorities: Authorities) {
    this.authorities = authorities;
  }

  /**
   * Judges a signed act: it must be, byte for byte, what is being decided (`expect`), and signed with a
   * certificate pinned for the actor's own seat that holds now. Throws Refused; gives what `recordAct` wants.
   */
  readonly checkAct: CheckAct = async ({ act, expect, ...question }) => {
    expectAct(act, expect);
    const { fingerprint } = await this.checkSignature({ ...question, content: bytesOf(act) });
    return { act, signature: question.signature, certificateSha256: fingerprint };
  };

  /** Judges a detached signature over any content by the actor's own seat, and gives the certificate that made it. */
  async checkSignature({
    em,
    actor,
    content,
    signature,
    now,
  }: Question & { readonly content: Uint8Array }): Promise<CertificateFacts> {
    const anchors = this.authorities.anchors(now);
    // Intermediates that came with the pinned pair stand in for what the signature left out.
    const rows = await em.find(Certificate, { seatId: actor.seatId, kind: 'signing' }, { disableIdentityMap: true });
    const intermediates = [...(anchors.intermediates ?? []), ...new Set(rows.flatMap(({ chain }) => chain))].map(
      (der) => (typeof der === 'string' ? fromHex(der) : der),
    );
    const verified = await verifyDetached({ ...anchors, intermediates, content, signature: fromHex(signature) });
    if (!verified.ok) throw new Refused([{ code: verified.reason, field: 'signature' }]);
    const row = rows.find(({ fingerprint }) => fingerprint === verified.certificate.fingerprint);
    if (!row) throw new Refused([{ code: 'certificate.not-of-this-seat', field: 'signature' }]);
    if (row.state === 'revoked') throw new Refused([{ code: 'certificate.revoked', field: 'signature' }]);
    return verified.certificate;
  }
}

/** The same judgement for calls that carry their house along. */
export const checkAct = ({
  house,
  ...question
}: Parameters<CheckAct>[0] & { readonly house: House }): Promise<SignedContent> => house.identity.checkAct(question);

/** What certificates are judged against at an instant: roots, intermediates and revocation lists of this instance. */
export const trustAnchors = (house: House, at: Date): TrustAnchors => house.identity.authorities.anchors(at);

/** The certificate to seal for a seat: the newest encryption certificate (of a suite) that holds now. */
export const encryptionCertificateOf = (
  em: EntityManager,
  seatId: string,
  now: Date,
  suite?: SuiteName,
): Promise<Certificate | null> => newest(em, { seatId, kind: 'encryption', suite }, now);

/** The certificate a seat would sign with now; with a suite, what it would sign there. */
export const signingCertificateOfSeat = (
  em: EntityManager,
  seatId: string,
  now: Date,
  suite?: SuiteName,
): Promise<Certificate | null> => newest(em, { seatId, kind: 'signing', suite }, now);

/** A pinned signing certificate by its fingerprint, whatever its state. */
export const signingCertificateOf = (em: EntityManager, fingerprint: string): Promise<Certificate | null> =>
  em.findOne(Certificate, { fingerprint, kind: 'signing' }, { disableIdentityMap: true });

/** The only suite a certificate's key fits. */
export const suiteOf = ({ der }: Pick<Certificate, 'der'>): SuiteName => suiteOfKey(readCertificate(fromHex(der)));

async function newest(
  em: EntityManager,
  {
    suite,
    ...whose
  }: { readonly seatId: string; readonly kind: 'signing' | 'encryption'; readonly suite: SuiteName | undefined },
  now: Date,
): Promise<Certificate | null> {
  const rows = await em.find(
    Certificate,
    { ...whose, state: 'active', notBefore: { $lte: now }, notAfter: { $gt: now } },
    { orderBy: { pinnedAt: 'desc', id: 'desc' }, disableIdentityMap: true },
  );
  return rows.find((row) => suite === undefined || suiteOf(row) === suite) ?? null;
}
