import { readAct } from '@xinbiao/contracts/ledger';
import { addTime } from '@xinbiao/contracts/kernel';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileOf } from '../../../scripts/play/bid.ts';
import type { Cast } from '../../../scripts/play/cast.ts';
import type { Person } from '../../../scripts/play/person.ts';
import { accept, appoint, award, convene, qualify, release, reveal, score, sign } from '../../../scripts/play/steps.ts';
import { verify } from '../../../scripts/verify.ts';
import { pemOf } from '../../src/identity/authorities.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { castFor, handIn, publishedLots, type PublishedLots } from '../lots.ts';

/*
 * The outsider: copies the log and a finished tender, checks them offline, and notices one changed byte in any kind
 * of file, by name.
 */

let house: TestHouse;
let cast: Cast;
let published: PublishedLots;
const folder = mkdtempSync(join(tmpdir(), 'xinbiao-outsider-'));
const copy = join(folder, 'copy');
const root = join(folder, 'root.pem');
let receipt = '';
const lot = (no: number): string => published.lots[no - 1] ?? '';

async function finish(lotId: string): Promise<void> {
  await qualify(cast.agency, lotId);
  await appoint(
    cast.agency,
    lotId,
    cast.experts.map(({ known }) => known.seatId),
  );
  for (const expert of cast.experts) await accept(expert, lotId);
  await convene(cast.agency, lotId, addTime(house.clock.now(), 86_400_000));
  for (const [at, expert] of cast.experts.entries())
    await score(expert, lotId, (room, bid, item) =>
      Math.round(item.max * (0.9 - 0.1 * room.bids.indexOf(bid)) - at * 10),
    );
  for (const expert of cast.experts) await reveal(expert, lotId);
  for (const expert of cast.experts) await sign(expert, lotId);
  await award(cast.purchaser, lotId);
}

beforeAll(async () => {
  house = await openHouse();
  cast = await castFor(house, { bidders: 3, experts: 5 });
  published = await publishedLots(house, cast, 2);
  for (const [at, bidder] of cast.bidders.entries()) {
    const handed = await handIn(bidder, lot(1), {
      price: BigInt(300_000_000 + at * 10_000_000),
      files: [fileOf('方案.pdf', new Uint8Array(2000).fill(at))],
    });
    receipt = handed.receipt;
    if (at < 2) await handIn(bidder, lot(2), { price: BigInt(400_000_000 + at) });
  }
  house.clock.set(published.deadline);
  await house.tick();
  const roots = house.house.identity.authorities.roots.map((der) => new Uint8Array(der));
  for (const officer of [cast.purchaser, cast.notary] as Person[])
    await release(officer, lot(1), roots, house.clock.now());
  await house.tick();
  await finish(lot(1));
  await house.house.ledger.sequencer.drain();
  writeFileSync(root, roots.map((der) => pemOf(der)).join(''));
});
afterAll(async () => {
  await house.close();
  rmSync(folder, { recursive: true, force: true });
});

async function run(...args: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const code = await verify([...args, '--root', root, '--lang', 'en', '--evidence', join(folder, 'evidence')], (line) =>
    lines.push(line),
  );
  return { code, text: lines.join('\n') };
}

test('everything that is public of a finished tender holds, online and copied to a folder', async () => {
  const file = join(folder, 'mine.tlog-proof');
  writeFileSync(file, receipt);
  const { code, text } = await run(house.url, '--receipt', file, '--export', copy);
  expect([code, text]).toEqual([0, expect.stringContaining('Everything that was checked holds')]);
  expect(text).toContain('Lot 1: 3 prices were opened again');
  const kinds = [
    'checkpoint',
    'log.vkey',
    'tile',
    'disclosed',
    'acts',
    join('tenders', published.tenderId, 'bundle.json'),
    join('tenders', published.tenderId, 'pieces'),
  ];
  expect(kinds.filter((name) => !existsSync(join(copy, name)))).toEqual([]);
  expect(await run(copy, '--receipt', file)).toEqual({
    code: 0,
    text: expect.stringContaining('Lot 1: 3 prices were opened again'),
  });
});

