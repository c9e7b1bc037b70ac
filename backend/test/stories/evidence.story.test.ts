import { readEntitledEvidence, readEvidence } from '@xinbiao/contracts/publication';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verify } from '../../../scripts/verify.ts';
import { publishedLots } from '../lots.ts';
import { aToldTender, downloadEvidence, type Told } from './evidence.ts';

/* The evidence bundle: downloaded after the award, checked with no house, and by everybody entitled. */

let told: Told;
const folder = mkdtempSync(join(tmpdir(), 'xinbiao-evidence-'));
const bundle = join(folder, 'public.tar');
beforeAll(async () => {
  told = await aToldTender();
  await downloadEvidence(told, bundle);
});
afterAll(async () => {
  await told.house.close();
  rmSync(folder, { recursive: true, force: true });
});

async function run(...args: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const code = await verify([...args, '--lang', 'en', '--evidence', join(folder, 'proof.json')], (line) =>
    lines.push(line),
  );
  return { code, text: lines.join('\n') };
}

test('the public bundle holds as a tar and as a folder, with receipts beside it', async () => {
  const own = join(folder, 'own.tlog-proof');
  writeFileSync(own, told.receipts[1]!);
  const { code, text } = await run(bundle, '--receipt', own);
  expect([code, text]).toEqual([0, expect.stringContaining('Everything that was checked holds')]);
  expect(text).toContain('Lot 1: 3 prices were opened again');
  expect(text).toContain('the 1 receipts at hand are all in the close document');
  const place = join(folder, 'unpacked');
  mkdirSync(place);
  execFileSync('tar', ['-xf', bundle, '-C', place]);
  execFileSync('sha256sum', ['--quiet', '-c', 'SHA256SUMS'], { cwd: place });
  expect((await run(place)).code).toBe(0);
});

test('held against the public log the bundle leaves nothing out', async () => {
  const { code, text } = await run(bundle, '--log', told.house.url);
  expect([code, text]).toEqual([0, expect.stringContaining('The ranking follows')]);
});

test('the same tree gives the same bytes', async () => {
  const again = join(folder, 'again.tar');
  await downloadEvidence(told, again);
  expect(readFileSync(again).equals(readFileSync(bundle))).toBe(true);
});

test('supervision gets keys, shares, all ciphertext and sheets; a bidder its own alone; others nothing', async () => {
  const [all, own] = [join(folder, 'supervision.tar'), join(folder, 'bidder.tar')];
  await downloadEvidence(told, all, told.cast.supervisor);
  const whole = await run(all);
  expect([whole.code, whole.text]).toEqual([0, expect.stringContaining('Lot 1: 6 parts were opened again')]);
  expect(whole.text).toContain('Lot 1: the batches of 2 officers are those on record');
  expect(whole.text).toContain('Lot 1: 5 score sheets are those that were committed to');
  await downloadEvidence(told, own, told.cast.bidders[0]);
  const mine = await run(own);
  expect([mine.code, mine.text]).toEqual([0, expect.stringContaining('Lot 1: 2 parts were opened again')]);
  const names = execFileSync('tar', ['-tf', own], { encoding: 'utf8' }).split('\n');
  expect(names.filter((name) => name.includes('/releases/') || name.includes('/sheets/'))).toEqual([]);
  expect(names.filter((name) => name.includes('/stages/'))).toHaveLength(1);
  expect(names.filter((name) => name.includes('/parts/technical/'))).toHaveLength(1);
  const params = { tenderId: told.published.tenderId };
  for (const person of [told.cast.purchaser, told.cast.notary, told.cast.experts[0]!])
    await expect(person.client.call(readEntitledEvidence, { params })).rejects.toThrow(/entitled/);
});

test('a receipt of a bid that the close document leaves out is proof, and the proof can be checked by others', async () => {
  const place = join(folder, 'omitted');
  mkdirSync(place);
  execFileSync('tar', ['-xf', bundle, '-C', place]);
  const own = join(folder, 'omitted.tlog-proof');
  writeFileSync(own, told.receipts[3]!);
  const file = join(place, 'lots', '1', 'close.json');
  const close = JSON.parse(readFileSync(file, 'utf8')) as { heads: unknown[] };
  close.heads.pop();
  writeFileSync(file, JSON.stringify(close));
  const { code, text } = await run(place, '--receipt', own);
  expect([code, text]).toEqual([
    2,
    expect.stringContaining('received this bid before its close, and the close document leaves it out'),
  ]);
  const proof = JSON.parse(readFileSync(join(folder, 'proof.json'), 'utf8')) as {
    statements: string[];
    findings: { no: number }[];
  };
  expect(proof.statements).toContain(told.receipts[3]);
  expect(proof.findings.map(({ no }) => no)).toContain(402);
  // Whoever is handed it sees why from the signatures in it, and believes none of its sentences.
  const handed = join(folder, 'handed.json');
  const given = async (change: (text: string) => string = (text) => text) => {
    writeFileSync(handed, change(readFileSync(join(folder, 'proof.json'), 'utf8')));
    const lines: string[] = [];
    const args = [handed, '--lang', 'en', '--key', told.house.house.ledger.verifierKey];
    return { code: await verify(args, (line) => lines.push(line)), text: lines.join('\n') };
  };
  const untouched = await given();
  expect(untouched).toMatchObject({ code: 3, text: expect.stringContaining('cannot be told from this file alone') });
});

test('no bundle is handed out before a tender has its result', async () => {
  const { tenderId } = await publishedLots(told.house, told.cast, 1);
  await expect(told.house.anybody.call(readEvidence, { params: { tenderId } })).rejects.toThrow(
    'publication.not-ended',
  );
  await expect(told.cast.supervisor.client.call(readEntitledEvidence, { params: { tenderId } })).rejects.toThrow(
    'publication.not-ended',
  );
  expect(told.house.faults).toEqual([]);
});
