import { toHex } from '@xinbiao/contracts/kernel';
import {
  createAuthority,
  generateEncryptionPair,
  generateSigningPair,
  issueCertificates,
  makeCertificateRequest,
  sha256Hex,
} from '@xinbiao/contracts/trust';

/** A real certificate for an officer who exists for the length of a measurement. */
export async function certificateFor(name: string): Promise<{ certificate: string; certSha256: string }> {
  const at = new Date();
  const authority = await createAuthority({ name: 'bench', at, years: 1 });
  const subject = { commonName: name };
  const request = await makeCertificateRequest({
    subject,
    signing: await generateSigningPair({ extractable: false }),
    encryption: await generateEncryptionPair({ extractable: false }),
  });
  const issued = await issueCertificates({
    authority,
    request,
    subject,
    serials: { signing: '01a1', encryption: '01a2' },
    notBefore: at,
    notAfter: new Date(at.getTime() + 86_400_000),
  });
  return { certificate: toHex(issued.encryption), certSha256: sha256Hex(issued.encryption) };
}
