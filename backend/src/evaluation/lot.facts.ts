import type { EntityManager } from '@mikro-orm/core';
import type { TechnicalOffer } from '@xinbiao/contracts/bidding';
import { criteriaHash, criteriaOf, type Criteria, type LotName } from '@xinbiao/contracts/evaluation';
import type { RulebookId } from '@xinbiao/contracts/rulebook';
import { TenderContent, type LotContent } from '@xinbiao/contracts/tendering';
import { Bid } from '../bidding/index.ts';
import { OpenedBid, technicalOf } from '../opening/index.ts';
import { Refused, type Actor, type House } from '../platform/index.ts';
import { isStaffOf, Lot, lotOf, Tender, tenderOf } from '../tendering/index.ts';

/** A lot with the tender it was published in, and what it is judged by. */
export type LotFacts = {
  readonly lot: Lot;
  readonly tender: Tender;
  readonly content: TenderContent;
  readonly part: LotContent;
  readonly criteria: Criteria;
  readonly criteriaHash: string;
  readonly rulebook: RulebookId;
  readonly name: LotName;
};

/** Gathers a published lot's facts; refused where there is none. */
export async function lotFacts(em: EntityManager, lotId: string, locked?: Lot): Promise<LotFacts> {
  const lot = locked ?? (await found(() => lotOf(em, lotId)));
  const tender = await found(() => tenderOf(em, lot));
  const content = TenderContent.parse(tender.content);
  const part = content.lots.find(({ no }) => no === lot.no);
  if (!part || !tender.publishedAt) throw new Refused([{ code: 'evaluation.no-such-lot' }]);
  const criteria = criteriaOf(lot.id, part);
  return {
    lot,
    tender,
    content,
    part,
    criteria,
    criteriaHash: criteriaHash(criteria),
    rulebook: tender.rulebook as RulebookId,
    name: { tenderId: tender.id, lotId: lot.id, code: tender.code, lotNo: lot.no },
  };
}

async function found<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (fault) {
    if (fault instanceof Refused) throw new Refused([{ code: 'evaluation.no-such-lot' }]);
    throw fault;
  }
}

/** Only those who run the tender. */
export function mustBeStaff(actor: Actor, { tender }: Pick<LotFacts, 'tender'>): void {
  if (!isStaffOf(actor, tender)) throw new Refused([{ code: 'evaluation.not-your-tender' }]);
}

/** A bid as the opening left it; `price` is null where it did not open. */
export type BidFacts = {
  readonly bidId: string;
  readonly no: number;
  readonly organisationId: string;
  readonly bidder: { readonly name: string; readonly uscc: string };
  readonly state: 'opened' | 'faulty';
  readonly price: bigint | null;
  readonly opened: OpenedBid;
};

/** The bids that the officers opened, in the order of the close document; none before that. */
export async function openedBids(em: EntityManager, lotId: string): Promise<BidFacts[]> {
  const rows = await em.find(OpenedBid, { lotId }, { orderBy: { no: 'asc' } });
  const bids = new Map(
    (await em.find(Bid, { id: { $in: rows.map(({ bidId }) => bidId) } })).map((bid) => [bid.id, bid]),
  );
  return rows.map((opened) => {
    const bid = bids.get(opened.bidId);
    if (!bid) throw new Error('an opened bid has lost its bidder');
    return {
      bidId: bid.id,
      no: opened.no,
      organisationId: bid.organisationId,
      bidder: { name: bid.organisationName, uscc: bid.uscc },
      state: opened.state,
      price: opened.price ?? null,
      opened,
    };
  });
}

export type TechnicalFile = {
  readonly index: number;
  readonly name: string;
  readonly size: number;
  readonly contentType: string;
};
export type Technical = { readonly offer: TechnicalOffer; readonly files: readonly TechnicalFile[] };

/** What a bid's technical part says, and its files; undefined where it did not open. */
export async function technicalFacts(house: House, em: EntityManager, bidId: string): Promise<Technical | undefined> {
  const found = await technicalOf(house, em, bidId);
  return (
    found && {
      offer: found.content,
      files: found.files.map(({ name, size }, index) => ({ index, name, size, contentType: contentTypeOf(name) })),
    }
  );
}

const types: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  txt: 'text/plain; charset=utf-8',
};
/** What a browser may show by itself; everything else is only saved. */
export const contentTypeOf = (name: string): string =>
  types[name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/octet-stream';
