import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aToldTender, downloadEvidence, type Told } from '../../backend/test/stories/evidence.ts';
import { verify } from '../verify.ts';

/*
 * Two verifiers, written apart from each other, must say the same: of bundles that are good, of bundles with one byte
 * changed in any kind of file and the sums made to fit, and of every published vector.
 */

const python = spawnSync('python3', ['--version']).status === 0;
const strict = process.env['CI'] === 'true';
if (!python) console.log('skipped: the Python verifier, for which python3 is needed');
const when = test.skipIf(!python && !strict);
// What is spoilt is a file: which database it came from makes no difference, and once is enough.
const onFiles = test.skipIf((!python && !strict) || process.env['XINBIAO_TEST_MARIADB'] !== undefined);

const script = join(import.meta.dirname, 'verify.py');
const folder = mkdtempSync(join(tmpdir(), 'xinbiao-python-'));
const bundles = new Map<string, string>();
let told: Told;

beforeAll(async () => {
  if (!python && !strict) return;
  told = await aToldTender();
  for (const [name, by] of [
    ['public', undefined],
    ['supervision', told.cast.supervisor],
    ['bidder', told.cast.bidders[1]],
  ] as const) {
    const file = join(folder, `${name}.tar`);
    await downloadEvidence(told, file, by);
    bundles.set(name, file);
    mkdirSync(join(folder, name));
    spawnSync('tar', ['-xf', file, '-C', join(folder, name)]);
  }
  writeFileSync(join(folder, 'own.tlog-proof'), told.receipts[1]!);
});
afterAll(async () => {
  await told?.house.close();
  rmSync(folder, { recursive: true, force: true });
});

type Report = { readonly no: number; readonly outcome: string; readonly says: readonly string[] };
function theirs(subject: string, ...args: string[]): { code: number; reports: Report[]; text: string } {
  const { status, stdout, stderr } = spawnSync('python3', [script, subject, '--json', ...args], { encoding: 'utf8' });
  expect(stderr, subject).toBe('');
  return { code: status ?? -1, reports: stdout.startsWith('[') ? (JSON.parse(stdout) as Report[]) : [], text: stdout };
}
async function ours(subject: string, ...args: string[]): Promise<{ code: number; numbers: number[]; text: string }> {
  const lines: string[] = [];
  const code = await verify([subject, '--json', '--evidence', join(folder, 'proof.json'), ...args], (line) =>
    lines.push(line),
  );
  const { reports } = JSON.parse(lines.at(-1)!) as { reports: { number: number; outcome: string }[] };
  return {
    code,
    numbers: reports.filter(({ outcome }) => outcome === 'broken').map(({ number }) => number),
    text: lines.join('\n'),
  };
}

when('both find nothing wrong with any form of a good bundle, nor with a receipt beside it', async () => {
  for (const [name, file] of bundles)
    for (const subject of [file, join(folder, name)]) {
      const args = ['--receipt', join(folder, 'own.tlog-proof')];
      expect(theirs(subject, ...args), subject).toMatchObject({ code: 0 });
      expect((await ours(subject, ...args)).code, subject).toBe(0);
    }
});

/** Writes SHA256SUMS anew, as whoever changed a file would. */
function sumUp(place: string): void {
  const names = readdirSync(place, { recursive: true, encoding: 'utf8' })
    .filter((name) => name !== 'SHA256SUMS' && statSync(join(place, name)).isFile())
    .toSorted();
  const sum = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(place, name)))
      .digest('hex');
  writeFileSync(join(place, 'SHA256SUMS'), names.map((name) => `${sum(name)}  ${name}\n`).join(''));
}

onFiles('both find one flipped byte in any kind of file, whatever SHA256SUMS says', { timeout: 400_000 }, async () => {
  const disagreed: string[] = [];
  // What supervision gets holds everything that the public form does.
  const whole = join(folder, 'supervision');
  const seen = new Set<string>();
  for (const path of readdirSync(whole, { recursive: true, encoding: 'utf8' }).toSorted()) {
    const kind = path.replace(/[0-9a-f]{16,}/g, '*').replace(/\d+/g, '*');
    // The words for people are not evidence.
    if (!statSync(join(whole, path)).isFile() || seen.has(kind) || /README|SHA256SUMS/.test(path)) continue;
    seen.add(kind);
    const place = join(folder, 'spoiled');
    rmSync(place, { recursive: true, force: true });
    cpSync(whole, place, { recursive: true });
    const bytes = readFileSync(join(place, path));
    // What a token's authority did not sign, a certificate that comes along for instance, says nothing: its end is signed.
    const share = path.endsWith('.tst') ? 0.99 : ([0.2, 0.5, 0.8][seen.size % 3] ?? 0);
    let at = Math.floor(bytes.length * share);
    // Where a line of armour ends says nothing either.
    if (path.endsWith('.pem')) while (bytes[at] === 0x0a) at += 1;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(join(place, path), bytes);
    sumUp(place);
    const [mine, other] = [await ours(place), theirs(place)];
    if (mine.code !== 2 || other.code !== 2) disagreed.push(`${path} at ${at}: ${mine.code} ${other.code}`);
  }
  expect(seen.size).toBeGreaterThan(20);
  expect(disagreed).toEqual([]);
});

when('both find what was left out', async () => {
  for (const path of ['lots/1/close.json', 'lots/1/result.json', 'lots/1/bids/02/keys/price.key']) {
    const place = join(folder, 'lacking');
    rmSync(place, { recursive: true, force: true });
    cpSync(join(folder, 'public'), place, { recursive: true });
    rmSync(join(place, path));
    sumUp(place);
    expect([path, (await ours(place)).code, theirs(place).code]).toEqual([path, 2, 2]);
  }
});

when('both refuse a receipt of another bid that the close document does not list', async () => {
  const place = join(folder, 'omitted');
  cpSync(join(folder, 'public'), place, { recursive: true });
  const path = join(place, 'lots', '1', 'close.json');
  const close = JSON.parse(readFileSync(path, 'utf8')) as { others: unknown[] };
  close.others = [];
  writeFileSync(path, JSON.stringify(close));
  sumUp(place);
  const receipt = join(folder, 'first.tlog-proof');
  writeFileSync(receipt, told.receipts[0]!);
  expect((await ours(place, '--receipt', receipt)).numbers).toContain(402);
  expect(
    theirs(place, '--receipt', receipt)
      .reports.filter(({ outcome }) => outcome === 'broken')
      .map(({ no }) => no),
  ).toContain(402);
});

when('both cannot tell whether a bid was replaced by its bidder, unless the receipt of that step is held', async () => {
  const [older, newer] = [0, 1].map((at) => {
    const file = join(folder, `version-${at}.tlog-proof`);
    writeFileSync(file, told.receipts[at]!);
    return ['--receipt', file];
  });
  for (const [args, code] of [
    [older!, 3],
    [newer!, 0],
    [[...older!, ...newer!], 0],
  ] as const)
    expect([(await ours(join(folder, 'public'), ...args)).code, theirs(join(folder, 'public'), ...args).code]).toEqual([
      code,
      code,
    ]);
});

when('the page of Python gets the same from every published vector', () => {
  const place = join(import.meta.dirname, '..', '..', 'contracts', 'vectors');
  const files = existsSync(place) ? readdirSync(place).filter((name) => name.endsWith('.json')) : [];
  const { status, stdout } = spawnSync('python3', [script, '--vectors', ...files.map((name) => join(place, name))], {
    encoding: 'utf8',
  });
  expect([status, stdout]).toEqual([0, expect.stringMatching(/^[1-9]\d* vectors, 0 failed\n$/)]);
});
