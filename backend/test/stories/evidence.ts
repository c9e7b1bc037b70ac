import { addTime } from '@xinbiao/contracts/kernel';
import { readEntitledEvidence, readEvidence } from '@xinbiao/contracts/publication';
import { writeFileSync } from 'node:fs';
import { fileOf } from '../../../scripts/play/bid.ts';
import type { Cast } from '../../../scripts/play/cast.ts';
import type { Person } from '../../../scripts/play/person.ts';
import { accept, appoint, award, convene, qualify, release, reveal, score, sign } from '../../../scripts/play/steps.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { castFor, handIn, publishedLots, type PublishedLots } from '../lots.ts';

/* A tender that has run its course in a real house, for everybody who checks its evidence. */

export type Told = {
  readonly house: TestHouse;
  readonly cast: Cast;
  readonly published: PublishedLots;
  readonly roots: readonly Uint8Array[];
  /** Receipts of lot 1's bids, in the order in which they were handed in. */
  readonly receipts: readonly string[];
};

/** Three bids for lot 1, of which one replaces another; too few for lot 2; the first is awarded and the second fails. */
export async function aToldTender(): Promise<Told> {
  const house = await openHouse();
  const cast = await castFor(house, { bidders: 3, experts: 5 });
  const published = await publishedLots(house, cast, 2);
  const lot = (no: number): string => published.lots[no - 1] ?? '';
  const receipts: string[] = [];
  for (const [at, bidder] of cast.bidders.entries()) {
    const offer = {
      price: BigInt(300_000_000 + at * 10_000_000),
      files: [fileOf('方案.pdf', new Uint8Array(2_000).fill(at))],
    };
    receipts.push((await handIn(bidder, lot(1), offer)).receipt);
    if (at === 0) receipts.push((await handIn(bidder, lot(1), { ...offer, price: 299_000_000n })).receipt);
    if (at < 2) await handIn(bidder, lot(2), { price: BigInt(400_000_000 + at) });
  }
  house.clock.set(published.deadline);
  await house.tick();
  const roots = house.house.identity.authorities.roots.map((der) => new Uint8Array(der));
  for (const officer of [cast.purchaser, cast.notary] as Person[])
    await release(officer, lot(1), roots, house.clock.now());
  await house.tick();
  await finish(house, cast, lot(1));
  await house.house.ledger.sequencer.drain();
  return { house, cast, published, roots, receipts };
}

async function finish(house: TestHouse, cast: Cast, lotId: string): Promise<void> {
  await qualify(cast.agency, lotId);
  await appoint(
    cast.agency,
    lotId,
    cast.experts.map(({ known }) => known.seatId),
  );
  for (const expert of cast.experts) await accept(expert, lotId);
  await convene(cast.agency, lotId, addTime(house.clock.now(), 86_400_000));
  for (const [at, expert] of cast.experts.entries())
    await score(expert, lotId, (room, bid, item) =>
      Math.round(item.max * (0.9 - 0.1 * room.bids.indexOf(bid)) - at * 10),
    );
  for (const expert of cast.experts) await reveal(expert, lotId);
  for (const expert of cast.experts) await sign(expert, lotId);
  await award(cast.purchaser, lotId);
}

/** Downloads the public bundle, and those of supervision or of a bidder where one is named. */
export async function downloadEvidence({ house, published }: Told, file: string, by?: Person): Promise<void> {
  const params = { tenderId: published.tenderId };
  const bytes = by
    ? await by.client.call(readEntitledEvidence, { params })
    : await house.anybody.call(readEvidence, { params });
  writeFileSync(file, bytes);
}
