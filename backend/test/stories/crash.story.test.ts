import {
  abandonEnvelope,
  CloseDocument,
  finalizeEnvelope,
  listMyBids,
  listPieces,
  openEnvelope,
  putPiece,
  readClose,
  readReceipt,
} from '@xinbiao/contracts/bidding';
import { advanceClock, readFile } from '@xinbiao/contracts/house';
import { instantText } from '@xinbiao/contracts/kernel';
import { readLogKey } from '@xinbiao/contracts/ledger';
import { parseCanonical, parseVerifierKey, sha256Hex, verifyReceipt, type VerifierKey } from '@xinbiao/contracts/trust';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { assemble, type Cast } from '../../../scripts/play/cast.ts';
import type { Person } from '../../../scripts/play/person.ts';
import { upload } from '../../../scripts/play/steps.ts';
import { openTheatre } from '../../../scripts/play/theatre.ts';
import { logAt, verifyLog } from '../../../scripts/verify.ts';
import { openHouse } from '../../src/open.ts';
import { configOf } from '../../src/platform/index.ts';
import { clientAt, Said } from '../client.ts';
import { publishedLots, sealBid, type PublishedLots } from '../lots.ts';
import { freePort, startServer, type ServerProcess } from './child.ts';

/*
 * The server is killed again and again, at moments nobody chose, while bidders hand in and upload. Whatever it has
 * acknowledged it must know afterwards.
 */

const lives = 6;
const folder = mkdtempSync(join(tmpdir(), 'xinbiao-crash-'));
const databaseServer = process.env['XINBIAO_TEST_MARIADB'];
const databaseUrl =
  databaseServer === undefined
    ? undefined
    : `${databaseServer.replace(/\/$/, '')}/xb_${randomBytes(6).toString('hex')}`;
let env: Record<string, string>;
let url = '';
let cast: Cast;
let published: PublishedLots;
let key: VerifierKey;
let server: ServerProcess;
let roots: Uint8Array<ArrayBuffer>[];

beforeAll(async () => {
  const port = await freePort();
  env = {
    XINBIAO_DATA: folder,
    PORT: String(port),
    XINBIAO_LOG_CADENCE: '20',
    XINBIAO_LOG_COVER: 'off',
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
  };
  const theatre = await openTheatre({ folder, env });
  ({ url } = theatre);
  cast = await assemble({ url, operator: theatre.operator }, { bidders: 5, experts: 0, iterations: 1000 });
  published = await publishedLots({ clock: { now: theatre.now } }, cast, 3);
  key = parseVerifierKey((await theatre.operator.client.call(readLogKey)).verifierKey);
  roots = await theatre.roots();
  await theatre.close();
  server = await startServer(env);
});
afterAll(async () => {
  await server.end('SIGTERM');
  if (databaseUrl !== undefined) {
    const opened = await openHouse(configOf({ ...env, PORT: '0', XINBIAO_PAGES: 'off' }));
    await opened.close(() =>
      opened.database.orm.em.getConnection().execute(`drop database \`${new URL(databaseUrl).pathname.slice(1)}\``),
    );
  }
  rmSync(folder, { recursive: true, force: true });
});

type Acknowledged = {
  readonly bidder: Person;
  readonly lotId: string;
  readonly envelopeId: string;
  readonly manifestHash: string;
  readonly receipt: string;
};
const acknowledged: Acknowledged[] = [];
const pieces: { readonly envelopeId: string; readonly sha256: string }[] = [];
const files: { readonly id: string; readonly sha256: string }[] = [];
/** How often a caller had to ask again, and what no caller should ever hear. */
let askedAgain = 0;
const wrong: string[] = [];
/** Aborted when the day's work is over. */
const evening = new AbortController();

/** Asks again until there is an answer, as somebody does who sees that the connection broke. */
async function insist<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (fault) {
      if (fault instanceof Said) {
        if (fault.status >= 500) wrong.push(fault.message);
        throw fault;
      }
      if (!/fetch failed|terminated|other side closed|upload broke off/.test(String(fault))) throw fault;
      askedAgain += 1;
      await pause(50);
    }
  }
}

/** One bidder's day: seals, uploads, hands in, replaces, without end. */
async function keepBidding(bidder: Person, lotId: string): Promise<void> {
  for (let turn = 1; !evening.signal.aborted; turn += 1) {
    try {
      const sealed = await insist(() => sealBid(bidder, lotId, { price: BigInt(1_000_000 + turn) }));
      await insist(() => sealed.upload());
      const { envelopeId, manifestHash, manifest, signature } = sealed;
      const { receipt } = await insist(() =>
        bidder.client.call(finalizeEnvelope, { params: { envelopeId }, body: { manifest, signature } }),
      );
      acknowledged.push({ bidder, lotId, envelopeId, manifestHash, receipt });
      await pause(100);
    } catch (fault) {
      // Envelopes begun whose answer was lost pile up; giving them up makes room.
      if (!(fault instanceof Said) || !fault.codes.includes('bid.too-many-open')) throw fault;
      const { rows } = await insist(() => bidder.client.call(listMyBids));
      for (const { envelopes } of rows)
        for (const { envelopeId, state } of envelopes)
          if (state === 'open')
            await insist(() => bidder.client.call(abandonEnvelope, { params: { envelopeId } })).catch(() => undefined);
    }
  }
}

