import { z } from 'zod';
import { SignatureHex } from '../kernel/bytes.ts';

/** Who acts, as an act names them. Experts and operators act for no organisation. */
export type ActBy = { readonly person: string; readonly organisation: string | null; readonly uscc: string | null };

/** A legal act as it is signed: its canonical bytes (RFC 8785) are what the signature covers. */
export type Act<Type extends string = string> = {
  readonly v: 'xinbiao/act/v1';
  readonly type: Type;
  readonly by: ActBy;
  readonly [field: string]: unknown;
};

/** The act as it was signed, byte for byte, and the detached CMS over it in lowercase hex. */
export const SignedActBody = z.object({ act: z.string().min(2).max(200_000), signature: SignatureHex });
export type SignedActBody = z.infer<typeof SignedActBody>;

/** Who acts, from what `/identity/me` says. */
export const actBy = (me: {
  readonly name: string;
  readonly organisation: { readonly name: string; readonly uscc: string } | null;
}): ActBy => ({
  person: me.name,
  organisation: me.organisation?.name ?? null,
  uscc: me.organisation?.uscc ?? null,
});

/** Builds an act; both sides call this with the same particulars and get the same bytes. */
export const makeAct = <const Type extends string, Particulars extends Readonly<Record<string, unknown>>>(
  type: Type,
  by: ActBy,
  particulars: Particulars,
) => ({ ...particulars, v: 'xinbiao/act/v1', type, by }) as const;

/** What an organisation declares with its first certificate; the words are part of what is signed. */
export const declaration = {
  edition: '2026-1',
  sentences: [
    '本单位依法设立，登记的名称、统一社会信用代码和其他信息真实、准确，变更后及时更新。',
    '本单位授权登记的席位以其证书代表本单位签名，并对其签名承担责任。',
    '本单位知悉：提供虚假材料、串通投标等行为，依法承担相应责任。',
  ],
} as const;

/** The act of declaring: 政府采购法实施条例 §17 asks for a declaration, not for prior approval. */
export const declareAct = (by: ActBy) =>
  makeAct('party.declare', by, { edition: declaration.edition, sentences: declaration.sentences });

/** The act by which the holder of a signing key registers it together with an encryption certificate. */
export const pinAct = (by: ActBy, keys: { readonly signing: string; readonly encryption: string }) =>
  makeAct('key.pin', by, { signing: keys.signing, encryption: keys.encryption });

/** The act by which a holder withdraws a pair of certificates. */
export const revokeAct = (by: ActBy, facts: { readonly certificate: string; readonly reason: string }) =>
  makeAct('key.revoke', by, { certificate: facts.certificate, reason: facts.reason });
