import {
  askAuthority,
  listTimeAuthorities,
  stampSignature,
  type Asked,
  type TimeAuthorities,
} from '@xinbiao/contracts/timekeeping';
import { call } from '../app/api.ts';

/** How long a bidder waits for evidence that a bid does not need. */
const patience = 9_000;

/**
 * Has the authorities stamp a signature. Requests and answers pass through the platform as bytes; this browser makes
 * the one and judges the other. Nothing that goes wrong here stops a bid.
 */
export async function askForStamps(signature: string, deadline: Date): Promise<readonly Asked[]> {
  const from = await call(listTimeAuthorities, { signal: AbortSignal.timeout(patience) });
  if (!from.ok) return [];
  return stampSignature({
    signature,
    deadline,
    from: from.value as TimeAuthorities,
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    ask: async ({ id }, request) => {
      const answer = await call(askAuthority, {
        params: { authorityId: id },
        raw: request,
        signal: AbortSignal.timeout(patience),
      });
      return answer.ok ? answer.value : undefined;
    },
  });
}
