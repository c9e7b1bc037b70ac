import { finalizeEnvelope, openEnvelope, putPiece } from '@xinbiao/contracts/bidding';
import {
  createAuthority,
  createDeal,
  finishManifest,
  generateEncryptionPair,
  generateSigningPair,
  issueCertificates,
  makeCertificateRequest,
  sealEnvelope,
  sealPart,
  sealPlan,
  sha256Hex,
  signDetached,
  textOf,
  type SealedPartSummary,
} from '@xinbiao/contracts/trust';
import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { aContext, aGroup, aKeyring } from '../../contracts/src/trust/envelope/example.ts';
import { madeUpFile, offerOf } from '../play/bid.ts';
import { readSealing } from '@xinbiao/contracts/bidding';
import type { Person } from '../play/person.ts';
import { StoredFile } from '../../backend/src/platform/index.ts';
import type { ToCheck } from './check.worker.ts';
import { megabytes, rate, timed, type Figure } from './figure.ts';
import { handInReady } from './stage.ts';

const bidderCount = 24;

/** Checks of sealed envelopes a second, then sealed bids accepted: every check, the log entry, the receipt. */
export async function* acceptance(): AsyncGenerator<Figure> {
  yield* checking();
  yield* accepting();
}

const workers = 2;

/** Every check of an envelope that needs no key, on two cores, against sha256sum over the same bytes. */
async function* checking(): AsyncGenerator<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'xinbiao-bench-'));
  try {
    const small = await envelopesFor(folder, 200, 1_000_000);
    const each = await checked(small);
    yield { what: 'envelopes of 1 MiB checked unread, two cores', value: `${(200 / (each / 1000)).toFixed(0)} /s` };
    const large = await envelopesFor(folder, workers, 256_000_000);
    const files = large.envelopes.flatMap(({ pieces }) => pieces.flat());
    const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
    const ours = await checked(large);
    const theirs = await timed(() =>
      Promise.all(large.envelopes.map(({ pieces }) => promisify(execFile)('sha256sum', ['--', ...pieces.flat()]))),
    );
    yield { what: 'sha256sum, two at once', value: rate(megabytes(bytes, theirs)) };
    yield {
      what: 'envelopes of 256 MB checked unread, two cores',
      value: rate(megabytes(bytes, ours)),
      ratio: theirs / ours,
      of: 'of sha256sum',
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Ready = {
  readonly roots: readonly Uint8Array<ArrayBuffer>[];
  readonly at: Date;
  readonly envelopes: readonly ToCheck[];
};

/** Seals envelopes of one bidder into files and signs them. */
async function envelopesFor(folder: string, count: number, size: number): Promise<Ready> {
  const at = new Date('2026-11-24T00:00:00.000Z');
  const authority = await createAuthority({ name: 'bench', at, years: 5 });
  const signing = await generateSigningPair({ extractable: false });
  const encryption = await generateEncryptionPair({ extractable: false });
  const subject = { commonName: '投标人' };
  const { signing: certificate } = await issueCertificates({
    authority,
    request: await makeCertificateRequest({ subject, signing, encryption }),
    subject,
    serials: { signing: '01', encryption: '02' },
    notBefore: at,
    notAfter: new Date('2029-01-01T00:00:00.000Z'),
  });
  const keyring = aKeyring([await aGroup('purchaser', 1, 2), await aGroup('independent', 1, 2)]);
  const envelopes: ToCheck[] = [];
  for (let number = 0; number < count; number += 1) {
    const envelopeId = randomBytes(16).toString('hex');
    const ctx = aContext(keyring, { envelopeId, bidderCertSha256: sha256Hex(certificate) });
    const deal = await createDeal({ ctx, keyring, dealSeed: new Uint8Array(randomBytes(32)) });
    const file = madeUpFile('方案.pdf', size, number);
    const parts = [
      { stage: 'open', name: 'price', content: { total: '1' }, files: [] },
      { stage: 'open', name: 'technical', content: {}, files: [file] },
    ];
    const { manifest, bytes } = await sealEnvelope(
      { deal, parts, client: { bundleSha256: null, version: 'bench' } },
      { deliver: (_, piece) => writeFile(join(folder, piece.sha256), piece.bytes) },
    );
    envelopes.push({
      bytes,
      signature: await signDetached({ content: bytes, certificate, privateKey: signing.privateKey, signingTime: at }),
      expect: { ...ctx, keyring, stages: { open: ['price', 'technical'] } },
      pieces: manifest.parts.map((part) => part.pieces.map((piece) => join(folder, piece))),
    });
  }
  return { roots: [authority.certificate], at: new Date(at.getTime() + 86_400_000), envelopes };
}

/** Milliseconds that two workers need for all of them; starting the workers does not count. */
async function checked({ roots, at, envelopes }: Ready): Promise<number> {
  const threads = Array.from({ length: workers }, (_, worker) => {
    const own = envelopes.filter((_one, index) => index % workers === worker);
    return new Worker(new URL('check.worker.ts', import.meta.url), { workerData: { roots, at, envelopes: own } });
  });
  await Promise.all(threads.map((thread) => once(thread, 'message')));
  const taken = await timed(() =>
    Promise.all(
      threads.map((thread) => {
        const done = once(thread, 'message');
        thread.postMessage('go');
        return done;
      }),
    ),
  );
  await Promise.all(threads.map((thread) => thread.terminate()));
  return taken;
}

/** Sealed bids accepted a second — every check, the log entry, the receipt — against bare durable inserts on the same database. */
async function* accepting(): AsyncGenerator<Figure> {
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
