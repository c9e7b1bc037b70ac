import type { EntityManager } from '@mikro-orm/core';
import { CloseDocument, type BidEnding, type MyBid } from '@xinbiao/contracts/bidding';
import { instantText } from '@xinbiao/contracts/kernel';
import type { NoticeVersion } from '@xinbiao/contracts/tendering';
import { parseCanonical } from '@xinbiao/contracts/trust';
import { Certificate } from '../identity/index.ts';
import { Lot, noticesOf, Tender } from '../tendering/index.ts';
import type { Actor } from '../platform/index.ts';
import { refuse } from '../platform/index.ts';
import { Bid, Envelope, LotClose } from './bid.entity.ts';
import { resealOf } from './reseal.queries.ts';

type HeadView = NonNullable<MyBid['head']>;

/** An envelope as the head of its bid. */
export function headOf(
  envelope: Pick<Envelope, 'id' | 'manifestHash' | 'seq' | 'receivedAt'> | null | undefined,
): HeadView | null {
  const { id, manifestHash, seq, receivedAt } = envelope ?? {};
  return id && manifestHash && seq !== undefined && receivedAt
    ? { envelopeId: id, manifestHash, seq, receivedAt: instantText(receivedAt) }
    : null;
}

/** An envelope of the caller's own organisation; of anybody else's it is as if it did not exist. */
export async function ownEnvelope(
  em: EntityManager,
  actor: Actor,
  envelopeId: string,
): Promise<{ envelope: Envelope; bid: Bid }> {
  const envelope = await em.findOne(Envelope, { id: envelopeId });
  const bid =
    envelope && actor.organisationId !== null
      ? await em.findOne(Bid, { id: envelope.bidId, organisationId: actor.organisationId })
      : null;
  if (!envelope || !bid) return refuse('bid.envelope-unknown');
  return { envelope, bid };
}

/** What its bidder signed to end a bid that was handed in, by envelope or by the hash of its manifest; undefined where there is no such bid. */
export async function endingOf(
  em: EntityManager,
  which: { readonly id: string } | { readonly lotId: string; readonly manifestHash: string },
): Promise<BidEnding | undefined> {
  const envelope = await em.findOne(Envelope, { ...which, entryId: { $ne: null } });
  if (!envelope?.manifest) return undefined;
  const { bidId, manifest, manifestHash, certificate, withdrawAct, withdrawSignature } = envelope;
  const { organisationId } = await em.findOneOrFail(Bid, { id: bidId });
  const after = (await em.find(Envelope, { bidId, entryId: { $ne: null } })).find(
    ({ ctx }) => ctx.supersedes === manifestHash,
  );
  // A signature may leave out the authorities that came with the signer's certificate when it was registered.
  const pinned = await em.find(Certificate, { organisationId, kind: 'signing' }, { disableIdentityMap: true });
  return {
    manifest,
    certificate,
    withdrawal: withdrawAct && withdrawSignature ? { act: withdrawAct, signature: withdrawSignature } : null,
    replacement: after?.manifest && after.signature ? { manifest: after.manifest, signature: after.signature } : null,
    intermediates: [...new Set(pinned.flatMap(({ chain }) => chain))],
  };
}