const filesBelow = (place: string): string[] =>
  readdirSync(join(copy, place), { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(copy, place, name)).isFile())
    .map((name) => join(place, name))
    .sort();

/** Changes a copy of the copy, checks it, and says what the check said. */
async function spoiled(
  name: string,
  change: (bytes: Buffer) => Buffer,
): Promise<{ code: number; text: string; wrong: string }> {
  const place = join(folder, 'spoiled');
  rmSync(place, { recursive: true, force: true });
  cpSync(copy, place, { recursive: true });
  const before = readFileSync(join(place, name));
  const after = change(Buffer.from(before));
  expect(after.equals(before)).toBe(false);
  writeFileSync(join(place, name), after);
  const { code, text } = await run(place);
  const lines = text.split('\n');
  const wrong: string[] = [];
  let isWrong = false;
  for (const line of lines) {
    if (/^[✓✗?]/.test(line)) isWrong = line.startsWith('✗');
    if (isWrong) wrong.push(line);
  }
  return { code, text, wrong: wrong.join('\n') };
}
const flip =
  (share: number) =>
  (bytes: Buffer): Buffer => {
    const at = Math.min(bytes.length - 1, Math.floor(bytes.length * share));
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  };

for (const [kind, pick, names] of [
  ['the checkpoint', () => ['checkpoint'], /checkpoint/i],
  ['a tile of entries', () => filesBelow(join('tile', 'entries')), /entry \d+|tile/i],
  ['a tile of hashes', () => filesBelow(join('tile', '0')), /entry \d+|tile|hash/i],
  ['a disclosed entry', () => filesBelow('disclosed'), /entry \d+/i],
  ['a signed act', () => filesBelow('acts').filter((name) => name.endsWith('.json')), /entry \d+|[0-9a-f]{12}/i],
  [
    'the signature of an act',
    () => filesBelow('acts').filter((name) => name.endsWith('.p7s')),
    /entry \d+|[0-9a-f]{12}/i,
  ],
  ['a piece of a bid', () => filesBelow(join('tenders', published.tenderId, 'pieces')), /entry \d+/i],
] as const)
  test(`one flipped byte in ${kind} is noticed, and the finding says where`, async () => {
    const files = pick();
    expect(files.length).toBeGreaterThan(0);
    for (const [share, name] of [
      [0.1, files[0]!],
      [0.5, files.at(-1)!],
      [0.9, files[Math.floor(files.length / 2)]!],
    ] as const) {
      const { code, text, wrong } = await spoiled(name, flip(share));
      expect([name, share, code], text).toEqual([name, share, 2]);
      expect(wrong).toMatch(names);
    }
  });

/** The bundle with one character of a text inside it changed, well-formed all the same. */
type Bundle = {
  tender: { content: string; keyring: string; noticeLeaf: string };
  acts: { act: string; signature: string; type: string }[];
  entries: { leaf: string; body: { p: Record<string, unknown> } | null }[];
  lots: {
    close: string | null;
    result: string | null;
    award: string | null;
    bids: { manifest: string | null; signature: string | null; partKeys: { key: string }[] }[];
  }[];
};
const inBundle =
  (change: (bundle: Bundle) => void) =>
  (bytes: Buffer): Buffer => {
    const bundle = JSON.parse(bytes.toString()) as Bundle;
    change(bundle);
    return Buffer.from(JSON.stringify(bundle));
  };
/** Another digit or letter in the place of one, so that the text stays in its form. */
const other = (text: string, pattern: RegExp): string => {
  const found = pattern.exec(text);
  if (!found) throw new Error(`no ${pattern} here`);
  const at = found.index + found[0].length - 1;
  return text.slice(0, at) + (text[at] === '1' ? '2' : '1') + text.slice(at + 1);
};

