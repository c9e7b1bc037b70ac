import { listTimeAuthorities, stampSignature, tokensOf, type Asked } from '@xinbiao/contracts/timekeeping';
import { randomBytes } from 'node:crypto';
import type { Client } from './client.ts';

/** Has the authorities stamp a signature, going to each directly; whoever does not answer in time is left out. */
export async function askForStamps(client: Client, signature: string, deadline: Date): Promise<Asked[]> {
  return stampSignature({
    signature,
    deadline,
    from: await client.call(listTimeAuthorities),
    random: (bytes) => new Uint8Array(randomBytes(bytes)),
    ask: async ({ url, demonstration }, request) => {
      // A demonstration's own is asked where it is reached now, whatever address it prints.
      const response = await fetch(demonstration ? `${client.url}/api/time/tsa` : url, {
        method: 'POST',
        headers: { 'content-type': 'application/timestamp-query' },
        body: request,
        signal: AbortSignal.timeout(8_000),
      });
      return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined;
    },
  });
}

/** The tokens to hand in with a bid. */
export const stampsFor = async (client: Client, signature: string, deadline: Date): Promise<string[]> =>
  tokensOf(await askForStamps(client, signature, deadline));
