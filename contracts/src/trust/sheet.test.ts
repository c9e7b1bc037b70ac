import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { bytesOf, canonicalBytes } from './canonical.ts';
import { aGroup, aKeyring, sharesOf, type ExampleGroup } from './envelope/example.ts';
import { keyringHash, type Keyring } from './envelope/keyring.ts';
import type { Json } from './envelope/types.ts';
import {
  checkSheetEscrow,
  isCommittedSheet,
  openSheet,
  sealSheet,
  sheetCommitment,
  sheetLocked,
  sheetStage,
  type SealedSheet,
  type SheetContext,
} from './sheet.ts';

let groups: ExampleGroup[];
let keyring: Keyring;
let ctx: SheetContext;
let sealed: SealedSheet;
const sheet: Json = { scores: [{ bid: 'A', criterion: 'technical', points: 87 }], comments: '方案完整' };
const seed = new Uint8Array(32).fill(2);
const shares = (from = groups.flatMap(({ officers }) => officers)) =>
  sharesOf(sheetLocked(sealed.escrow), from, sheetStage);

beforeAll(async () => {
  groups = [await aGroup('purchaser', 1, 1), await aGroup('independent', 2, 3)];
  keyring = aKeyring(groups);
  ctx = {
    v: 'xinbiao/sheet/v1',
    suite: 'XB1',
    tenderId: '01933f00-0000-7000-8000-000000000001',
    lotId: '01933f00-0000-7000-8000-000000000002',
    criteriaHash: '55'.repeat(32),
    expert: 'expert-3',
    keyringHash: keyringHash(keyring),
    seq: 1,
  };
  sealed = await sealSheet({ ctx, keyring, sheet, seed });
});
const check = (bytes: Uint8Array, expect_: SheetContext = ctx) => checkSheetEscrow({ bytes, expect: expect_, keyring });

test('a reveal is checked against the commitment, and only the committed sheet passes', () => {
  expect(isCommittedSheet(sealed.commitment, sealed.reveal)).toBe(true);
  expect(
    isCommittedSheet(sealed.commitment, { ...sealed.reveal, sheet: { ...(sheet as object), comments: '' } as Json }),
  ).toBe(false);
  expect(isCommittedSheet(sealed.commitment, { ...sealed.reveal, salt: '00'.repeat(32) })).toBe(false);
  expect(isCommittedSheet(sealed.commitment, { ...sealed.reveal, salt: '00' })).toBe(false);
  expect(isCommittedSheet(sealed.commitment, { ...sealed.reveal, sheet: 1.5 })).toBe(false);
});

test('a commitment moves with any part of the sheet or the salt', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii' }), fc.string({ unit: 'grapheme-ascii' }), (one, other) => {
      const salt = '01'.repeat(32);
      expect(sheetCommitment({ salt, sheet: one }) === sheetCommitment({ salt, sheet: other })).toBe(one === other);
    }),
  );
});

test('the officers open the sheet of an absent expert, as committed; fewer cannot', async () => {
  expect(await openSheet({ escrow: sealed.escrow, shares: await shares() })).toEqual({
    ok: true,
    reveal: sealed.reveal,
    faults: [],
  });
  const all = await shares();
  expect(await openSheet({ escrow: sealed.escrow, shares: all.slice(0, 2) })).toMatchObject({
    ok: false,
    faults: [{ code: 'shares.too-few', group: 'independent' }],
  });
  expect(await openSheet({ escrow: sealed.escrow, shares: all.slice(1) })).toMatchObject({
    ok: false,
    faults: [{ code: 'shares.too-few', group: 'purchaser' }],
  });
});

test('the server sees that an escrow is dealt to the right officers in the right context', () => {
  const bytes = canonicalBytes(sealed.escrow);
  expect(check(bytes)).toMatchObject({ ok: true, escrowHash: sealed.escrowHash });
  for (const other of [{ expert: 'expert-4' }, { seq: 2 }, { criteriaHash: '66'.repeat(32) }])
    expect(check(bytes, { ...ctx, ...other })).toEqual({ ok: false, faults: ['sheet.context-differs'] });
  const swapped = structuredClone(sealed.escrow);
  swapped.lock.groups[1]!.shares[0]!.wrap = swapped.lock.groups[1]!.shares[1]!.wrap;
  expect(check(canonicalBytes(swapped))).toEqual({ ok: false, faults: ['sheet.lock-differs'] });
  expect(check(canonicalBytes({ ...sealed.escrow, ciphertext: sealed.escrow.ciphertext.slice(2) }))).toEqual({
    ok: false,
    faults: ['sheet.wrong-length'],
  });
  for (const bad of ['', '{}', 'null', '['.repeat(50_000)])
    expect(check(bytesOf(bad))).toEqual({ ok: false, faults: ['sheet.malformed'] });
});

test('an escrow that holds something else than was committed is the expert’s fault', async () => {
  const flipped = `${sealed.escrow.ciphertext.slice(0, -2)}${sealed.escrow.ciphertext.endsWith('00') ? '01' : '00'}`;
  const swapped = { ...sealed.escrow, ciphertext: flipped };
  const recommitted = { ...sealed.escrow, commitment: '77'.repeat(32) };
  for (const escrow of [swapped, recommitted])
    expect(await openSheet({ escrow, shares: await shares() })).toEqual({
      ok: false,
      faults: [{ code: 'sheet.not-committed', party: 'expert' }],
    });
});

test('the same seed seals the same escrow; another sheet shares neither salt nor key with it', async () => {
  expect((await sealSheet({ ctx, keyring, sheet, seed })).escrowHash).toBe(sealed.escrowHash);
  const other = await sealSheet({ ctx, keyring, sheet: 'else', seed });
  expect(other.reveal.salt).not.toBe(sealed.reveal.salt);
  expect(other.escrow.lock.keyCommit).not.toBe(sealed.escrow.lock.keyCommit);
});

test('the length of an escrow says little about the comments in it', async () => {
  const lengthOf = async (comments: string) =>
    (await sealSheet({ ctx, keyring, sheet: { comments }, seed })).escrow.ciphertext.length;
  expect(await lengthOf('')).toBe(await lengthOf('很好'.repeat(300)));
});
