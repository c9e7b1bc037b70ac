import { finalizeEnvelope, openEnvelope, putPiece } from '@xinbiao/contracts/bidding';
import {
  createDeal,
  finishManifest,
  sealPart,
  sealPlan,
  textOf,
  type SealedPartSummary,
} from '@xinbiao/contracts/trust';
import { randomBytes, randomUUID } from 'node:crypto';
import { offerOf } from '../play/bid.ts';
import { readSealing } from '@xinbiao/contracts/bidding';
import type { Person } from '../play/person.ts';
import { StoredFile } from '../../backend/src/platform/index.ts';
import { timed, type Figure } from './figure.ts';
import { handInReady } from './stage.ts';

const bidderCount = 24;

/** Sealed bids accepted a second — every check, the log entry, the receipt — against bare durable inserts on the same database. */
export async function* acceptance(): AsyncGenerator<Figure> {
  const stage = await handInReady(bidderCount);
  try {
    const { lotId, bidders, theatre } = stage;
    const ready = await Promise.all(bidders.map((bidder) => prepare(bidder, lotId)));
    const accept = await timed(() =>
      Promise.all(
        ready.map(({ bidder, envelopeId, body }) =>
          bidder.client.call(finalizeEnvelope, { params: { envelopeId }, body }),
        ),
      ),
    );
    const accepted = bidderCount / (accept / 1000);
    const fork = theatre.opened.house.fork;
    const row = () => ({
      id: randomUUID(),
      ownerPersonId: randomUUID(),
      name: 'x',
      size: 1,
      sha256: randomBytes(32).toString('hex'),
      contentType: 'x',
      storedAt: new Date(),
    });
    const inserts = bidderCount * 8;
    const insert = await timed(() =>
      Promise.all(Array.from({ length: inserts }, () => fork().insert(StoredFile, row()))),
    );
    const inserted = inserts / (insert / 1000);
    yield { what: `durable inserts, ${inserts} at once`, value: `${inserted.toFixed(0)} /s` };
    yield {
      what: `bids accepted with receipt, ${bidderCount} at once`,
      value: `${accepted.toFixed(1)} /s`,
      ratio: accepted / inserted,
      of: 'of bare inserts',
    };
  } finally {
    await stage.close();
  }
}

async function prepare(bidder: Person, lotId: string) {
  const facts = await bidder.client.call(readSealing, { params: { lotId } });
  const { ctx, envelopeId } = await bidder.client.call(openEnvelope, { params: { lotId }, body: {} });
  const deal = await createDeal({ ctx, keyring: facts.keyring, dealSeed: new Uint8Array(randomBytes(32)) });
  const { price, technical } = offerOf(facts, bidder, { price: 900_000_000n });
  const contents = [
    { stage: 'open', name: 'price', content: price as never, files: [] },
    { stage: 'open', name: 'technical', content: technical as never, files: [] },
  ];
  const parts: SealedPartSummary[] = [];
  for (const [at, plan] of sealPlan({ deal, parts: contents }).entries()) {
    const part = contents[at];
    if (!part) throw new Error('no part');
    const sealing = sealPart({ deal, plan, part });
    const pieces: string[] = [];
    for await (const { bytes, sha256 } of sealing) {
      pieces.push(sha256);
      await bidder.client.call(putPiece, { params: { envelopeId, sha256 }, raw: bytes });
    }
    parts.push({ plan, head: sealing.head, pieces });
  }
  const manifest = finishManifest({ deal, parts, client: { bundleSha256: null, version: 'bench' } });
  return {
    bidder,
    envelopeId,
    body: { manifest: textOf(manifest.bytes), signature: await bidder.signBytes(manifest.bytes), timestamps: [] },
  };
}
