import { clientReleasePath } from '@xinbiao/contracts/house';
import { sha256Hex } from '@xinbiao/contracts/trust';

/** The release that this page says it is of: the hash by which the log names it, or null where it is not to be had. */
export async function releaseHash(): Promise<string | null> {
  const answer = await fetch(clientReleasePath, { cache: 'no-cache' }).catch(() => undefined);
  return answer?.ok ? sha256Hex(new Uint8Array(await answer.arrayBuffer())) : null;
}
