import { toHex } from '@xinbiao/contracts/kernel';
import {
  bundleOf,
  bytesOf,
  canonical,
  createAuthority,
  emptyFrontier,
  generateEncryptionPair,
  generateSigningPair,
  grow,
  issueCertificates,
  joined,
  leafHash,
  leafOf,
  makeCertificateRequest,
  nodesFromTiles,
  proveInclusion,
  receiptOf,
  rootOf,
  sha256,
  sha256Hex,
  signCheckpoint,
  signDetached,
  signerKey,
  verifierKeyText,
  hashesOf,
  tilePath,
  type EntryBody,
  type Frontier,
  type Hash,
  type LogSource,
  type Tile,
} from '@xinbiao/contracts/trust';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportLog, logIn, verify, verifyLog } from './verify.ts';

const key = signerKey('log.example/house', sha256(bytesOf('log')));
const salt = sha256(bytesOf('salt'));
const at = '2026-11-24T01:30:00.000Z';
const size = 300;
const folder = mkdtempSync(join(tmpdir(), 'xinbiao-verify-'));
let root: Uint8Array;
let source: LogSource;
let good: string;

/** A log in memory: 300 entries, a signed notice, sealed bids of which one is disclosed. */
class ALog {
  frontier: Frontier = emptyFrontier;
  readonly leaves: Uint8Array[] = [];
  readonly hashes = new Map<string, Hash>();

  add(body: EntryBody, sealed?: Uint8Array): void {
    const leaf = leafOf(body, sealed);
    this.leaves.push(leaf);
    this.frontier = grow(this.frontier, leafHash(leaf), ({ level, index }, hash) => {
      if (level % 8 === 0) this.hashes.set(`${level / 8}/${index}`, hash);
    });
  }

  get checkpoint(): string {
    return signCheckpoint({ size: this.frontier.size, root: rootOf(this.frontier) }, key);
  }

  tile({ level, index, width }: Tile): Uint8Array {
    if (level === 'entries') return bundleOf(this.leaves.slice(index * 256, index * 256 + width));
    return joined(
      ...Array.from(
        { length: width },
        (_, nth) => this.hashes.get(`${level}/${index * 256 + nth}`) ?? new Uint8Array(),
      ),
    );
  }

  async receipt(index: number, body: EntryBody, sealed?: Uint8Array): Promise<string> {
    const read = nodesFromTiles(this.frontier.size, async (tile) => hashesOf(this.tile(tile), tile.width));
    return receiptOf({
      index,
      proof: await proveInclusion(index, this.frontier.size, read),
      checkpoint: this.checkpoint,
      body,
      salt: sealed,
    });
  }
}

const bodyOf = (nth: number, p: EntryBody['p'] = { nth }): EntryBody => ({
  v: 1,
  t: 'tender.publish',
  s: 'lot-1',
  ts: at,
  p,
});
const bid: EntryBody = { ...bodyOf(7), t: 'bid.receipt' };

function aLog(entries: number, notice: EntryBody['p'], tail = 'same'): ALog {
  const log = new ALog();
  log.add(bodyOf(0, notice));
  for (let nth = 1; nth < entries; nth += 1) {
    if (nth === 7) log.add(bid, salt);
    else
      log.add(
        bodyOf(nth, { nth, ...(nth === 200 ? { tail } : {}) }),
        nth % 5 === 0 ? sha256(bytesOf(`salt ${nth}`)) : undefined,
      );
  }
  return log;
}

let notice: EntryBody['p'];
let log: ALog;

beforeAll(async () => {
  const authority = await createAuthority({ name: '演示证书中心', at: new Date('2020-01-01T00:00:00Z'), years: 20 });
  root = authority.certificate;
  const [signing, encryption] = [
    await generateSigningPair({ extractable: false }),
    await generateEncryptionPair({ extractable: false }),
  ];
  const subject = { commonName: '李雷', organisation: '某采购中心' };
  const certificates = await issueCertificates({
    authority,
    subject,
    request: await makeCertificateRequest({ subject, signing, encryption }),
    serials: { signing: '01', encryption: '02' },
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2029-01-01T00:00:00Z'),
  });
  const act = canonical({ title: '办公设备采购公告', budget: '98000000' });
  const signature = await signDetached({
    content: bytesOf(act),
    certificate: certificates.signing,
    privateKey: signing.privateKey,
  });
  notice = {
    act: sha256Hex(bytesOf(act)),
    signature: sha256Hex(signature),
    certificate: sha256Hex(certificates.signing),
  };
  log = aLog(size, notice);
  source = sourceOf(log, act, toHex(signature));
  good = join(folder, 'good');
  await exportLog(source, good);
  mkdirSync(join(good, 'receipts'));
  writeFileSync(join(good, 'receipts', 'mine.tlog-proof'), await log.receipt(7, bid, salt));
});
afterAll(() => rmSync(folder, { recursive: true }));

const sourceOf = (of: ALog, act: string, signature: string): LogSource => ({
  checkpoint: async () => of.checkpoint,
  verifierKey: async () => verifierKeyText(key),
  tile: async (tile) => of.tile(tile),
  disclosed: async (from, to) => (from <= 7 && 7 < to ? [{ index: 7, salt: toHex(salt), body: bid }] : []),
  act: async (hash) => (hash === notice['act'] ? { act, signature } : undefined),
});

async function run(...args: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const code = await verify(
    args.includes('--evidence') ? args : [...args, '--evidence', join(folder, 'evidence-by-default')],
    (line) => lines.push(line),
  );
  return { code, text: lines.join('\n') };
}

