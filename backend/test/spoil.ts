import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import {
  canonicalBytes,
  recipientOf,
  shareBlobLength,
  shareCommit,
  wrapFor,
  type Deal,
  type ShareBlob,
} from '@xinbiao/contracts/trust';

/* What a dishonest bidder does to an officer's share: nothing that the server could see. */

type Spoil = (deal: Deal) => Promise<Deal>;
type Place = { readonly stage: string; readonly group: string; readonly x: number };

const random = (length: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(length));

async function wrapTo(deal: Deal, officer: string, content: Uint8Array): Promise<string> {
  const member = deal.keyring.groups.flatMap(({ members }) => members).find(({ certSha256 }) => certSha256 === officer);
  if (!member) throw new Error('no such officer');
  const ephemeral = random(32);
  // Below the order, and not zero.
  ephemeral[0] = 0;
  ephemeral[31] = 1;
  const secrets = { contentKey: random(32), iv: random(12), ephemeral };
  return toHex(await wrapFor(recipientOf(fromHex(member.certificate)), content, secrets));
}

function changing(
  officers: readonly string[],
  change: (deal: Deal, place: Place, officer: string) => Promise<{ wrap: string; commit?: string }>,
): Spoil {
  return async (deal) => ({
    ...deal,
    locks: await Promise.all(
      deal.locks.map(async (lock) => ({
        ...lock,
        groups: await Promise.all(
          lock.groups.map(async (group) => ({
            ...group,
            shares: await Promise.all(
              group.shares.map(async (share) =>
                officers.includes(share.officer)
                  ? {
                      ...share,
                      ...(await change(deal, { stage: lock.id, group: group.id, x: share.x }, share.officer)),
                    }
                  : share,
              ),
            ),
          })),
        ),
      })),
    ),
  });
}

/** Noise of the right length where these officers' shares should be. */
export const garbageFor = (...officers: readonly string[]): Spoil =>
  changing(officers, async (deal, place, officer) => ({
    wrap: await wrapTo(deal, officer, random(shareBlobLength(place))),
  }));

/** Shares in the right form that are committed to and lie on another polynomial. */
export const inconsistentFor = (...officers: readonly string[]): Spoil =>
  changing(officers, async (deal, place, officer) => {
    const blob = canonicalBytes({
      v: 'xinbiao/share/v1',
      ctxHash: deal.ctxHash,
      ...place,
      officer,
      share: `00${toHex(random(31))}`,
      salt: toHex(random(32)),
    } satisfies ShareBlob);
    return { wrap: await wrapTo(deal, officer, blob), commit: shareCommit(blob) };
  });
