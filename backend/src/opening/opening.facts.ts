import type { EntityManager } from '@mikro-orm/core';
import type { BidFault, OpeningBid, OpeningGroup, Regime } from '@xinbiao/contracts/opening';
import { capitals, instantText } from '@xinbiao/contracts/kernel';
import type { Keyring } from '@xinbiao/contracts/trust';
import { Certificate } from '../identity/index.ts';
import type { CountedBid } from '../bidding/index.ts';
import type { Tender } from '../tendering/index.ts';
import type { Actor } from '../platform/index.ts';
import type { BatchAnnouncement } from './course.entity.ts';
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

/** The caller's certificates among those of officers, by what was pinned for the caller's seat. */
export async function ownMembers(
  em: EntityManager,
  members: readonly Member[],
  actor: Pick<Actor, 'seatId'>,
): Promise<Member[]> {
  const own = await em.find(Certificate, {
    seatId: actor.seatId,
    kind: 'encryption',
    fingerprint: { $in: members.map(({ certSha256 }) => certSha256) },
  });
  return members.filter(({ certSha256 }) => own.some(({ fingerprint }) => fingerprint === certSha256));
}

/** Every officer that any of these keyrings names, once, the newest keyring's first. */
export const membersOfAll = (keyrings: readonly Keyring[]): Member[] => [
  ...new Map(keyrings.flatMap(membersOf).map((member) => [member.certSha256, member])).values(),
];

/** A tender is published under the procurement law today; the tendering law's words are there for when one is not. */
export const regime: Regime = 'ZC';

type Released = Pick<Release, 'officer' | 'at'>;
type Said = {
  readonly releases: readonly Released[];
  readonly announced?: readonly Pick<BatchAnnouncement, 'officer' | 'at' | 'state'>[];
  readonly absent?: readonly string[];
};

/** The groups as they stand, officers of older keyrings that bids still name among them. */
export const groupsOf = (
  keyrings: readonly Keyring[],
  { releases, announced = [], absent = [] }: Said,
): OpeningGroup[] =>
  (keyrings[0]?.groups ?? []).map(({ id, t }) => {
    const members = membersOfAll(keyrings)
      .filter(({ group }) => group === id)
      .map(({ x, name, organisation, certSha256 }) => {
        const release = releases.find(({ officer }) => officer === certSha256);
        const announcement = announced.find(({ officer, state }) => officer === certSha256 && state !== 'refused');
        return {
          x,
          name,
          organisation,
          certSha256,
          announcedAt: announcement ? instantText(announcement.at) : null,
          releasedAt: release ? instantText(release.at) : null,
          absent: absent.includes(certSha256),
        };
      });
    const released = members.filter(({ releasedAt }) => releasedAt !== null).length;
    return { id, t, members, released, reached: released >= t };
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
    readonly recovered: boolean;
    readonly gate: OpeningBid['gate'];
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
    recovered: given.recovered,
    gate: given.gate,
    remark: given.remark,
  };
}
