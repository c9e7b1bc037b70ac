import { equalBytes, recipientOf, unwrapWith, wrapFor, WrapUnreadable } from '@xinbiao/contracts/trust';
import type { UsableKey } from '../identity/keys.ts';

/** Seals a random secret to the certificate, as a bid would be, and opens it with the key: the way an opening goes. */
export async function testKey({ privateKey, certificate }: UsableKey): Promise<boolean> {
  const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const recipient = recipientOf(certificate);
  const secret = random(64);
  // A scalar of the curve: with the top byte cleared it is below the order, whatever the rest.
  const ephemeral = random(32);
  ephemeral[0] = 0;
  ephemeral[31] = (ephemeral[31] ?? 0) | 1;
  const wrap = await wrapFor(recipient, secret, { contentKey: random(32), iv: random(12), ephemeral });
  try {
    return equalBytes(await unwrapWith(privateKey, recipient, wrap), secret);
  } catch (fault) {
    if (fault instanceof WrapUnreadable) return false;
    throw fault;
  }
}
