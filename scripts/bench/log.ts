import {
  bundleOf,
  bytesOf,
  canonicalBytes,
  emptyFrontier,
  grow,
  joined,
  leafHash,
  rootOf,
  signCheckpoint,
  signerKey,
  tileWidth,
  verifierKeyText,
  type Hash,
  type Tile,
} from '@xinbiao/contracts/trust';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PublicLog } from '../../backend/src/ledger/public-log.ts';
import { openLedgerHouse } from '../../backend/src/ledger/ledger.house.ts';
import { insertRows } from '../../backend/src/ledger/sql.ts';
import { logIn, verifyLog } from '../verify.ts';
import { receiptInChromium } from './receipt.ts';
import { timed, type Figure } from './figure.ts';

const count = (value: number): string => Math.round(value).toLocaleString('en');

/** Appending in batches, checking a million entries from the files that are published, and a receipt in a browser. */
export async function* publicLog(): AsyncGenerator<Figure> {
  yield* appending(100_000);
  yield* checking(1_000_000);
  yield* receiptInChromium();
}

/** Entries that wait in the outbox, through everything that lies between them and a published checkpoint. */
async function* appending(entries: number): AsyncGenerator<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'xinbiao-bench-log-'));
  const { fork, ledger, close } = await openLedgerHouse(folder);
  try {
    const at = '2026-11-24 01:30:00.000';
    for (let done = 0; done < entries; done += 10_000) {
      const rows = Array.from({ length: Math.min(10_000, entries - done) }, (_, nth) => {
        const number = done + nth + 1;
        const leaf = Buffer.from(canonicalBytes({ v: 1, t: 'commit', c: randomBytes(32).toString('hex') })).toString();
        const id = `${String(number).padStart(8, '0')}-0000-7000-8000-000000000000`;
        return { id, number, leaf, hash: Buffer.from(leafHash(bytesOf(leaf))).toString('hex') };
      });
      await fork().transactional(async (tx) => {
        await insertRows(
          tx,
          {
            table: 'ledger_entry',
            columns: ['id', 'scope', 'number', 'type', 'visibility', 'at', 'leaf', 'leaf_hash'],
          },
          rows.map(({ id, number, leaf, hash }) => [id, 'bench', number, 'decoy', 'commit', at, leaf, hash]),
        );
        await insertRows(
          tx,
          { table: 'ledger_outbox', columns: ['entry', 'scope', 'number', 'at'] },
          rows.map(({ id, number }) => [id, 'bench', number, at]),
        );
      });
    }
    const hashing = await timed(async () => {
      for (let nth = 0; nth < entries; nth += 1) createHash('sha256').update(`${nth}`).digest();
    });
    const before = process.cpuUsage();
    const took = await timed(() => ledger.sequencer.drain());
    const { user, system } = process.cpuUsage(before);
    const { size } = await ledger.checkpoint(fork());
    if (size !== entries) throw new Error(`${size} entries are in the tree, not ${entries}`);
    yield {
      what: `${count(entries)} entries appended, read back, laid out, signed`,
      value: `${count((entries / took) * 1000)}/s`,
      ratio: took / hashing,
      of: 'of the time that as many bare SHA-256 take',
    };
    // What others do on the machine at the same time changes the first figure and hardly this one.
    yield { what: 'the same by time of the processor', value: `${count((entries / (user + system)) * 1e6)}/s` };
  } finally {
    await close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function* checking(entries: number): AsyncGenerator<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'xinbiao-bench-tiles-'));
  try {
    await layOut(folder, entries);
    const hashing = await timed(async () => {
      for (let nth = 0; nth < 2 * entries; nth += 1) createHash('sha256').update(`${nth}`).digest();
    });
    let outcome = '';
    const took = await timed(async () => {
      ({ outcome } = await verifyLog({ source: logIn(folder) }));
    });
    if (outcome !== 'holds') throw new Error(`the log does not hold: ${outcome}`);
    yield {
      what: `${count(entries)} entries checked from the public files`,
      value: `${(took / 1000).toFixed(1)} s`,
      ratio: took / hashing,
      of: 'of the time that two bare SHA-256 an entry take',
    };
    yield { what: 'memory while checking, peak', value: `${count(process.resourceUsage().maxRSS / 1024)} MB` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A log of so many sealed entries, as a web server would serve it. */
async function layOut(folder: string, entries: number): Promise<void> {
  const log = signerKey('bench.example/log', new Uint8Array(32).fill(7));
  const files = new PublicLog(folder);
  const levels: Hash[][] = [];
  let frontier = emptyFrontier;
  let tiles: [Tile, Uint8Array][] = [];
  let bundle: Uint8Array[] = [];
  const put = (level: number, hash: Hash) => {
    const row = (levels[level] ??= []);
    row.push(hash);
    if (row.length % tileWidth === 0) add(level, row.length / tileWidth - 1);
  };
  const add = (level: number, index: number) => {
    const hashes = (levels[level] ?? []).slice(index * tileWidth, (index + 1) * tileWidth);
    if (hashes.length > 0) tiles.push([{ level, index, width: hashes.length }, joined(...hashes)]);
  };
  const addBundle = (index: number) => {
    if (bundle.length > 0) tiles.push([{ level: 'entries', index, width: bundle.length }, bundleOf(bundle)]);
    bundle = [];
  };
  for (let nth = 0; nth < entries; nth += 1) {
    const leaf = canonicalBytes({ v: 1, t: 'commit', c: createHash('sha256').update(`${nth}`).digest('hex') });
    bundle.push(leaf);
    frontier = grow(frontier, leafHash(leaf), ({ level }, hash) => {
      if (level % 8 === 0) put(level / 8, hash);
    });
    if ((nth + 1) % tileWidth === 0) addBundle((nth + 1) / tileWidth - 1);
    if (tiles.length < 64) continue;
    await files.write(tiles);
    tiles = [];
  }
  addBundle(Math.floor(entries / tileWidth));
  for (const [level, row] of levels.entries())
    if (row.length % tileWidth > 0) add(level, Math.floor(row.length / tileWidth));
  await files.write(tiles);
  files.put('log.vkey', `${verifierKeyText(log)}\n`);
  files.put('checkpoint', signCheckpoint({ size: entries, root: rootOf(frontier) }, log));
}
