import { listAuthorities, readCrl } from '@xinbiao/contracts/identity';
import { fromHex } from '@xinbiao/contracts/kernel';
import type { TrustAnchors } from '@xinbiao/contracts/trust';
import { call } from '../app/api.ts';

export type Anchors = Omit<TrustAnchors, 'at'> & { readonly demonstration: boolean };

/** The authorities that this platform accepts, and the revocation list of the demonstration one; undefined without a server. */
export async function readAnchors(): Promise<Anchors | undefined> {
  const authorities = await call(listAuthorities);
  if (!authorities.ok) return undefined;
  const demonstration = authorities.value.rows.some((row) => row.demonstration);
  const crl = demonstration ? await call(readCrl) : undefined;
  return {
    roots: authorities.value.rows.map(({ der }) => fromHex(der)),
    crls: crl?.ok && crl.value.length > 0 ? [crl.value] : [],
    demonstration,
  };
}
