import type { EntityManager } from '@mikro-orm/core';
import { instantText } from '@xinbiao/contracts/kernel';
import { provenUntil, type NoticeVersion, type OpenerProof } from '@xinbiao/contracts/tendering';
import { OfficerProof, TenderNotice } from './officer.entity.ts';

/** Every version of a published tender's notice, the publication first; the last is the one that holds. */
export async function noticesOf(em: EntityManager, tenderId: string): Promise<NoticeVersion[]> {
  const rows = await em.find(TenderNotice, { tenderId }, { orderBy: { no: 'asc' }, disableIdentityMap: true });
  return rows.map(({ no, kind, at, leaf, act, keyringHash, keyring, gone }) => ({
    no,
    kind,
    at: instantText(at),
    leaf,
    act,
    keyringHash,
    keyring,
    gone: [...gone],
  }));
}

/** When each certificate was last proven to be in its holder's hands. */
export async function provenAtOf(
  em: EntityManager,
  certificates: readonly string[],
  before?: Date,
): Promise<Map<string, OfficerProof>> {
  const rows = await em.find(
    OfficerProof,
    { certSha256: { $in: [...certificates] }, ...(before ? { at: { $lte: before } } : {}) },
    { orderBy: { at: 'asc' }, disableIdentityMap: true },
  );
  return new Map(rows.map((row) => [row.certSha256, row]));
}

/** Until when the newest proof of a certificate stands. */
export const standingUntil = (proof: Pick<OfficerProof, 'at'> | undefined): Date | null =>
  proof ? provenUntil(proof.at) : null;

/** The proofs that stood when each version of a notice named its officers, one for each officer who ever was one. */
export async function proofsOf(em: EntityManager, tenderId: string): Promise<OpenerProof[]> {
  const found = new Map<string, OpenerProof>();
  for (const { at, keyring } of await noticesOf(em, tenderId)) {
    const certificates = keyring.groups.flatMap(({ members }) => members.map(({ certSha256 }) => certSha256));
    const proofs = await provenAtOf(em, certificates, new Date(at));
    for (const [officer, proof] of proofs)
      if (!found.has(officer))
        found.set(officer, {
          officer,
          at: instantText(proof.at),
          leaf: proof.leaf,
          seed: proof.seed,
          act: proof.act,
          signature: proof.signature,
        });
  }
  return [...found.values()];
}
