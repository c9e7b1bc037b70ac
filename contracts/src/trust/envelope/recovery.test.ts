import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { fromHex } from '../../kernel/bytes.ts';
import { Malformed, bytesOf } from '../canonical.ts';
import { partKeyOf } from '../derive.ts';
import { sha256Hex } from '../hash.ts';
import { aBid, aFile, aGroup, aKeyring, readFrom, type ExampleBid } from './example.ts';
import { digestOf } from './digest.ts';
import type { Keyring } from './keyring.ts';
import { openPart } from './open.ts';
import { audit, dealOfRecovery, openRecovery, protectRecovery, recoveryOf, type Recovery } from './recovery.ts';
import type { FileSource, PartContent } from './types.ts';

let keyring: Keyring;
let bid: ExampleBid;
let recovery: Recovery;
let text: string;
const plan = bytesOf('施工组织设计'.repeat(1_000));
const parts: PartContent[] = [
  { stage: 'open', name: 'price', content: { total: '980000' }, files: [] },
  {
    stage: 'open',
    name: 'technical',
    content: {},
    files: [aFile('plan.txt', plan), aFile('empty.txt', new Uint8Array())],
  },
];
const random = new Uint8Array(28).fill(4);

beforeAll(async () => {
  keyring = aKeyring([await aGroup('purchaser', 1, 2), await aGroup('independent', 1, 2)]);
  bid = await aBid(keyring, parts);
  const files = [
    { name: 'plan.txt', size: plan.length, sha256: sha256Hex(plan) },
    { name: 'empty.txt', size: 0, sha256: sha256Hex(new Uint8Array()) },
  ];
  recovery = recoveryOf({
    deal: bid.deal,
    client: bid.manifest.client,
    parts: parts.map((part, at) => ({ ...part, files: at === 1 ? files : [] })),
  });
  text = await protectRecovery(recovery, '口令 with spaces', random);
});

const filesOf =
  (changed: Record<string, FileSource | undefined> = {}) =>
  (_stage: string, part: string, name: string) =>
    name in changed ? changed[name] : parts.find((one) => one.name === part)?.files.find((file) => file.name === name);

test('the recovery file opens with its passphrase, and opens the bid without any officer', async () => {
  expect(text).not.toContain(recovery.dealSeed);
  expect(text).not.toContain('980000');
  const opened = await openRecovery(text, '口令 with spaces');
  expect(opened).toEqual(recovery);
  const deal = await dealOfRecovery(opened, keyring);
  const partKey = partKeyOf(deal.stageKeys.get('open')!, deal.ctxHash, 'open', 'price');
  const part = await openPart({
    manifest: bid.manifest,
    stage: 'open',
    part: 'price',
    partKey,
    read: readFrom(bid.sealed.get('price')!),
  });
  expect(part.content).toEqual({ total: '980000' });
});

test('a wrong passphrase and a changed file fail alike', async () => {
  await expect(openRecovery(text, '口令')).rejects.toEqual(new Malformed('recovery'));
  await fc.assert(
    fc.asyncProperty(fc.nat(text.length - 1), async (at) => {
      const changed = text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1);
      await expect(openRecovery(changed, '口令 with spaces')).rejects.toEqual(new Malformed('recovery'));
    }),
    { numRuns: 12 },
  );
  await expect(openRecovery('{}', 'x')).rejects.toEqual(new Malformed('recovery'));
  await expect(openRecovery(text.replace('600000', '1'), '口令 with spaces')).rejects.toEqual(
    new Malformed('recovery'),
  );
});

test('an honest envelope is rebuilt byte for byte', async () => {
  expect(await audit({ recovery, keyring, files: filesOf(), manifest: bid.manifest })).toEqual({
    manifestHash: bid.manifestHash,
    findings: [],
  });
});

test('the audit names a file that is missing, longer or different', async () => {
  const findings = async (changed: Record<string, FileSource | undefined>) =>
    (await audit({ recovery, keyring, files: filesOf(changed), manifest: bid.manifest })).findings;
  expect(await findings({ 'plan.txt': undefined })).toEqual([{ code: 'file.missing', at: 'technical/plan.txt' }]);
  expect(await findings({ 'plan.txt': aFile('plan.txt', plan.slice(1)) })).toEqual([
    { code: 'file.differs', at: 'technical/plan.txt' },
  ]);
  const other = plan.slice().fill(1, 0, 3);
  expect(await findings({ 'plan.txt': aFile('plan.txt', other) })).toEqual([
    { code: 'file.differs', at: 'technical/plan.txt' },
    { code: 'manifest.differs', at: 'parts.1.pieces.0' },
    { code: 'manifest.differs', at: 'parts.1.root' },
  ]);
});

test('the audit names what a dishonest program sealed instead', async () => {
  const cheat = await aBid(
    keyring,
    [{ ...parts[0]!, content: { total: '980001' } }, parts[1]!],
    {},
    fromHex(recovery.dealSeed),
  );
  const { findings } = await audit({ recovery, keyring, files: filesOf(), manifest: cheat.manifest });
  expect(findings.map(({ at }) => at)).toEqual(expect.arrayContaining(['parts.0.head', 'parts.0.pieces.0']));
  expect(findings.every(({ at }) => at.startsWith('parts.0.'))).toBe(true);
  const otherSeed = await aBid(keyring, parts);
  expect(
    (await audit({ recovery, keyring, files: filesOf(), manifest: otherSeed.manifest })).findings.map(({ at }) => at),
  ).toContain('stages.0.keyCommit');
});

test('the hash of a file is what sha256sum prints', async () => {
  const read: number[] = [];
  expect(await digestOf(aFile('x', bytesOf('abc')).stream(0), (bytes) => read.push(bytes))).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
  expect(read).toEqual([3]);
});
