/* oxlint-disable no-non-null-assertion */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../kernel/bytes.ts';
import { bytesOf, canonicalBytes, Malformed } from './canonical.ts';
import { chunkedKey, encryptChunked, openChunked } from './chunked.ts';
import { dealerOf, partKeyIn } from './derive.ts';
import {
  aBid,
  aContext,
  aFile,
  aGroup,
  aKeyring,
  anSm2Group,
  checked,
  piecesOf,
  readFrom,
  sharesOf,
  type ExampleBid,
  type ExampleGroup,
} from './envelope/example.ts';
import { audit, dealOfRecovery, recoveryOf } from './envelope/recovery.ts';
import { checkManifest } from './envelope/check.ts';
import { judge, rebuttalOf } from './envelope/dispute.ts';
import { gateOfDeal, releaseGate } from './envelope/gate.ts';
import { Keyring, keyringHash } from './envelope/keyring.ts';
import { recoverStageKey } from './envelope/lock.ts';
import { ctxHashOf, manifestHashOf } from './envelope/manifest.ts';
import { openPart } from './envelope/open.ts';
import { createDeal } from './envelope/seal.ts';
import { answerOpenerTest, checkOpenerProof, checkPrecheckItem, dealOpenerTest, precheckItemsOf } from './officer.ts';
import type { Sm2Key } from './pki/sm2Key.ts';
import { sealSheet, openSheet, sheetLocked } from './sheet.ts';
import { sm3 } from './sm/index.ts';
import { suites, xb1, xb1Sm } from './suite.ts';
import { parseWrap, recipientOf, unwrapWith, wrapFor, WrapUnreadable } from './wrap.ts';

const parts = [
  { stage: 'open', name: 'price', content: { v: 'price', price: '980000' }, files: [] },
  { stage: 'open', name: 'technical', content: { v: 'technical' }, files: [aFile('方案.pdf', new Uint8Array(100_000).fill(7))] },
] as const; // prettier-ignore

