import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aToldTender, downloadEvidence, type Told } from '../backend/test/stories/evidence.ts';
import { offerOf, fileOf } from './play/bid.ts';
import { auditEnvelope } from './audit.ts';
import { monitor } from './monitor.ts';
import { publishTools } from './publish.ts';
import { sealInto } from './seal/envelope.ts';
import { fetchSealingFacts } from './seal/facts.ts';
import { castFor, publishedLots } from '../backend/test/lots.ts';
import { openHouse, type TestHouse } from '../backend/test/house.ts';
import { partContents } from '@xinbiao/contracts/bidding';
import { canonicalBytes, signDetached } from '@xinbiao/contracts/trust';
import { readSealing } from '@xinbiao/contracts/bidding';

/* The outsider's commands alone: as one file each, in a folder with nothing else, run by plain Node. */

const folder = mkdtempSync(join(tmpdir(), 'xinbiao-tools-'));
const alone = join(folder, 'alone');
let told: Told;
beforeAll(async () => {
  mkdirSync(alone);
  await publishTools(join(folder, 'tools'));
  told = await aToldTender();
  await downloadEvidence(told, join(folder, 'bundle.tar'));
}, 240_000);
afterAll(async () => {
  await told?.house.close();
  rmSync(folder, { recursive: true, force: true });
});

/** One of the published files, in an empty folder. */
function run(tool: string, ...args: string[]): { status: number | null; text: string } {
  const file = join(alone, tool);
  writeFileSync(file, readFileSync(join(folder, 'tools', tool)));
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], { cwd: alone, encoding: 'utf8' });
  rmSync(file);
  return { status, text: `${stdout}${stderr}` };
}

test('verify checks a bundle and a receipt with nothing but its one file', { timeout: 120_000 }, () => {
  const whole = run('xinbiao-verify.mjs', join(folder, 'bundle.tar'), '--lang', 'en');
  expect([whole.status, whole.text]).toEqual([0, expect.stringContaining('3 prices were opened again')]);
  const receipt = join(folder, 'own.tlog-proof');
  writeFileSync(receipt, told.receipts[1]!);
  expect(run('xinbiao-verify.mjs', receipt, '--lang', 'en').status).toBe(3);
  expect(run('xinbiao-verify.mjs', receipt, '--key', told.house.house.ledger.verifierKey).status).toBe(0);
  const spoiled = readFileSync(join(folder, 'bundle.tar'));
  const at = spoiled.indexOf('"price":"299000000"');
  spoiled[at + 9] = 0x31;
  writeFileSync(join(folder, 'spoiled.tar'), spoiled);
  expect(run('xinbiao-verify.mjs', join(folder, 'spoiled.tar')).status).toBe(2);
  expect(JSON.parse(readFileSync(join(alone, 'xinbiao-evidence.json'), 'utf8'))).toMatchObject({
    v: 'xinbiao/verify-evidence/v1',
  });
});

test(
  'the published files are named by their sums, and are the same when made again',
  { timeout: 120_000 },
  async () => {
    const names = readdirSync(join(folder, 'tools')).toSorted();
    expect(names).toEqual(
      expect.arrayContaining([
        'SHA256SUMS',
        'verify.py',
        'xinbiao-audit.mjs',
        'xinbiao-monitor.mjs',
        'xinbiao-verify.mjs',
      ]),
    );
    await publishTools(join(folder, 'again'));
    expect(readFileSync(join(folder, 'again', 'SHA256SUMS'), 'utf8')).toBe(
      readFileSync(join(folder, 'tools', 'SHA256SUMS'), 'utf8'),
    );
    expect(run('xinbiao-monitor.mjs').text).toContain('--state');
    expect(run('xinbiao-audit.mjs').text).toContain('--recovery');
  },
);

test('monitor remembers what it saw, and notices a log that is another one the next time', async () => {
  const state = join(folder, 'state');
  const lines: string[] = [];
  const look = () => monitor([told.house.url, '--state', state, '--lang', 'en'], (line) => lines.push(line));
  // A house without pages has no release to compare with: that is not known, never fine and never wrong.
  expect(await look()).toBe(3);
  expect(lines.join('\n')).toContain('There is no list of the pages to check against');
  expect(lines.join('\n')).not.toContain('✗');
  expect(existsSync(join(state, 'log'))).toBe(true);
  const before = readFileSync(join(state, 'log'), 'utf8');
  expect(await look()).toBe(3);
  expect(lines.join('\n')).toContain('is the beginning of the log as it is now');
  // The same key, another history.
  const other = await openHouse();
  try {
    const stranger: string[] = [];
    const code = await monitor([other.url, '--state', state, '--lang', 'en'], (line) => stranger.push(line));
    expect([code, stranger.join('\n')]).toEqual([2, expect.stringContaining('The log shows another key')]);
  } finally {
    await other.close();
  }
  expect(readFileSync(join(state, 'log'), 'utf8')).toBe(before);
  expect(readdirSync(join(state, 'evidence'))).toHaveLength(1);
});

test(
  'audit rebuilds an envelope from the recovery file and one’s own files, and says what is another’s',
  { timeout: 120_000 },
  async () => {
    const house: TestHouse = await openHouse();
    try {
      const cast = await castFor(house, { bidders: 1 });
      const { lots } = await publishedLots(house, cast, 1);
      const [bidder] = cast.bidders;
      const facts = await fetchSealingFacts(bidder!.client, lots[0]!, house.clock.now().toISOString());
      const sealing = await bidder!.client.call(readSealing, { params: { lotId: lots[0]! } });
      const own = join(folder, 'own');
      mkdirSync(own);
      const bytes = new Uint8Array(5_000).fill(7);
      writeFileSync(join(own, '方案.pdf'), bytes);
      const { price, technical } = offerOf(sealing, bidder!, { price: 310_000_000n });
      const envelope = join(folder, 'envelope');
      await sealInto(envelope, {
        facts,
        parts: partContents(facts.stages, { price, technical }, [fileOf('方案.pdf', bytes)]),
        signer: {
          sign: (content) =>
            signDetached({
              content,
              certificate: bidder!.held.signing.certificate,
              privateKey: bidder!.held.signing.privateKey,
            }),
        },
        dealSeed: crypto.getRandomValues(new Uint8Array(32)),
        recovery: { passphrase: '开标之前不能忘', random: crypto.getRandomValues(new Uint8Array(28)) },
      });
      writeFileSync(join(folder, 'facts.json'), canonicalBytes(facts));
      const recovery = readdirSync(envelope).find((name) => /recovery/.test(name))!;
      const args = [
        envelope,
        '--recovery',
        join(envelope, recovery),
        '--files',
        own,
        '--facts',
        join(folder, 'facts.json'),
        '--lang',
        'en',
      ];
      const lines: string[] = [];
      const look = (passphrase = '开标之前不能忘') =>
        auditEnvelope(
          args,
          (line) => lines.push(line),
          async () => passphrase,
        );
      expect([await look(), lines.join('\n')]).toEqual([
        expect.objectContaining({ exit: 0 }),
        expect.stringContaining('byte for byte'),
      ]);
      expect(lines.join('\n')).toContain('310000000');
      expect((await look('something else')).exit).toBe(3);
      bytes[4_999] = 8;
      writeFileSync(join(own, '方案.pdf'), bytes);
      lines.length = 0;
      expect([(await look()).exit, lines.join('\n')]).toEqual([2, expect.stringContaining('technical/方案.pdf')]);
      rmSync(join(own, '方案.pdf'));
      expect((await look()).exit).toBe(2);
    } finally {
      await house.close();
    }
  },
);
