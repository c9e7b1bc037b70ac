import { openAcknowledgement, Malformed, parsePolicy } from '@xinbiao/contracts/trust';
import type { House } from '../platform/index.ts';

const patience = 8_000;
const longest = 4_096;

/** Shows a hash to every witness that the log's policy gives an address for; who does not answer rightly is left out. */
export async function leaveHash(house: House, hash: string): Promise<string[]> {
  const { witnesses } = parsePolicy(house.ledger.policy);
  const answers = await Promise.all(
    witnesses.map(async ({ key, url }) => {
      if (url === undefined) return [];
      try {
        const response = await fetch(`${url.replace(/\/$/, '')}/drop-box`, {
          method: 'POST',
          body: hash,
          redirect: 'error',
          signal: AbortSignal.timeout(patience),
        });
        const note = response.ok ? await response.text() : '';
        return note.length <= longest && openAcknowledgement(note, [key]).hash === hash ? [note] : [];
      } catch (fault) {
        if (fault instanceof Malformed || fault instanceof TypeError || fault instanceof DOMException) return [];
        throw fault;
      }
    }),
  );
  return answers.flat();
}
