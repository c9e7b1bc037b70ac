import { usccCheck } from '@xinbiao/contracts/kernel';
import { archiveLength, isArchiveName, padme, writeArchive } from '@xinbiao/contracts/trust';
import { execFile } from 'node:child_process';
import { truncateSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBidFolder } from '../../../scripts/seal/folder.ts';
import { openHouse } from '../house.ts';
import { attack } from './table.ts';

const MiB = 2 ** 20;
const text = (value: string): Buffer => Buffer.from(value, 'utf8');
const repeat = (piece: string, bytes: number): string => piece.repeat(Math.floor(bytes / piece.length));

// ---- ASN.1 -----------------------------------------------------------------------------------------------------------

const der = (tag: number, content: Uint8Array): Buffer<ArrayBuffer> => {
  const { length } = content;
  const size =
    length < 0x80
      ? [length]
      : length < 0x100
        ? [0x81, length]
        : length < 0x10000
          ? [0x82, length >> 8, length & 255]
          : [0x83, length >> 16, (length >> 8) & 255, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
};
const nested = (tag: number, depth: number): Buffer<ArrayBuffer> => {
  let value = Buffer.alloc(0);
  for (let left = depth; left > 0; left -= 1) value = der(tag, value);
  return value;
};
const asn1: Record<string, Buffer> = {
  'nests ten thousand deep': nested(0x30, 10_000),
  'nests in strings': nested(0x24, 2_000),
  'never ends': Buffer.concat([Buffer.from('3080'.repeat(20_000), 'hex')]),
  'says it is four gigabytes': Buffer.from('3084ffffffff0000', 'hex'),
  'has a length of a hundred bytes': Buffer.concat([Buffer.from([0x30, 0xe4]), Buffer.alloc(100, 255)]),
  'has thirty thousand empty members': der(0x30, Buffer.from('3000'.repeat(30_000), 'hex')),
  'holds an endless number': der(0x30, der(0x02, Buffer.alloc(60_000, 0x7f))),
  'holds an endless object identifier': der(0x30, der(0x06, Buffer.alloc(60_000, 0xff))),
  'is all tags of the long form': Buffer.alloc(60_000, 0x1f),
  'is empty': Buffer.alloc(0),
  'is noise': Buffer.from(Array.from({ length: 60_000 }, (_, at) => (at * 7919 + (at >> 3)) & 255)),
};
/** PBES2 whose PBKDF2 would turn for hours. */
function slowKeyFile(): Buffer {
  const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
  const rounds = der(0x02, Buffer.from('7fffffff', 'hex'));
  const pbkdf2 = der(
    0x30,
    Buffer.concat([oid('2a864886f70d01050c'), der(0x30, Buffer.concat([der(0x04, Buffer.alloc(16)), rounds]))]),
  );
  const aes = der(0x30, Buffer.concat([oid('60864801650304012a'), der(0x04, Buffer.alloc(16))]));
  const pbes2 = der(0x30, Buffer.concat([oid('2a864886f70d01050d'), der(0x30, Buffer.concat([pbkdf2, aes]))]));
  const encrypted = der(0x30, Buffer.concat([oid('2a864886f70d010701'), pbes2, der(0x80, Buffer.alloc(64))]));
  const info = der(
    0x30,
    Buffer.concat([
      oid('2a864886f70d010706'),
      der(0xa0, der(0x30, Buffer.concat([der(0x02, Buffer.from([0])), encrypted]))),
    ]),
  );
  const safes = der(0x30, info);
  const content = der(0x30, Buffer.concat([oid('2a864886f70d010701'), der(0xa0, der(0x04, safes))]));
  const sha256 = der(0x30, Buffer.concat([oid('608648016503040201'), der(0x05, Buffer.alloc(0))]));
  const mac = der(
    0x30,
    Buffer.concat([
      der(0x30, Buffer.concat([sha256, der(0x04, Buffer.alloc(32))])),
      der(0x04, Buffer.alloc(8)),
      rounds,
    ]),
  );
  return der(0x30, Buffer.concat([der(0x02, Buffer.from([3])), content, mac]));
}

// ---- JSON ------------------------------------------------------------------------------------------------------------

const json: Record<string, Buffer> = {
  'nests half a million deep': text('['.repeat(500_000)),
  'nests in objects': text('{"a":'.repeat(150_000)),
  'nests one level too deep and is otherwise right': text('['.repeat(34) + ']'.repeat(34)),
  'holds a number of a million digits': text(`[${'9'.repeat(MiB - 10)}]`),
  'holds a number beyond the exact ones': text('[9007199254740993]'),
  'holds an exponent without end': text(`[1e${'9'.repeat(1000)}]`),
  'has one key a hundred thousand times': text(`{${'"a":1,'.repeat(100_000)}"a":1}`),
  'has half a million members out of order': text(
    `{${Array.from({ length: 60_000 }, (_, at) => `"k${60_000 - at}":0`).join(',')}}`,
  ),
  'is half a million zeros and a stray space': text(`[${'0,'.repeat(400_000)}0 ]`),
  'is one lone surrogate after another': text(`["${'\\ud800'.repeat(100_000)}"]`),
  'is a letter with half a million accents': text(`["a${'\u0323\u0307'.repeat(120_000)}"]`),
  'is not composed': text(`["${'e\u0301'.repeat(200_000)}"]`),
  'is a ligature that grows eighteenfold when folded': text(`["${'\ufdfa'.repeat(200_000)}", 1.5]`),
  'wants to be the prototype': text('{"__proto__":{"a":1},"a":1.5}'),
  'is not UTF-8': Buffer.alloc(MiB, 0xff),
  'is two gigabytes once unescaped, it says': text(`["${'\\u0000'.repeat(170_000)}" `),
};

// ---- archives ----------------------------------------------------------------------------------------------------------

function header(name: string, size: number | string, type = '0', over: Record<number, string> = {}): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.write(name, 0, 100);
  bytes.write('0000644\x000000000\x000000000\0', 100);
  bytes.write(typeof size === 'string' ? size : `${size.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  bytes.write('00000000000\0        ', 136);
  bytes.write(type, 156);
  bytes.write('ustar\x0000', 257);
  for (const [at, value] of Object.entries(over)) bytes.write(value, Number(at), 'latin1');
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}
const end = Buffer.alloc(1024);
const pax = (records: string): Buffer => {
  const body = Buffer.alloc(Math.ceil(Math.max(1, text(records).length) / 512) * 512);
  body.write(records);
  return Buffer.concat([header('PaxHeader', text(records).length, 'x'), body, header('short', 0), end]);
};
const many = (count: number, name: (at: number) => string): Buffer =>
  Buffer.concat([...Array.from({ length: count }, (_, at) => header(name(at), 0)), end]);
const archives: Record<string, Buffer> = {
  'says a file of eight gigabytes': Buffer.concat([header('a', 8 ** 11 - 1), end]),
  'says a size below zero': Buffer.concat([header('a', '-0000000001\0'), end]),
  'says its size in another base': Buffer.concat([header('a', `\x80${'\0'.repeat(10)}\x01`), end]),
  'says a size without digits': Buffer.concat([header('a', '           \0'), end]),
  'has ten thousand and one files': many(10_001, (at) => `f${at}`),
  'has one name twice': many(2, () => 'a'),
  'has one name in two cases': many(2, (at) => (at === 0 ? 'Offer.pdf' : 'offer.PDF')),
  'has a name that only looks like another': Buffer.concat([
    ...['price', 'рrice'].map((name) => {
      const record = `${text(`00 path=${name}\n`).length} path=${name}\n`;
      return name === 'price' ? header(name, 0) : pax(record).subarray(0, 1536);
    }),
    end,
  ]),
  'climbs out of its folder': Buffer.concat([header('../../etc/passwd', 0), end]),
  'begins at the root': Buffer.concat([header('/etc/passwd', 0), end]),
  'names a drive': Buffer.concat([header('C:/x', 0), end]),
  'has a symbolic link': Buffer.concat([header('a', 0, '2', { 157: '/etc/passwd' }), end]),
  'has a hard link': Buffer.concat([header('a', 0, '1', { 157: 'bid.json' }), end]),
  'has a device': Buffer.concat([header('a', 0, '3'), end]),
  'has a folder': Buffer.concat([header('a/', 0, '5'), end]),
  'has a sparse file': Buffer.concat([header('a', 0, 'S'), end]),
  'has a name of another dialect': Buffer.concat([
    header('././@LongLink', 300, 'L'),
    Buffer.alloc(512, 0x61),
    header('a', 0),
    end,
  ]),
  'is executable': Buffer.concat([header('a', 0, '0', { 100: '0000755\0' }), end]),
  'belongs to somebody': Buffer.concat([header('a', 0, '0', { 108: '0001750\0' }), end]),
  'hides a name in the prefix': Buffer.concat([header('a', 0, '0', { 345: 'x/y' }), end]),
  'has a record that says it is endless': pax('99999999999 path=a\n'),
  'has a record that says it is short': pax('1 path=a\n'),
  'has a record nobody asked for': pax('20 path=方案.pdf\n12 uid=1000\n'),
  'has nothing but records': Buffer.concat(Array.from({ length: 3_000 }, () => header('PaxHeader', 20, 'x'))),
  'never ends': Buffer.concat(Array.from({ length: 20_000 }, (_, at) => header(`f${at}`, 0))),
  'ends with something after the end': Buffer.concat([header('a', 0), Buffer.alloc(512), Buffer.alloc(512, 1)]),
  'is wrong about its sum': ((bytes) => (bytes.write('000000', 148), Buffer.concat([bytes, end])))(header('a', 0)),
};

// ---- PDF, receipts ----------------------------------------------------------------------------------------------------

const papers: Record<string, Buffer> = {
  'says nothing but that it is one': text('%PDF-1.7\n%%EOF'),
  'opens a dictionary a million times': text(`%PDF-1.7\n${repeat('<<', 4 * MiB)}%%EOF`),
  'has a hundred thousand ends': text(`%PDF-1.7\n${repeat('startxref\n9\n%%EOF\n', 2 * MiB)}`),
  'has a hundred thousand ranges': text(`%PDF-1.7\n${repeat('/ByteRange [0 1 2 3]\n', 2 * MiB)}startxref\n9\n%%EOF\n`),
  'points its table at itself': text(
    '%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer\n<</Prev 9>>\nstartxref\n9\n%%EOF\n',
  ),
  'has a range beyond the stars': text(
    '%PDF-1.7\nxref\n0 1\ntrailer<<>>\nstartxref\n9\n%%EOF\n1 0 obj\n<</ByteRange [0 99999999999999999999 1 1]>>\nendobj\nstartxref\n9\n%%EOF\n',
  ),
  'has a signature of eight megabytes of zeros': text(
    `%PDF-1.7\nxref\n0 1\ntrailer<<>>\nstartxref\n9\n%%EOF\n1 0 obj\n<</Type/Sig/ByteRange [0 100 200 300]/Contents <${'0'.repeat(8 * MiB)}>>>\nendobj\nxref\n0 1\ntrailer<<>>\nstartxref\n60\n%%EOF\n`,
  ),
  'is spaces': text(`%PDF-1.7\n${' '.repeat(4 * MiB)}\nstartxref\n9\n%%EOF\n${' '.repeat(4 * MiB)}`),
  'is noise': Buffer.from(Array.from({ length: MiB }, (_, at) => (at * 31 + (at >> 5)) & 255)),
};
const proofs: Record<string, Buffer> = {
  'has a million hashes': text(
    `c2sp.org/tlog-proof@v1\nindex 0\n${repeat('AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n', 4 * MiB)}\n`,
  ),
  'has an index without end': text(`c2sp.org/tlog-proof@v1\nindex ${'9'.repeat(100_000)}\n\n`),
  'is one line': Buffer.alloc(4 * MiB, 0x61),
};

const bombs: [string, string, Buffer][] = [
  ...Object.entries(json).map(([what, bytes]): [string, string, Buffer] => ['json', what, bytes]),
  ...Object.entries(asn1).map(([what, bytes]): [string, string, Buffer] => ['der', what, bytes]),
  ['keyfile', 'turns its key for hours', slowKeyFile()],
  ...Object.entries(archives).map(([what, bytes]): [string, string, Buffer] => ['archive', what, bytes]),
  ...Object.entries(papers).map(([what, bytes]): [string, string, Buffer] => ['paper', what, bytes]),
  ...Object.entries(proofs).map(([what, bytes]): [string, string, Buffer] => ['proof', what, bytes]),
];

describe(attack(23), () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attack-23-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Parses a file in a process of its own; killed after half a minute, its start on a busy machine included. */
  async function parse(
    kind: string,
    path: string,
  ): Promise<{ outcomes: Record<string, string>; milliseconds: number; rss: number }> {
    const child = join(import.meta.dirname, 'bomb.child.ts');
    const run = promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', child, kind, path], {
      timeout: 30_000,
      env: { PATH: process.env['PATH'] },
    });
    return JSON.parse((await run).stdout) as Awaited<ReturnType<typeof parse>>;
  }
  let count = 0;
  async function explode(kind: string, bytes: Uint8Array) {
    const path = join(folder, `bomb-${(count += 1)}`);
    await writeFile(path, bytes);
    const ended = await parse(kind, path);
    await rm(path);
    return ended;
  }

  test.concurrent.each(bombs)('%s that %s: refused in two seconds and 256 MB', async (kind, _what, bytes) => {
    const { outcomes, milliseconds, rss } = await explode(kind, bytes);
    // Some JSON is merely strange and may be read; a manifest it is not.
    const { json: read = 'refused', ...others } = outcomes;
    expect(['refused', 'accepted']).toContain(read);
    expect(new Set(Object.values(others))).toEqual(new Set(['refused']));
    expect(milliseconds).toBeLessThan(2_000);
    expect(rss).toBeLessThan(256);
  });

  test('an archive of a terabyte of nothing is read by its headers alone', async () => {
    const path = join(folder, 'terabyte');
    await writeFile(path, header('a', 0));
    truncateSync(path, 2 ** 40);
    const { milliseconds, rss } = await parse('archive', path);
    expect(milliseconds).toBeLessThan(2_000);
    expect(rss).toBeLessThan(256);
  });

  test('the largest honest archive is read within the same bounds', async () => {
    const files = Array.from({ length: 10_000 }, (_, at) => ({
      name: `${'技术方案/'.repeat(12)}附件-${at}.pdf`,
      size: 0,
      async *stream() {
        yield new Uint8Array();
      },
    }));
    const chunks: Uint8Array[] = [];
    for await (const bytes of writeArchive(files, padme(archiveLength(files)))) chunks.push(bytes.slice());
    const { outcomes, milliseconds, rss } = await explode('archive', Buffer.concat(chunks));
    expect(outcomes).toEqual({ archive: 'accepted' });
    expect(milliseconds).toBeLessThan(2_000);
    expect(rss).toBeLessThan(256);
  });

  test('a request piled with marks is refused before anything folds it', async () => {
    const house = await openHouse();
    const piled = `a${'\u0323\u0307'.repeat(100_000)}`;
    const escaped = piled.replaceAll(/[^a]/g, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
    for (const login of [piled, escaped]) {
      const before = process.cpuUsage();
      const answer = await house.anybody.fetch('/api/identity/sign-in', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: `{"login":"${login}","password":"x"}`,
      });
      expect([answer.status, ((await answer.json()) as { type: string }).type]).toEqual([400, 'request.malformed']);
      expect(process.cpuUsage(before).user / 1000).toBeLessThan(2_000);
    }
    await house.close();
  });

  test.each([
    '../a',
    'a/../b',
    '/a',
    './a',
    'a//b',
    'a/',
    'a\\b',
    'C:a',
    'a\0b',
    'a\nb',
    'a\u202eb',
    'a\u200bb',
    'a\ufeffb',
    'e\u0301.pdf',
    'a.',
    'a ',
    '\ud800',
    `${'x'.repeat(256)}`,
    '招'.repeat(86),
    '',
  ])('no archive has a file named %j', (name) => {
    expect(isArchiveName(name)).toBe(false);
  });

  test('a link in a bid folder is not followed', async () => {
    const bid = join(folder, 'bid');
    await mkdir(bid);
    await writeFile(
      join(bid, 'price.json'),
      JSON.stringify({ price: '1', deliveryDays: 1, validityDays: 90, projectLead: '', note: '' }),
    );
    await writeFile(
      join(bid, 'technical.json'),
      JSON.stringify({
        consortium: [],
        contact: { name: '周岚', phone: '1', email: '' },
        deliveryPlace: '',
        warrantyMonths: 1,
        lines: [],
        objective: [],
        qualifications: [],
        deviations: [],
        declarations: { truthful: true, independent: true, qualified: true },
        summary: '',
      }),
    );
    const facts = {
      stages: [{ id: 'open', parts: ['price', 'technical'], gate: 'none' as const }],
      ctx: { lotId: '01933f00-0000-7000-8000-000000000002' } as never,
      bidder: { name: '青澜仪器', uscc: `91370200MA3C10001${usccCheck('91370200MA3C10001')}` },
    };
    expect(await readBidFolder(bid, facts)).toHaveLength(2);
    await symlink('/etc/passwd', join(bid, 'passwd.pdf'));
    await expect(readBidFolder(bid, facts)).rejects.toThrow(/ordinary file|普通文件/u);
  });
});
