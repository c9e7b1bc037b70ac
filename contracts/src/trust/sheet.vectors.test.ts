import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fromHex, toHex } from '../kernel/bytes.ts';
import { bytesOf, canonical } from './canonical.ts';
import { aGroup, aKeyring, sharesOf } from './envelope/example.ts';
import { keyringHash, type Keyring } from './envelope/keyring.ts';
import type { Json } from './envelope/types.ts';
import { sha256Hex } from './hash.ts';
import {
  checkSheetEscrow,
  isCommittedSheet,
  openSheet,
  sealSheet,
  sheetContextHash,
  sheetLocked,
  sheetStage,
  type SealedSheet,
  type SheetContext,
} from './sheet.ts';

const path = new URL('../../vectors/sheet.json', import.meta.url);

type Vectors = {
  readonly about: string;
  readonly ctx: SheetContext;
  readonly ctxHash: string;
  readonly keyring: Keyring;
  readonly seed: string;
  readonly sheet: Json;
  readonly sealed: SealedSheet;
  /** What the officers read out of their wraps. */
  readonly shares: readonly { readonly officer: string; readonly blob: string }[];
};

/** Made once, by `XINBIAO_VECTORS=make`; frozen ever since. */
async function make(): Promise<Vectors> {
  const groups = [await aGroup('purchaser', 1, 2), await aGroup('independent', 2, 3)];
  const keyring = aKeyring(groups);
  const ctx: SheetContext = {
    v: 'xinbiao/sheet/v1',
    suite: 'XB1',
    tenderId: '01933f00-0000-7000-8000-000000000001',
    lotId: '01933f00-0000-7000-8000-000000000002',
    criteriaHash: sha256Hex(bytesOf('criteria')),
    expert: 'expert-3',
    keyringHash: keyringHash(keyring),
    seq: 2,
  };
  const sheet: Json = {
    v: 'xinbiao/score-sheet/v1',
    lotId: ctx.lotId,
    criteriaHash: ctx.criteriaHash,
    expert: 'expert-3',
    bids: [
      {
        bidId: '01933f00-0000-7000-8000-0000000000b1',
        responsive: true,
        reasons: [],
        scores: [{ item: 'plan', score: 3_650, comment: '方案完整，针对性强。' }],
      },
    ],
  };
  const seed = sha256Hex(bytesOf('seed of the sheet'));
  const sealed = await sealSheet({ ctx, keyring, sheet, seed: fromHex(seed) });
  const delivered = await sharesOf(
    sheetLocked(sealed.escrow),
    groups.flatMap(({ officers }) => officers),
    sheetStage,
  );
  return {
    about: 'A score sheet of the protocol, whole; see docs/protocol/07-score-sheets.md. Made with fixed seeds, frozen.',
    ctx,
    ctxHash: sheetContextHash(ctx),
    keyring,
    seed,
    sheet,
    sealed,
    shares: delivered.map(({ officer, blob }) => ({ officer, blob: toHex(blob) })),
  };
}

const vectors = async (): Promise<Vectors> => {
  if (process.env['XINBIAO_VECTORS'] === 'make' && !existsSync(path))
    writeFileSync(path, `${JSON.stringify(await make(), null, 1)}\n`);
  return JSON.parse(readFileSync(path, 'utf8')) as Vectors;
};

test('the published sheet is sealed again, byte for byte, and opens with the published shares', async () => {
  const { ctx, ctxHash, keyring, seed, sheet, sealed, shares } = await vectors();
  expect(sheetContextHash(ctx)).toBe(ctxHash);
  const again = await sealSheet({ ctx, keyring, sheet, seed: fromHex(seed) });
  expect(canonical(again)).toBe(canonical(sealed));
  expect(isCommittedSheet(sealed.commitment, sealed.reveal)).toBe(true);
  expect(checkSheetEscrow({ bytes: bytesOf(canonical(sealed.escrow)), expect: ctx, keyring })).toMatchObject({
    ok: true,
    escrowHash: sealed.escrowHash,
  });
  const delivered = shares.map(({ officer, blob }) => ({ officer, blob: fromHex(blob) }));
  expect(await openSheet({ escrow: sealed.escrow, shares: delivered })).toMatchObject({
    ok: true,
    reveal: sealed.reveal,
  });
});