let groups: readonly ExampleGroup<Sm2Key>[];
let keyring: Keyring;
let bid: ExampleBid;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'xinbiao-suite-'));
  groups = [await anSm2Group('purchaser', 1, 2), await anSm2Group('independent', 2, 3)];
  keyring = aKeyring(groups, 'XB1-SM');
  bid = await aBid(keyring, parts);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('an envelope of the national suite', () => {
  test('is sealed, checked unread, and opened by the officers together', async () => {
    expect(checked(bid)).toMatchObject({ ok: true, manifestHash: manifestHashOf(bid.manifest) });
    const [side, independent] = groups;
    const shares = await sharesOf(bid.manifest, [
      side!.officers[1]!,
      independent!.officers[0]!,
      independent!.officers[2]!,
    ]);
    const recovered = recoverStageKey({ manifest: bid.manifest, stage: 'open', shares });
    if (!recovered.ok) throw new Error('did not open');
    for (const { name, content } of parts) {
      const opened = await openPart({
        manifest: bid.manifest,
        stage: 'open',
        part: name,
        partKey: partKeyIn(bid.manifest, recovered.stageKey, 'open', name),
        read: readFrom(bid.sealed.get(name)!),
      });
      await opened.verify();
      expect(opened.content).toEqual(content);
    }
    expect(piecesOf(bid, 'technical')).toHaveLength(1);
  });

  test('has its names from SM3', () => {
    const { ctx } = bid.manifest;
    expect(bid.manifest.ctxHash).toBe(toHex(sm3(Buffer.concat([bytesOf('xinbiao/v1/ctx\n'), canonicalBytes(ctx)]))));
    expect(keyringHash(keyring)).toBe(
      toHex(sm3(Buffer.concat([bytesOf('xinbiao/v1/keyring\n'), canonicalBytes(keyring)]))),
    );
    expect(ctxHashOf({ ...ctx, suite: 'XB1' })).not.toBe(bid.manifest.ctxHash);
  });

  test('too few shares, and a share of another suite, do not open it', async () => {
    const shares = await sharesOf(bid.manifest, [groups[0]!.officers[0]!, groups[1]!.officers[0]!]);
    expect(recoverStageKey({ manifest: bid.manifest, stage: 'open', shares })).toMatchObject({
      ok: false,
      faults: [{ code: 'shares.too-few', group: 'independent' }],
    });
    const pretended = { ...bid.manifest, ctx: { ...bid.manifest.ctx, suite: 'XB1' as const } };
    expect(recoverStageKey({ manifest: pretended, stage: 'open', shares }).ok).toBe(false);
  });

  test('openssl alone opens a wrap', () => {
    const officer = groups[0]!.officers[0]!;
    const [key, wrap] = [join(folder, 'key.der'), join(folder, 'wrap.der')];
    writeFileSync(key, officer.privateKey.toPkcs8());
    writeFileSync(wrap, fromHex(bid.manifest.stages[0]!.groups[0]!.shares[0]!.wrap));
    const blob = execFileSync('openssl', ['pkeyutl', '-decrypt', '-keyform', 'DER', '-inkey', key, '-in', wrap]);
    expect(JSON.parse(blob.toString())).toMatchObject({ v: 'xinbiao/share/v1', officer: officer.certSha256, x: 1 });
  });

  test('is rebuilt byte for byte from its recovery', async () => {
    const recovery = recoveryOf({
      deal: bid.deal,
      client: bid.manifest.client,
      parts: parts.map(({ stage, name, content, files }) => ({
        stage,
        name,
        content,
        files: files.map(({ name: file, size }) => ({ name: file, size, sha256: '00'.repeat(32) })),
      })),
    });
    expect((await dealOfRecovery(recovery, keyring)).locks).toEqual(bid.deal.locks);
    const found = await audit({
      recovery,
      keyring,
      manifest: bid.manifest,
      files: (_, part) => parts.find(({ name }) => name === part)?.files[0],
    });
    expect(found).toEqual({
      manifestHash: bid.manifestHash,
      findings: [{ code: 'file.differs', at: 'technical/方案.pdf' }],
    });
  });

  test("with a gate needs the bidder's own SM2 key too", async () => {
    const bidder = (await anSm2Group('bidder', 1, 1)).officers[0]!;
    const gated = await aBid(keyring, parts, {}, undefined, { open: toHex(bidder.certificate) });
    expect(checked(gated).ok).toBe(true);
    const shares = await sharesOf(
      gated.manifest,
      groups.flatMap(({ officers }) => officers),
    );
    expect(recoverStageKey({ manifest: gated.manifest, stage: 'open', shares })).toMatchObject({
      ok: false,
      faults: [{ code: 'gate.missing' }],
    });
    const gate = await releaseGate({ manifest: gated.manifest, stage: 'open', ...bidder });
    expect(gate).toEqual(gateOfDeal(gated.deal, 'open'));
    expect(recoverStageKey({ manifest: gated.manifest, stage: 'open', shares, gate }).ok).toBe(true);
  });

  test("a false complaint, and rubbish wrapped for an officer, are told apart by the bidder's one scalar", async () => {
    const officer = groups[1]!.officers[1]!;
    const place = { stage: 'open', group: 'independent', x: 2 };
    const question = {
      keyring,
      stage: 'open',
      officer: officer.certSha256,
      ephemeral: rebuttalOf(bid.deal.dealSeed, bid.manifest, place),
    };
    expect(await judge({ manifest: bid.manifest, ...question })).toMatchObject({
      decided: true,
      party: 'officer',
      share: 'good',
    });
    const rubbish = structuredClone(bid.manifest);
    const share = rubbish.stages[0]!.groups[1]!.shares[1]!;
    share.wrap = toHex(await wrapFor(recipientOf(officer.certificate), bytesOf('x'.repeat(300)), { contentKey: new Uint8Array(), iv: new Uint8Array(), ephemeral: fromHex(question.ephemeral) })); // prettier-ignore
    expect(await judge({ manifest: rubbish, ...question })).toMatchObject({ party: 'bidder', why: 'not-committed' });
    expect(await judge({ manifest: bid.manifest, ...question, ephemeral: '00'.repeat(31) + '05' })).toMatchObject({
      decided: false,
      reason: 'scalar-differs',
    });
  });

  test('its shares can be tried before the close, and its officers prove their keys', async () => {
    const officer = groups[0]!.officers[0]!;
    const [item] = precheckItemsOf(bid.manifest, officer.certSha256);
    expect(await checkPrecheckItem({ item: item!, ...officer })).toEqual({ answer: 'accept' });
    const seed = new Uint8Array(32).fill(4);
    const named = { certSha256: officer.certSha256, certificate: toHex(officer.certificate) };
    const asked = await dealOpenerTest(seed, named);
    const answer = await answerOpenerTest({ item: asked.item, ...officer });
    expect(await checkOpenerProof({ seed: toHex(seed), answer, officer: named })).toBe(true);
  });

  test("an expert's sheet is escrowed in it", async () => {
    const ctx = { v: 'xinbiao/sheet/v1', suite: 'XB1-SM', tenderId: bid.manifest.ctx.tenderId, lotId: bid.manifest.ctx.lotId, criteriaHash: '44'.repeat(32), expert: 'expert-1', keyringHash: keyringHash(keyring), seq: 1 } as const; // prettier-ignore
    const { escrow, reveal } = await sealSheet({
      ctx,
      keyring,
      sheet: { score: 81 },
      seed: new Uint8Array(32).fill(1),
    });
    const shares = await sharesOf(
      sheetLocked(escrow),
      groups.flatMap(({ officers }) => officers),
      'sheet',
    );
    expect(await openSheet({ escrow, shares })).toEqual({ ok: true, reveal, faults: [] });
  });
});

