import {
  finalizeEnvelope,
  listPieces,
  openEnvelope,
  partContents,
  putPiece,
  readSealing,
  withdrawAct,
  withdrawBid,
  type BidReceipt,
  type PieceLength as PieceLengthSchema,
  type PriceOffer,
  type SealingFacts,
  type TechnicalOffer,
} from '@xinbiao/contracts/bidding';
import { createDeal, pieceLengthFor, sealEnvelope, textOf, type FileSource } from '@xinbiao/contracts/trust';
import { instantOf } from '@xinbiao/contracts/kernel';
import type { z } from 'zod';
import type { Person } from './person.ts';
import { stampsFor } from './stamps.ts';

type PieceLength = z.infer<typeof PieceLengthSchema>;

export type Offer = {
  readonly price: bigint;
  readonly deliveryDays?: number;
  readonly projectLead?: string;
  /** Option claimed for each objective item; the first one where left out. */
  readonly claims?: Readonly<Record<string, string>>;
  readonly files?: readonly FileSource[];
  readonly note?: string;
  /** The price table; empty where left out. */
  readonly lines?: TechnicalOffer['lines'];
  readonly onBytes?: (bytes: number) => void;
};

/** A file of the given bytes. */
export const fileOf = (name: string, bytes: Uint8Array): FileSource => ({
  name,
  size: bytes.length,
  stream: (from) =>
    (async function* () {
      yield bytes.subarray(from);
    })(),
});

/** A file of `size` bytes made up on the way, never whole in memory. */
export function madeUpFile(name: string, size: number, salt = 1): FileSource {
  const block = new Uint8Array(1024 * 1024);
  for (let at = 0; at < block.length; at += 1) block[at] = (at * 31 + salt * 17 + (at >> 8)) & 255;
  return {
    name,
    size,
    stream: (from) =>
      (async function* () {
        for (let at = from; at < size;) {
          const offset = at % block.length;
          const bytes = block.subarray(offset, Math.min(block.length, offset + size - at));
          yield bytes;
          at += bytes.length;
        }
      })(),
  };
}

/** What a bidder says, from the lot's form. */
export function offerOf(
  facts: SealingFacts,
  person: Person,
  offer: Offer,
): { price: PriceOffer; technical: TechnicalOffer } {
  const { form, lotId, bidder } = facts;
  return {
    price: {
      v: 'xinbiao/offer-price/v1',
      lotId,
      price: offer.price.toString(),
      deliveryDays: offer.deliveryDays ?? form.deliveryDays,
      validityDays: form.validityDays,
      projectLead: offer.projectLead ?? person.known.name,
      note: offer.note ?? '',
    },
    technical: {
      v: 'xinbiao/offer/v1',
      lotId,
      bidder: { name: bidder.name, uscc: bidder.uscc },
      consortium: [],
      contact: { name: person.known.name, phone: '0532-85550000', email: '' },
      deliveryPlace: form.deliveryPlace,
      warrantyMonths: 36,
      lines: [...(offer.lines ?? [])],
      objective: form.objective.map(({ id, options }) => ({
        item: id,
        option: offer.claims?.[id] ?? options[0]?.id ?? '',
        note: '',
        file: null,
      })),
      qualifications: form.qualifications.map(({ id }) => ({
        id,
        statement: '满足，证明材料见投标文件。',
        file: null,
      })),
      deviations: [],
      declarations: { truthful: true, independent: true, qualified: true },
      summary: '',
    },
  };
}

/** The piece length that the files will need, said when the envelope is begun. */
function pieceLengthOf(files: readonly FileSource[]): PieceLength {
  const bytes = files.reduce((sum, { size }) => sum + size + 4096, 4 * 1024 * 1024);
  return pieceLengthFor([Math.ceil(bytes * 1.12), 128 * 1024]) as PieceLength;
}

/** Seals a bid as the page does — part by part, piece by piece — uploads it and hands it in. */
export async function handIn(
  person: Person,
  lotId: string,
  offer: Offer,
): Promise<BidReceipt & { readonly sealedBytes: number }> {
  const { client } = person;
  const facts = await client.call(readSealing, { params: { lotId } });
  if (facts.obstacles.length > 0)
    throw new Error(`a bid cannot be handed in: ${facts.obstacles.map(({ code }) => code).join(', ')}`);
  const { price, technical } = offerOf(facts, person, offer);
  const opened = await client.call(openEnvelope, {
    params: { lotId },
    body: { pieceLength: pieceLengthOf(offer.files ?? []) },
  });
  const deal = await createDeal({
    ctx: opened.ctx,
    keyring: facts.keyring,
    dealSeed: crypto.getRandomValues(new Uint8Array(32)),
    stages: facts.stages.map(({ id }) => id),
    gates: opened.gates,
  });
  const parts = partContents(facts.stages, { price, technical }, offer.files ?? []);
  const { envelopeId } = opened;
  const present = new Set(
    (await client.call(listPieces, { params: { envelopeId } })).pieces.map(({ sha256 }) => sha256),
  );
  let sealedBytes = 0;
  const manifest = await sealEnvelope(
    { deal, parts, client: { bundleSha256: null, version: 'command-line' } },
    {
      async deliver(_, { bytes, sha256 }) {
        sealedBytes += bytes.length;
        if (!present.has(sha256)) await client.call(putPiece, { params: { envelopeId, sha256 }, raw: bytes });
        offer.onBytes?.(bytes.length);
      },
    },
  );
  const signature = await person.signBytes(manifest.bytes);
  const timestamps = await stampsFor(client, signature, instantOf(facts.deadline));
  const receipt = await client.call(finalizeEnvelope, {
    params: { envelopeId },
    body: { manifest: textOf(manifest.bytes), signature, timestamps },
  });
  return { ...receipt, sealedBytes };
}

/** Takes the own bid back by a signed act. */
export async function withdraw(person: Person, lotId: string): Promise<BidReceipt> {
  const { head } = await person.client.call(readSealing, { params: { lotId } });
  if (!head) throw new Error('there is no bid to take back');
  return person.client.call(withdrawBid, {
    params: { lotId },
    body: await person.sign(
      withdrawAct(person.by, { lotId, envelopeId: head.envelopeId, manifestHash: head.manifestHash }),
    ),
  });
}
