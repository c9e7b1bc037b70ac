import { advanceClock } from '@xinbiao/contracts/house';
import { instantText, toHex } from '@xinbiao/contracts/kernel';
import { Malformed, recoverStageKey, unwrapShare } from '@xinbiao/contracts/trust';
import { randomBytes, randomInt } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fileOf } from '../../../scripts/play/bid.ts';
import { assemble, type Cast } from '../../../scripts/play/cast.ts';
import { release, untilOpened } from '../../../scripts/play/steps.ts';
import { openTheatre } from '../../../scripts/play/theatre.ts';
import { openHouse } from '../../src/open.ts';
import { configOf } from '../../src/platform/index.ts';
import { handIn, publishedLots, sealBid, type PublishedLots, type SealedBid } from '../lots.ts';
import { freePort, startServer, type ServerProcess } from '../stories/child.ts';
import { attack } from './table.ts';

/*
 * Somebody with the machine itself: every byte that the live server has in memory, on disk, in its database and in
 * what it wrote is searched for marks that only the bidder's own computer knew.
 */

const folder = mkdtempSync(join(tmpdir(), 'xinbiao-early-'));
const databaseServer = process.env['XINBIAO_TEST_MARIADB'];
const databaseUrl =
  databaseServer === undefined
    ? undefined
    : `${databaseServer.replace(/\/$/, '')}/xb_${randomBytes(6).toString('hex')}`;
const canRead = process.platform === 'linux';
if (!canRead) console.warn('skipped: the memory of another process can be read on Linux only');

/** A word that stands nowhere else. */
const mark = (kind: string): string => `${kind}${randomBytes(12).toString('base64url')}`;
const canaries = {
  price: BigInt(randomInt(100_000_000, 499_000_000)) * 1_000n + 417n,
  content: mark('content'),
  fileName: `${mark('name')}.pdf`,
  fileBytes: mark('bytes'),
};