describe('the suites are never mixed', () => {
  test('a keyring holds keys of its own suite only', async () => {
    const nist = await aGroup('independent', 1, 2);
    expect(Keyring.safeParse(aKeyring([groups[0]!, nist], 'XB1-SM')).success).toBe(false);
    const wrong = aKeyring(groups, 'XB1');
    await expect(createDeal({ ctx: aContext(wrong), keyring: wrong, dealSeed: new Uint8Array(32) })).rejects.toThrow();
  });

  test('an envelope of the other suite is named as such', async () => {
    const nist = aKeyring([await aGroup('purchaser', 1, 2), await aGroup('independent', 2, 3)]);
    const general = await aBid(nist, parts);
    const { keyring: _, ...rest } = bid.expect;
    const check = checkManifest({ bytes: general.bytes, expect: { ...rest, keyring } });
    expect(check).toMatchObject({ ok: false });
    expect(check.ok ? [] : check.faults.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['ctx.suite-differs', 'share.differs-from-keyring']),
    );
  });

  test('a wrap for a key of one suite is not one for a key of the other', async () => {
    const sm2 = groups[0]!.officers[0]!;
    const nist = (await aGroup('x', 1, 1)).officers[0]!;
    const dealer = dealerOf(new Uint8Array(32), '00'.repeat(32), xb1Sm);
    const place = { stage: 's', group: 'g', x: 1 };
    const secrets = { contentKey: dealer.contentKey(place), iv: dealer.iv(place), ephemeral: dealer.ephemeral(place) };
    const [forSm2, forNist] = [
      await wrapFor(recipientOf(sm2.certificate), bytesOf('secret'), secrets),
      await wrapFor(recipientOf(nist.certificate), bytesOf('secret'), secrets),
    ];
    expect(await unwrapWith(sm2.privateKey, recipientOf(sm2.certificate), forSm2)).toEqual(bytesOf('secret'));
    await expect(unwrapWith(sm2.privateKey, recipientOf(sm2.certificate), forNist)).rejects.toThrow(WrapUnreadable);
    await expect(unwrapWith(nist.privateKey, recipientOf(nist.certificate), forSm2)).rejects.toThrow(WrapUnreadable);
    expect(parseWrap(forSm2).identifier).toHaveLength(0);
    for (let at = 0; at < forSm2.length; at += 1) {
      const changed = forSm2.slice();
      changed[at] = changed[at]! ^ 1;
      await expect(unwrapWith(sm2.privateKey, recipientOf(sm2.certificate), changed)).rejects.toThrow(WrapUnreadable);
    }
  });

  test('ciphertext of one suite does not open in the other, although the sizes are the same', async () => {
    const key = new Uint8Array(32).fill(1);
    const [salt, context] = [new Uint8Array(24), bytesOf('context')];
    const lengths = new Set<number>();
    for (const [suite, other] of [
      [xb1, xb1Sm],
      [xb1Sm, xb1],
    ] as const) {
      const pieces: Uint8Array[] = [];
      for await (const piece of encryptChunked(
        await chunkedKey(key, salt, context, suite),
        aFile('f', new Uint8Array(40_000)).stream(0),
      ))
        pieces.push(piece);
      const sealed = new Uint8Array(Buffer.concat(pieces));
      lengths.add(sealed.length);
      const given = { key, context, length: sealed.length, read: readFrom(sealed) };
      expect(await (await openChunked({ ...given, suite })).read(39_990, 10)).toEqual(new Uint8Array(10));
      await expect(openChunked({ ...given, suite: other })).rejects.toThrow(Malformed);
    }
    expect(lengths.size).toBe(1);
    expect(Object.keys(suites)).toEqual(['XB1', 'XB1-SM']);
  });
});