for (const [kind, change, names] of [
  [
    'the notice',
    ({ tender }: Bundle) => {
      tender.content = other(tender.content, /"budget":"\d/);
    },
    /entry \d+|notice/i,
  ],
  [
    'the list of officers',
    ({ tender }: Bundle) => {
      tender.keyring = other(tender.keyring, /"certSha256":"[0-9a-f]{5}/);
    },
    /entry \d+|keyring/i,
  ],
  [
    'a manifest',
    ({ lots }: Bundle) => {
      const bid = lots[0]!.bids[0]!;
      bid.manifest = other(bid.manifest!, /"version":"./);
    },
    /entry \d+/i,
  ],
  [
    'the signature of a manifest',
    ({ lots }: Bundle) => {
      const bid = lots[0]!.bids[0]!;
      bid.signature = other(bid.signature!, /^.{600}/);
    },
    /bid|entry \d+|manifest/i,
  ],
  [
    'a published key',
    ({ lots }: Bundle) => {
      const key = lots[0]!.bids[1]!.partKeys[0]!;
      key.key = other(key.key, /^.{7}/);
    },
    /entry \d+/i,
  ],
  [
    'the close document',
    ({ lots }: Bundle) => {
      lots[0]!.close = other(lots[0]!.close!, /"seq":\d/);
    },
    /Lot 1|entry \d+/i,
  ],
  [
    'the close of the lot that failed',
    ({ lots }: Bundle) => {
      lots[1]!.close = other(lots[1]!.close!, /"salt":"./);
    },
    /Lot 2|entry \d+/i,
  ],
  [
    'the result',
    ({ lots }: Bundle) => {
      lots[0]!.result = other(lots[0]!.result!, /"total":\d/);
    },
    /Lot 1|entry \d+/i,
  ],
  [
    'the award',
    ({ lots }: Bundle) => {
      lots[0]!.award = other(lots[0]!.award!, /"price":"\d/);
    },
    /Lot 1|award|entry \d+/i,
  ],
  [
    'an act',
    ({ acts }: Bundle) => {
      const act = acts.find(({ type }) => type === 'qualify.result')!;
      act.act = other(act.act, /"bidId":"./);
    },
    /qualify\.result|entry \d+/i,
  ],
  [
    'an act’s signature',
    ({ acts }: Bundle) => {
      const act = acts.find(({ type }) => type === 'award.decide')!;
      act.signature = other(act.signature, /^.{900}/);
    },
    /award\.decide|entry \d+/i,
  ],
  [
    'an entry',
    ({ entries }: Bundle) => {
      const entry = entries.find(({ body }) => body?.p['price'] !== undefined)!;
      entry.body!.p['price'] = '1';
    },
    /entry \d+/i,
  ],
] as const)
  test(`one changed character in ${kind} inside the bundle is noticed, and the finding says where`, async () => {
    const { code, text, wrong } = await spoiled(join('tenders', published.tenderId, 'bundle.json'), inBundle(change));
    expect(code, text).toBe(2);
    expect(wrong).toMatch(names);
  });

/** One place of every kind that there is in a document, as the way to it; kinds leave out which one of a list it is. */
function placesIn(
  value: unknown,
  way: readonly (string | number)[] = [],
  places = new Map<string, readonly (string | number)[]>(),
): Map<string, readonly (string | number)[]> {
  if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value))
      placesIn(inner, [...way, Array.isArray(value) ? Number(key) : key], places);
  else if (value !== null) {
    const kind = way.map((step) => (typeof step === 'number' ? '*' : step)).join('.');
    if (!places.has(kind)) places.set(kind, way);
  }
  return places;
}

/** The same document with the value at one place changed a little, in its form. */
function altered(document: unknown, way: readonly (string | number)[]): unknown {
  const [step, ...rest] = way;
  if (step === undefined) {
    if (typeof document === 'number') return document + 1;
    if (typeof document === 'boolean') return !document;
    return other(String(document), new RegExp(`^.{${Math.ceil(String(document).length / 2)}}`, 's'));
  }
  const copied = (Array.isArray(document) ? [...(document as unknown[])] : { ...(document as object) }) as Record<
    string | number,
    unknown
  >;
  copied[step] = altered(copied[step], rest);
  return copied;
}

// What is spoilt is a file: which database it came from makes no difference, and once is enough.
const onFiles = test.skipIf(process.env['XINBIAO_TEST_MARIADB'] !== undefined);
onFiles(
  'there is nothing in the bundle that could be changed unnoticed, but when it was made and where pieces lie',
  async () => {
    const bundle: unknown = JSON.parse(readFileSync(join(copy, 'tenders', published.tenderId, 'bundle.json'), 'utf8'));
    const places = placesIn(bundle);
    expect(places.size).toBeGreaterThan(60);
    const unnoticed: string[] = [];
    for (const [kind, way] of places) {
      const { code } = await spoiled(join('tenders', published.tenderId, 'bundle.json'), () =>
        Buffer.from(JSON.stringify(altered(bundle, way))),
      );
      if (code !== 2) unnoticed.push(`${code} ${kind}`);
    }
    expect(unnoticed).toEqual(['0 madeAt', '0 lots.*.bids.*.pieces.*.href']);
  },
);

test('nothing can be left out of the bundle either', async () => {
  const bundle = JSON.parse(readFileSync(join(copy, 'tenders', published.tenderId, 'bundle.json'), 'utf8')) as Bundle;
  const without: readonly ((of: Bundle) => void)[] = [
    ({ lots }) => {
      lots.pop();
    },
    ({ lots }) => {
      lots[0]!.close = null;
    },
    ({ lots }) => {
      lots[0]!.result = null;
    },
    ({ lots }) => {
      lots[0]!.award = null;
    },
    ({ lots }) => {
      lots[0]!.bids.pop();
    },
    ({ lots }) => {
      lots[0]!.bids[0]!.signature = null;
    },
    ({ lots }) => {
      lots[0]!.bids[0]!.partKeys = [];
    },
    ({ lots }) => {
      lots[1]!.close = null;
    },
  ];
  for (const leave of without) {
    const changed = structuredClone(bundle);
    leave(changed);
    expect(
      (await spoiled(join('tenders', published.tenderId, 'bundle.json'), () => Buffer.from(JSON.stringify(changed))))
        .code,
      String(leave),
    ).toBe(2);
  }
  expect((await run(copy, '--key', readFileSync(join(copy, 'log.vkey'), 'utf8'))).code).toBe(0);
});

test('a bundle that is no bundle any more, a missing piece or a missing tile is never taken for good', async () => {
  const bundle = join('tenders', published.tenderId, 'bundle.json');
  expect((await spoiled(bundle, (bytes) => bytes.subarray(0, bytes.length / 2))).code).toBe(2);
  expect((await spoiled(bundle, () => Buffer.from('{}'))).code).toBe(2);
  for (const name of [
    filesBelow(join('tenders', published.tenderId, 'pieces'))[0]!,
    filesBelow(join('tile', 'entries'))[0]!,
    filesBelow('acts')[0]!,
  ]) {
    const place = join(folder, 'lacking');
    rmSync(place, { recursive: true, force: true });
    cpSync(copy, place, { recursive: true });
    rmSync(join(place, name));
    expect([name, (await run(place)).code]).not.toEqual([name, 0]);
  }
});

test('what a certificate or a signature must not say, a stranger’s root does not make good', async () => {
  const empty = join(folder, 'empty.pem');
  writeFileSync(empty, '');
  const lines: string[] = [];
  expect(
    await verify([copy, '--root', empty, '--lang', 'en', '--evidence', join(folder, 'stranger')], (line) =>
      lines.push(line),
    ),
  ).not.toBe(0);
  const publish = JSON.parse(readFileSync(join(copy, 'tenders', published.tenderId, 'bundle.json'), 'utf8')) as {
    acts: { hash: string; type: string }[];
  };
  const notice = publish.acts.find(({ type }) => type === 'tender.publish')!;
  expect((await house.anybody.call(readAct, { params: { hash: notice.hash } })).act).toContain('tender.publish');
  expect(house.faults).toEqual([]);
});

test('a tender that the log knows and the list hides is said to be unchecked', async () => {
  const place = join(folder, 'hiding');
  cpSync(copy, place, { recursive: true });
  rmSync(join(place, 'tenders'), { recursive: true });
  expect(await run(place)).toEqual({
    code: 3,
    text: expect.stringContaining('1 tenders of the log have no material here'),
  });
});