const pem = (): string => {
  const path = join(folder, 'root.pem');
  writeFileSync(
    path,
    `-----BEGIN CERTIFICATE-----\n${Buffer.from(root).toString('base64')}\n-----END CERTIFICATE-----\n`,
  );
  return path;
};

test('finds nothing wrong with a good copy, offline, with and without a trusted root', async () => {
  const plain = await run(good, '--key', verifierKeyText(key));
  expect(plain.text).toContain('mine.tlog-proof');
  expect(plain.code).toBe(0);
  expect((await run(good, '--root', pem())).code).toBe(0);
  const stranger = await createAuthority({ name: '别家', at: new Date('2020-01-01T00:00:00Z'), years: 20 });
  expect((await verifyLog({ source, roots: [stranger.certificate] })).outcome).toBe('unknown');
});

const everyFile = (inside: string): string[] =>
  readdirSync(inside, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(inside, name)).isFile());

test('notices one flipped byte anywhere in the copy', async () => {
  let flips = 0;
  for (const name of everyFile(good)) {
    const path = join(good, name);
    const bytes = readFileSync(path);
    for (const place of [0, 0.31, 0.5, 0.77, 1].map((share) => Math.round(share * (bytes.length - 1)))) {
      const spoiled = Buffer.from(bytes);
      spoiled[place] = (spoiled[place] ?? 0) ^ (1 << (flips % 7));
      writeFileSync(path, spoiled);
      const { code, text } = await run(good);
      expect([name, place, code], text).toEqual([name, place, 2]);
      flips += 1;
    }
    writeFileSync(path, bytes);
  }
  expect(flips).toBeGreaterThan(40);
  expect((await run(good)).code).toBe(0);
}, 120_000);

test('names the entry in which the byte was flipped', async () => {
  const tile = { level: 'entries', index: 1, width: size - 256 } as const;
  const path = join(good, tilePath(tile));
  const bytes = readFileSync(path);
  const spoiled = Buffer.from(bytes);
  const before = bundleOf(log.leaves.slice(256, 270)).length;
  spoiled[before + 10] = (spoiled[before + 10] ?? 0) ^ 1;
  writeFileSync(path, spoiled);
  const { reports } = await verifyLog({ source: logIn(good) });
  writeFileSync(path, bytes);
  expect(
    reports
      .flatMap(({ findings }) => findings)
      .filter(({ entry }) => entry !== undefined)
      .map(({ entry }) => entry),
  ).toContain(270);
});

test('remembers what it saw, and proves it when history was rewritten', async () => {
  const kept = join(folder, 'kept');
  const evidence = join(folder, 'evidence');
  const [earlier, grown, rewritten] = [aLog(250, notice), log, aLog(300, notice, 'another')];
  const copy = async (of: ALog, name: string) => {
    await exportLog(
      { ...source, checkpoint: async () => of.checkpoint, tile: async (tile) => of.tile(tile) },
      join(folder, name),
    );
    return join(folder, name);
  };
  expect((await run(await copy(earlier, 'earlier'), '--kept', kept)).code).toBe(0);
  expect((await run(await copy(rewritten, 'rewritten'), '--kept', kept, '--evidence', evidence)).code).toBe(2);
  const { statements } = JSON.parse(readFileSync(evidence, 'utf8')) as { statements: string[] };
  expect(statements).toEqual(expect.arrayContaining([earlier.checkpoint, rewritten.checkpoint]));
  expect((await run(await copy(grown, 'grown'), '--kept', kept)).code).toBe(0);
  expect((await run(join(folder, 'earlier'), '--kept', kept)).code).toBe(3);
  expect((await run(join(folder, 'rewritten'), '--kept', kept, '--evidence', evidence)).code).toBe(2);
});

test('proves by a receipt that the log dropped an entry', async () => {
  const kept = join(folder, 'receipt.tlog-proof');
  const other = aLog(300, notice, 'another');
  writeFileSync(
    kept,
    await other.receipt(200, bodyOf(200, { nth: 200, tail: 'another' }), sha256(bytesOf('salt 200'))),
  );
  expect((await run(kept, '--key', verifierKeyText(key))).code).toBe(0);
  const { code, text } = await run(good, '--receipt', kept, '--evidence', join(folder, 'dropped'));
  expect(code).toBe(2);
  expect(text).toMatch(/receipt\.tlog-proof proves is not in the log/);
});

test('cannot tell without a key, a checkpoint or a server, and says so', async () => {
  expect((await run(join(good, 'receipts', 'mine.tlog-proof'))).code).toBe(3);
  expect((await verifyLog({ source: { ...source, checkpoint: async () => undefined } })).outcome).toBe('unknown');
  expect((await verifyLog({ source: { ...source, tile: async () => undefined } })).outcome).toBe('unknown');
  expect((await run('http://127.0.0.1:9', '--lang', 'en')).code).toBe(3);
});

test('takes another key for a fault, not for news', async () => {
  const { code } = await run(good, '--key', verifierKeyText(signerKey(key.name, sha256(bytesOf('old')))));
  expect(code).toBe(2);
});

test('sees a disclosure that is not what was sealed', async () => {
  const { reports } = await verifyLog({
    source: { ...source, disclosed: async () => [{ index: 7, salt: toHex(salt), body: { ...bid, p: { nth: 8 } } }] },
  });
  expect(reports.find(({ outcome }) => outcome === 'broken')?.findings[0]).toMatchObject({ entry: 7 });
});
