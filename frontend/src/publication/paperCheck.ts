import { listTimeAuthorities } from '@xinbiao/contracts/timekeeping';
import { checkPaper, type CheckedPaper } from '@xinbiao/contracts/trust';
import { call } from '../app/index.ts';
import { fromHex } from '@xinbiao/contracts/kernel';
import { readAnchors } from '../bidding/anchors.ts';

/** What this browser found about a paper; undefined where the platform's authorities are not to be had. */
export type PaperFinding = { readonly checked: CheckedPaper; readonly demonstration: boolean } | undefined;

/** Checks a PDF in this browser: every signature, its timestamp, and that nothing else stands in the file. It is not sent anywhere. */
export async function checkPaperFile(bytes: Uint8Array, now: Date): Promise<PaperFinding> {
  const [anchors, time] = await Promise.all([readAnchors(), call(listTimeAuthorities)]);
  if (!anchors) return undefined;
  const { roots, crls, demonstration } = anchors;
  const timestampRoots = time.ok ? time.value.roots.map(fromHex) : [];
  return {
    checked: await checkPaper(bytes, { roots, ...(crls ? { crls } : {}), at: now, timestampRoots }),
    demonstration,
  };
}
