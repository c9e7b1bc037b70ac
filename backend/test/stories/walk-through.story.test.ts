import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aToldTender, downloadEvidence, type Told } from './evidence.ts';

/* The walk through a bundle with openssl and sha256sum, exactly as docs/protocol/walk-through.md tells it. */

const text = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'protocol', 'walk-through.md'), 'utf8');
const script = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block).join('\n');

let told: Told;
const folder = mkdtempSync(join(tmpdir(), 'xinbiao-walk-'));
beforeAll(async () => {
  told = await aToldTender();
  await downloadEvidence(told, join(folder, 'bundle.tar'));
  writeFileSync(join(folder, 'own.tlog-proof'), told.receipts[1]!);
});
afterAll(async () => {
  await told.house.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Walks in a place of its own; `spoil` changes the unpacked bundle and packs it again, sums and all. */
function walk(name: string, spoil?: string): { status: number | null; output: string } {
  const place = join(folder, name);
  mkdirSync(place);
  for (const file of ['bundle.tar', 'own.tlog-proof']) cpSync(join(folder, file), join(place, file));
  if (spoil !== undefined) {
    const packed = spawnSync(
      'sh',
      [
        '-euc',
        `mkdir b && tar -xf bundle.tar -C b && cd b && ${spoil}
         find . -type f ! -name SHA256SUMS | sed 's|^./||' | sort | xargs sha256sum > SHA256SUMS
         tar --format=ustar -cf ../bundle.tar *`,
      ],
      { cwd: place, encoding: 'utf8' },
    );
    expect(packed.stderr).toBe('');
  }
  const { status, stdout, stderr } = spawnSync('bash', ['-eu', '-c', script], { cwd: place, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

// What is spoilt is a file: which database it came from makes no difference, and once is enough.
const onFiles = test.skipIf(process.env['XINBIAO_TEST_MARIADB'] !== undefined);

test('every step of the walk holds for a real bundle', { timeout: 300_000 }, () => {
  expect(script.length).toBeGreaterThan(4_000);
  const { status, output } = walk('good');
  expect([status, output]).toEqual([0, expect.stringContaining('award: 299000000 fen')]);
  for (const line of [
    'files: whole',
    'entries: all in the log',
    'sealed entries: as they committed',
    'acts: all signed',
    'own receipt listed',
    'bid: signed',
    'price: 299000000 fen was sealed and read out',
    'timestamps:',
  ])
    expect(output).toContain(line);
});

for (const [what, spoil] of [
  ['an entry', `sed -i 's/"price":"299000000"/"price":"199000000"/' log/entries/*.leaf`],
  ['a signed document', `f=$(ls acts/*.json | head -1); printf ' ' >> $f`],
  ['a piece of a bid', `f=lots/1/bids/01/parts/price/0000.piece; head -c 65671 $f > x && printf x >> x && mv x $f`],
  ['the close document', `sed -i 's/"seq":2/"seq":1/' lots/1/close.json`],
  ['a key', `printf '%064d\\n' 0 > lots/1/bids/01/keys/price.key`],
] as const)
  onFiles(`the walk ends where ${what} was changed and the sums were made to fit`, { timeout: 300_000 }, () => {
    const { status, output } = walk(what.replaceAll(' ', '-'), spoil);
    expect(status, output).not.toBe(0);
    expect(output).not.toContain('award:');
  });
