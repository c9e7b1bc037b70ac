import {
  bytesOf,
  Manifest,
  openPart,
  parseCanonical,
  partKeyIn,
  recoverStageKey,
  sealEnvelope,
  createDeal,
  type DeliveredShare,
} from '@xinbiao/contracts/trust';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cipherOf } from '../../backend/src/platform/index.ts';
import { aContext, aGroup, aKeyring, sharesOf } from '../../contracts/src/trust/envelope/example.ts';
import { megabytes, rate, timed, type Figure } from './figure.ts';

const bids = 100;
const bytesOfBid = 10_000_000;

type Sealed = { readonly text: string; readonly shares: readonly DeliveredShare[] };

/**
 * A hundred bids of 10 MB opened as the server opens them — every share checked, the key recovered, every piece
 * hashed, every chunk authenticated, the archive read whole — against `openssl` decrypting and `sha256sum` hashing
 * the same bytes.
 */
export async function* opening(): AsyncGenerator<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'xinbiao-bench-'));
  try {
    const groups = [await aGroup('purchaser', 1, 2), await aGroup('independent', 1, 2)];
    const officers = groups.flatMap(({ officers: own }) => own.slice(0, 1));
    const keyring = aKeyring(groups);
    mkdirSync(join(folder, 'pieces'));
    const sealed: Sealed[] = [];
    for (let at = 0; at < bids; at += 1) sealed.push(await seal(folder, { keyring, officers, at }));
    const pieces = sealed.flatMap(({ text }) =>
      Manifest.parse(parseCanonical(text)).parts.flatMap((part) =>
        part.pieces.map((piece) => join(folder, 'pieces', piece)),
      ),
    );
    // One file for openssl, whose start would else be most of its time.
    const all = join(folder, 'all');
    let total = 0;
    for (const path of pieces) {
      const bytes = readFileSync(path);
      appendFileSync(all, bytes);
      total += bytes.length;
    }

    // Both read from memory: everything was just written.
    const outside = await timed(() => {
      execFileSync('sha256sum', ['--', ...pieces], { stdio: 'ignore' });
      const cipher = ['enc', '-d', '-aes-256-ctr', '-K', randomBytes(32).toString('hex'), '-iv', '0'.repeat(32)];
      execFileSync('openssl', [...cipher, '-in', all, '-out', '/dev/null'], { stdio: 'ignore' });
      return Promise.resolve();
    });
    const ours = await timed(async () => {
      for (const one of sealed) await open(folder, one);
    });
    yield { what: `sha256sum and openssl, ${bids} bids of 10 MB`, value: rate(megabytes(total, outside)) };
    yield {
      what: `opened with every check, ${bids} bids of 10 MB`,
      value: rate(megabytes(total, ours)),
      ratio: ours / outside,
      of: 'of the time of sha256sum and openssl',
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function seal(
  folder: string,
  {
    keyring,
    officers,
    at,
  }: {
    readonly keyring: ReturnType<typeof aKeyring>;
    readonly officers: Parameters<typeof sharesOf>[1];
    readonly at: number;
  },
): Promise<Sealed> {
  const ctx = aContext(keyring, { envelopeId: at.toString(16).padStart(32, '0') });
  const deal = await createDeal({ ctx, keyring, dealSeed: new Uint8Array(randomBytes(32)) });
  const file = new Uint8Array(bytesOfBid).fill(at);
  const parts = [
    { stage: 'open', name: 'price', content: { total: '1' }, files: [] },
    {
      stage: 'open',
      name: 'technical',
      content: {},
      files: [
        {
          name: '方案.pdf',
          size: file.length,
          // oxlint-disable-next-line require-await
          async *stream(from: number) {
            yield file.subarray(from);
          },
        },
      ],
    },
  ];
  const { manifest, bytes } = await sealEnvelope(
    { deal, parts, client: { bundleSha256: null, version: 'bench' } },
    {
      deliver: (_, piece) => {
        writeFileSync(join(folder, 'pieces', piece.sha256), piece.bytes);
        return Promise.resolve();
      },
    },
  );
  return { text: new TextDecoder().decode(bytes), shares: await sharesOf(manifest, officers) };
}

async function open(folder: string, { text, shares }: Sealed): Promise<void> {
  const manifest = Manifest.parse(parseCanonical(bytesOf(text)));
  const recovered = recoverStageKey({ manifest, stage: 'open', shares });
  if (!recovered.ok) throw new Error('a bid did not open');
  for (const part of manifest.parts) {
    const files = part.pieces.map((piece) => openSync(join(folder, 'pieces', piece), 'r'));
    const checked = new Set<number>();
    const read = (offset: number, length: number): Promise<Uint8Array> => {
      const index = Math.floor(offset / part.pieceLength);
      const out = new Uint8Array(Math.min(length, part.length - offset));
      for (let filled = 0, piece = index; filled < out.length; piece += 1) {
        const name = part.pieces[piece] ?? '';
        if (!checked.has(piece)) {
          const hash = createHash('sha256')
            .update(readFileSync(join(folder, 'pieces', name)))
            .digest('hex');
          if (hash !== name) throw new Error('a piece differs');
          checked.add(piece);
        }
        const from = offset + filled - piece * part.pieceLength;
        filled += readSync(
          files[piece] ?? -1,
          out,
          filled,
          Math.min(out.length - filled, part.pieceLength - from),
          from,
        );
      }
      return Promise.resolve(out);
    };
    const partKey = partKeyIn(manifest, recovered.stageKey, 'open', part.name);
    const cipher = cipherOf(manifest.ctx.suite);
    const opened = await openPart({ manifest, stage: 'open', part: part.name, partKey, read, cipher });
    await opened.verify();
    for (const file of files) closeSync(file);
  }
}