/** All bids of an organisation, each with its whole history. */
export async function bidsOfOrganisation(
  em: EntityManager,
  organisationId: string,
  now: Date,
): Promise<{ now: string; rows: MyBid[] }> {
  const bids = await em.find(Bid, { organisationId }, { orderBy: { createdAt: 'desc' } });
  const envelopes = await em.find(
    Envelope,
    { bidId: { $in: bids.map(({ id }) => id) } },
    {
      orderBy: { openedAt: 'desc' },
      fields: [
        'id',
        'bidId',
        'seq',
        'state',
        'bytes',
        'manifestHash',
        'openedAt',
        'receivedAt',
        'withdrawnAt',
        'ctx',
        'unreadableAt',
      ],
    },
  );
  const lots = new Map(
    (await em.find(Lot, { id: { $in: bids.map(({ lotId }) => lotId) } })).map((lot) => [lot.id, lot]),
  );
  const tenders = new Map(
    (await em.find(Tender, { id: { $in: bids.map(({ tenderId }) => tenderId) } })).map((tender) => [tender.id, tender]),
  );
  const notices = new Map<string, NoticeVersion[]>();
  for (const { id } of tenders.values()) notices.set(id, await noticesOf(em, id));
  const rows = bids.flatMap((bid): MyBid[] => {
    const [lot, tender] = [lots.get(bid.lotId), tenders.get(bid.tenderId)];
    if (!lot || !tender) return [];
    const own = envelopes.filter(({ bidId }) => bidId === bid.id);
    return [
      {
        bidId: bid.id,
        tenderId: tender.id,
        lotId: lot.id,
        code: tender.code,
        title: tender.title,
        lotNo: lot.no,
        lotTitle: lot.title,
        lotState: lot.state,
        deadline: instantText(lot.deadline),
        standing: bid.standing,
        head: headOf(own.find(({ id }) => id === bid.headId)),
        reseal:
          lot.state === 'bidding' && now < lot.deadline
            ? resealOf(
                notices.get(tender.id) ?? [],
                own.find(({ id }) => id === bid.headId),
              )
            : null,
        envelopes: own.map((envelope) => ({
          envelopeId: envelope.id,
          seq: envelope.seq,
          state: envelope.state,
          bytes: envelope.bytes,
          manifestHash: envelope.manifestHash ?? null,
          openedAt: instantText(envelope.openedAt),
          receivedAt: envelope.receivedAt ? instantText(envelope.receivedAt) : null,
          withdrawnAt: envelope.withdrawnAt ? instantText(envelope.withdrawnAt) : null,
        })),
      },
    ];
  });
  return { now: instantText(now), rows };
}

/** The close document of a lot that has closed. */
export async function closeOf(
  em: EntityManager,
  lotId: string,
): Promise<{ row: LotClose; document: CloseDocument } | undefined> {
  const row = await em.findOne(LotClose, { lotId });
  return row ? { row, document: CloseDocument.parse(parseCanonical(row.document)) } : undefined;
}

/** A bid that counts, with what its bidder signed. For officers, the opening and those entitled after close. */
export type CountedBid = {
  readonly bidId: string;
  readonly lotId: string;
  readonly no: number;
  readonly organisationId: string;
  readonly bidder: { readonly name: string; readonly uscc: string };
  readonly envelopeId: string;
  readonly manifestHash: string;
  readonly manifest: string;
  readonly signature: string;
  readonly certificate: string;
  readonly receivedAt: Date;
};

/** The bids of a lot's close document, in its order; none before close and none where the lot failed then. */
export async function countedBids(em: EntityManager, lotId: string): Promise<CountedBid[]> {
  const bids = await em.find(Bid, { lotId, standing: 'counted' }, { orderBy: { no: 'asc' } });
  const envelopes = new Map(
    (await em.find(Envelope, { id: { $in: bids.flatMap(({ headId }) => headId ?? []) } })).map((envelope) => [
      envelope.id,
      envelope,
    ]),
  );
  return bids.map((bid) => {
    const { id, manifestHash, manifest, signature, certificate, receivedAt } = envelopes.get(bid.headId ?? '') ?? {};
    if (!id || !manifestHash || !manifest || !signature || !certificate || !receivedAt || !bid.no)
      throw new Error('a counted bid has lost its envelope');
    return {
      bidId: bid.id,
      lotId,
      no: bid.no,
      organisationId: bid.organisationId,
      bidder: { name: bid.organisationName, uscc: bid.uscc },
      envelopeId: id,
      manifestHash,
      manifest,
      signature,
      certificate,
      receivedAt,
    };
  });
}