describe.skipIf(!canRead)(attack(1), () => {
  let cast: Cast;
  let published: PublishedLots;
  let lotId = '';
  let server: ServerProcess;
  let sealed: SealedBid;
  let roots: Uint8Array<ArrayBuffer>[];
  let env: Record<string, string>;

  beforeAll(async () => {
    env = {
      XINBIAO_DATA: folder,
      PORT: String(await freePort()),
      XINBIAO_LOG_CADENCE: '20',
      XINBIAO_LOG_COVER: 'off',
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    };
    const theatre = await openTheatre({ folder, env });
    cast = await assemble(
      { url: theatre.url, operator: theatre.operator },
      { bidders: 3, experts: 0, iterations: 1000 },
    );
    published = await publishedLots({ clock: { now: theatre.now } }, cast, 1);
    [lotId = ''] = published.lots;
    roots = await theatre.roots();
    await theatre.close();
    server = await startServer(env);
    for (const [at, bidder] of cast.bidders.entries())
      await handIn(bidder, lotId, {
        price: at === 0 ? canaries.price : BigInt(2_000_000 + at),
        note: at === 0 ? canaries.content : '无',
        files: [
          at === 0
            ? fileOf(canaries.fileName, Buffer.from(`${canaries.fileBytes} `.repeat(2_000)))
            : fileOf('方案.pdf', new Uint8Array(1000)),
        ],
      });
    // One more, kept here whole, so that its keys can be tried against what an insider has.
    sealed = await sealBid(cast.bidders[1]!, lotId, { price: 2_000_001n });
  });
  afterAll(async () => {
    await server?.end('SIGTERM');
    if (databaseUrl !== undefined) {
      const opened = await openHouse(configOf({ ...env, PORT: '0', XINBIAO_PAGES: 'off' }));
      await opened.close(() =>
        opened.database.orm.em.getConnection().execute(`drop database \`${new URL(databaseUrl).pathname.slice(1)}\``),
      );
    }
    rmSync(folder, { recursive: true, force: true });
  });

  /** The words as a program may hold them: UTF-8, UTF-16 as JavaScript does, hexadecimal, base64. */
  const forms = (word: string): Buffer[] => {
    const bytes = Buffer.from(word);
    // Of base64 only what does not depend on where the word stands in what was encoded.
    const inner = [0, 1, 2].map((shift) => {
      const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
      return Buffer.from(text.slice(shift === 0 ? 0 : shift + 1, -4));
    });
    return [bytes, Buffer.from(word, 'utf16le'), Buffer.from(toHex(bytes)), ...inner];
  };
  const places = new Map(Object.entries(canaries).map(([name, word]) => [name, forms(String(word))]));
  const found = (bytes: Buffer): string[] =>
    [...places].filter(([, words]) => words.some((word) => bytes.includes(word))).map(([name]) => name);

  /** Everything readable in a process's memory, in overlapping stretches. */
  function* memoryOf(pid: number): Generator<Buffer> {
    const overlap = 256;
    const memory = openSync(`/proc/${pid}/mem`, 'r');
    try {
      for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
        const [, from = '', to = ''] = /^([0-9a-f]+)-([0-9a-f]+) r/.exec(line) ?? [];
        if (from === '' || line.endsWith('[vvar]') || line.endsWith('[vsyscall]')) continue;
        const [start, end] = [Number.parseInt(from, 16), Number.parseInt(to, 16)];
        for (let at = start; at < end; at += 8 * 1024 * 1024) {
          const bytes = Buffer.alloc(Math.min(8 * 1024 * 1024 + overlap, end - at));
          try {
            yield bytes.subarray(0, readSync(memory, bytes, 0, bytes.length, at));
          } catch {
            // A mapping that is gone by now, or that nobody may read.
          }
        }
      }
    } finally {
      closeSync(memory);
    }
  }
  const inMemory = (): string[] => [...new Set([...memoryOf(server.pid)].flatMap(found))];
  const onDisk = (): string[] => [
    ...new Set(
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .flatMap((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name))] as const)
        .flatMap((part) => found(Buffer.from(part))),
    ),
  ];
  const inDatabase = async (): Promise<string[]> => {
    if (databaseUrl === undefined) return [];
    const opened = await openHouse(
      configOf({ ...env, PORT: '0', XINBIAO_PAGES: 'off', XINBIAO_DATA: join(folder, 'look') }),
    ).catch(() => undefined);
    if (!opened) return [];
    const connection = opened.database.orm.em.getConnection();
    const tables = (await connection.execute('show tables')) as Record<string, string>[];
    const all: string[] = [];
    for (const table of tables.flatMap((row) => Object.values(row)))
      all.push(...found(Buffer.from(JSON.stringify(await connection.execute(`select * from \`${table}\``)))));
    await opened.close();
    return [...new Set(all)];
  };

  test('neither memory, disk, database nor messages of the live server hold anything of a sealed bid', async () => {
    // The search itself is no blind one: what the server does know of the bid is there.
    const known = Buffer.from(sealed.envelopeId);
    expect([...memoryOf(server.pid)].some((bytes) => bytes.includes(known))).toBe(true);
    expect(inMemory()).toEqual([]);
    expect(onDisk()).toEqual([]);
    expect(await inDatabase()).toEqual([]);
    expect(found(Buffer.from(server.complaints()))).toEqual([]);
  });

  test('an insider with one side’s officers and everything that was handed in cannot find a key', async () => {
    const { deal } = sealed;
    const manifest = JSON.parse(sealed.manifest) as Parameters<typeof recoverStageKey>[0]['manifest'];
    for (const side of [
      [cast.purchaser, cast.purchaser2],
      [cast.notary, cast.witness],
    ]) {
      const shares = await Promise.all(
        side.map(async ({ held: { encryption } }) => ({
          officer: encryption.fingerprint,
          blob: await unwrapShare({
            manifest,
            stage: 'open',
            officerCertSha256: encryption.fingerprint,
            privateKey: encryption.privateKey,
            certificate: encryption.certificate,
          }),
        })),
      );
      const recovered = await Promise.resolve(recoverStageKey({ manifest, stage: 'open', shares })).catch(
        (fault: unknown) => {
          if (fault instanceof Malformed) return { ok: false as const };
          throw fault;
        },
      );
      expect(recovered.ok).toBe(false);
    }
    expect(deal.stageKeys.size).toBe(1);
  });

  test('after the officers of both sides have released, what was searched for is found', async () => {
    await cast.operator.client.call(advanceClock, { body: { to: instantText(published.deadline) } });
    for (const officer of [cast.purchaser, cast.notary]) await release(officer, lotId, roots, published.deadline);
    const { bids } = await untilOpened(cast.operator, lotId);
    expect(bids.map(({ price }) => price)).toContain(String(canaries.price));
    expect(inMemory()).toContain('price');
  });
});
