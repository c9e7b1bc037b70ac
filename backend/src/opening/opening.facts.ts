import type { EntityManager } from '@mikro-orm/core';
import {
  openingMinutes,
  standingOf,
  type BidFault,
  type OpeningBid,
  type OpeningGroup,
  type Standing,
} from '@xinbiao/contracts/opening';
import { addTime, capitals, instantText } from '@xinbiao/contracts/kernel';
import type { Keyring } from '@xinbiao/contracts/trust';
import { Certificate } from '../identity/index.ts';
import type { CountedBid } from '../bidding/index.ts';
import type { Tender } from '../tendering/index.ts';
import type { Actor } from '../platform/index.ts';
import type { KeptFault, OpenedBid, Release } from './opening.entity.ts';

export type Member = {
  readonly group: string;
  readonly x: number;
  readonly certSha256: string;
  readonly name: string;
  readonly organisation: string;
};

export const keyringOf = (tender: Tender): Keyring => {
  if (!tender.keyring) throw new Error('a published tender has lost its keyring');
  return tender.keyring;
};

export const membersOf = (keyring: Keyring): Member[] =>
  keyring.groups.flatMap(({ id, members }) =>
    members.map(({ x, certSha256, name, organisation }) => ({ group: id, x, certSha256, name, organisation })),
  );

/** The caller's place in a keyring, by a certificate that was pinned for the caller's seat. */
export async function memberOf(
  em: EntityManager,
  keyring: Keyring,
  actor: Pick<Actor, 'seatId'>,
): Promise<Member | undefined> {
  const members = membersOf(keyring);
  const own = await em.find(Certificate, {
    seatId: actor.seatId,
    kind: 'encryption',
    fingerprint: { $in: members.map(({ certSha256 }) => certSha256) },
  });
  return members.find(({ certSha256 }) => own.some(({ fingerprint }) => fingerprint === certSha256));
}

type Released = Pick<Release, 'officer' | 'at' | 'lacking'>;

export const groupsOf = (keyring: Keyring, releases: readonly Released[]): OpeningGroup[] =>
  keyring.groups.map(({ id, t, members }) => {
    const shown = members.map(({ x, name, organisation, certSha256 }) => {
      const release = releases.find(({ officer }) => officer === certSha256);
      return { x, name, organisation, certSha256, releasedAt: release ? instantText(release.at) : null };
    });
    const released = shown.filter(({ releasedAt }) => releasedAt !== null).length;
    return { id, t, members: shown, released, reached: released >= t };
  });

/** When a bid that waits for an absent officer is settled without that officer. */
export const settleAt = (closedAt: Date): Date => addTime(closedAt, openingMinutes * 60_000);

/** Can the lot be opened now, and if not, who is waited for? */
export const standing = (
  keyring: Keyring,
  releases: readonly Released[],
  manifestHashes: readonly string[],
  settled: boolean,
): Standing =>
  standingOf({
    groups: keyring.groups.map(({ id, t, members }) => {
      const all = members.map(({ certSha256 }) => certSha256);
      return {
        id,
        t,
        members: all,
        released: all.filter((member) => releases.some(({ officer }) => officer === member)),
      };
    }),
    bids: manifestHashes.map((manifestHash) => ({
      manifestHash,
      good: releases.filter(({ lacking }) => !lacking.includes(manifestHash)).map(({ officer }) => officer),
    })),
    settled,
  });

/** A fault as it is shown: an officer by name, never by certificate alone. */
export const faultView = (members: readonly Member[], { code, party, group, officer, part }: KeptFault): BidFault => ({
  code,
  party,
  group: group ?? null,
  officer: members.find(({ certSha256 }) => certSha256 === officer)?.name ?? null,
  part: part ?? null,
});

/** A line of the record from what the opening of a bid brought, or that it is still sealed. */
export function lineOf(
  bid: CountedBid,
  opened: OpenedBid | undefined,
  given: {
    readonly ceiling: bigint | null;
    readonly members: readonly Member[];
    readonly remark: OpeningBid['remark'];
  },
): OpeningBid {
  const { price = null, offer = null } = opened ?? {};
  return {
    bidId: bid.bidId,
    no: bid.no,
    bidder: bid.bidder,
    manifestHash: bid.manifestHash,
    receivedAt: instantText(bid.receivedAt),
    state: opened?.state ?? 'sealed',
    price: price === null ? null : price.toString(),
    priceCapitals: price === null ? null : capitals(price),
    aboveCeiling: price !== null && given.ceiling !== null && price > given.ceiling,
    deliveryDays: offer?.deliveryDays ?? null,
    validityDays: offer?.validityDays ?? null,
    projectLead: offer?.projectLead ?? null,
    note: offer?.note ?? null,
    faults: (opened?.faults ?? []).map((fault) => faultView(given.members, fault)),
    remark: given.remark,
  };
}