async function keepUploading(bidder: Person, lotId: string): Promise<void> {
  const { envelopeId } = await insist(() => bidder.client.call(openEnvelope, { params: { lotId }, body: {} }));
  while (!evening.signal.aborted) {
    const raw = new Uint8Array(randomBytes(200_000));
    const sha256 = sha256Hex(raw);
    await insist(() => bidder.client.call(putPiece, { params: { envelopeId, sha256 }, raw }));
    pieces.push({ envelopeId, sha256 });
    files.push(await insist(() => upload(bidder, '附件.pdf', raw)));
  }
}

/** Everything acknowledged so far is there, in the log and on the disk. */
async function nothingIsLost(earlier: string | undefined): Promise<string | undefined> {
  const receipts = acknowledged.map(({ receipt }, at) => ({ name: `receipt ${at}`, text: receipt }));
  const { outcome, reports, view } = await verifyLog({
    source: logAt(url),
    keys: [key],
    receipts,
    roots,
    ...(earlier === undefined ? {} : { earlier }),
  });
  expect(reports.flatMap(({ findings }) => findings).filter((finding) => finding.outcome === 'broken')).toEqual([]);
  expect(outcome).not.toBe('broken');
  const uploader = cast.bidders[4]!;
  const [begun] = pieces;
  if (begun) {
    const present = new Set(
      (await uploader.client.call(listPieces, { params: { envelopeId: begun.envelopeId } })).pieces.map(
        ({ sha256 }) => sha256,
      ),
    );
    expect(pieces.filter(({ sha256 }) => !present.has(sha256))).toEqual([]);
  }
  for (const { id, sha256 } of files.slice(-3))
    expect((await uploader.client.call(readFile, { params: { fileId: id } })).sha256).toBe(sha256);
  for (const { bidder, envelopeId, manifestHash } of acknowledged.slice(-3)) {
    const proof = await bidder.client.call(readReceipt, { params: { envelopeId } });
    expect(verifyReceipt({ proof, verifierKeys: [key] })).toMatchObject({
      ok: true,
      receipt: { body: { p: { manifest: manifestHash } } },
    });
  }
  return view.checkpoint?.note;
}

test('killed at any moment, it knows every bid and every byte that it has acknowledged', async () => {
  const clients = [
    ...cast.bidders.slice(0, 3).map((bidder) => keepBidding(bidder, published.lots[0] ?? '')),
    keepBidding(cast.bidders[3]!, published.lots[1] ?? ''),
    keepUploading(cast.bidders[4]!, published.lots[2] ?? ''),
  ];
  const working = Promise.all(clients);
  const stopped = working.then(() => {
    throw new Error('the bidders have stopped');
  });
  let earlier: string | undefined;
  for (let life = 0; life < lives; life += 1) {
    const before = acknowledged.length;
    while (acknowledged.length === before) await Promise.race([pause(10), stopped]);
    await pause(Math.random() * 800);
    await server.end('SIGKILL');
    expect(server.complaints()).toBe('');
    server = await startServer(env);
    earlier = await Promise.race([nothingIsLost(earlier), stopped]);
  }
  stopped.catch(() => undefined);
  evening.abort();
  await working;
  expect(wrong).toEqual([]);
  expect(askedAgain).toBeGreaterThanOrEqual(lives);
  expect(Math.min(pieces.length, files.length)).toBeGreaterThan(1);
  await nothingIsLost(earlier);
}, 180_000);

test('when the deadline comes the close lists every bid that was acknowledged, and the last of each bidder counts', async () => {
  await cast.operator.client.call(advanceClock, { body: { to: instantText(published.deadline) } });
  for (const lotId of published.lots.slice(0, 2)) {
    const mine = acknowledged.filter((one) => one.lotId === lotId);
    const closed = await clientAt(url).call(readClose, { params: { lotId } });
    const { heads, others } = CloseDocument.parse(parseCanonical(closed.document));
    const leaves = new Set([...heads, ...others].map(({ leaf }) => leaf));
    for (const { receipt } of mine) {
      const proved = verifyReceipt({ proof: receipt, verifierKeys: [key] });
      expect(proved.ok && leaves.has(proved.receipt.leaf)).toBe(true);
    }
    expect(leaves.size).toBe(mine.length);
    const last = new Map(mine.map(({ bidder, manifestHash }) => [bidder, manifestHash]));
    expect(heads.map(({ manifestHash }) => manifestHash).sort()).toEqual([...last.values()].sort());
  }
});

test('the log agrees with every table after all of it', async () => {
  await server.end('SIGTERM');
  const opened = await openHouse(configOf({ ...env, PORT: '0', XINBIAO_PAGES: 'off' }));
  await opened.house.ledger.sequencer.drain();
  expect(await opened.house.ledger.fsck(opened.house.fork())).toEqual([]);
  await opened.close();
});
