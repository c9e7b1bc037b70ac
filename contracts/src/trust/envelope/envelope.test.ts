import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { toHex } from '../../kernel/bytes.ts';
import { Malformed, bytesOf, canonicalBytes, parseCanonical } from '../canonical.ts';
import { dealerOf, partKeyOf } from '../derive.ts';
import { joined } from '../hash.ts';
import { WrapUnreadable, recipientOf, wrapFor } from '../wrap.ts';
import { checkManifest, checkPiece, identifiersOf } from './check.ts';
import {
  aBid,
  aContext,
  aFile,
  aGroup,
  aKeyring,
  checked,
  piecesOf,
  readFrom,
  sharesOf,
  type ExampleBid,
  type ExampleGroup,
} from './example.ts';
import { Keyring, keyringHash } from './keyring.ts';
import { checkShare, recoverStageKey, shareCommit, unwrapShare, type ShareBlob } from './lock.ts';
import { Manifest, SignedManifest, ctxHashOf, manifestBytes, type EnvelopeContext } from './manifest.ts';
import { openPart, readPieces } from './open.ts';
import { createDeal, partJobOf, pieceLengthFor, sealPart, sealPieces, sealPlan } from './seal.ts';
import { EnvelopeFault, type Json, type PartContent } from './types.ts';

let groups: ExampleGroup[];
let keyring: Keyring;
let bid: ExampleBid;
const price: PartContent = {
  stage: 'open',
  name: 'price',
  content: { total: '980000' },
  files: [aFile('报价表.csv', bytesOf('a,1\n'))],
};
const technical: PartContent = {
  stage: 'open',
  name: 'technical',
  content: {},
  files: [aFile('方案/总体.pdf', new Uint8Array(300_000).fill(7)), aFile('空.txt', new Uint8Array())],
};

const officers = () => groups.flatMap((group) => group.officers);
const clone = (manifest: Manifest) => structuredClone(manifest);
const stageKeyOfBid = async (one: ExampleBid) => {
  const recovered = recoverStageKey({
    manifest: one.manifest,
    stage: 'open',
    shares: await sharesOf(one.manifest, officers()),
  });
  if (!recovered.ok) throw new Error('not opened');
  return recovered.stageKey;
};
const opening = async (
  one: ExampleBid,
  part: string,
  {
    manifest = one.manifest,
    sealed = one.sealed.get(part) as Uint8Array,
    partKey,
  }: { manifest?: Manifest; sealed?: Uint8Array; partKey?: Uint8Array } = {},
) =>
  openPart({
    manifest,
    stage: 'open',
    part,
    partKey: partKey ?? partKeyOf(await stageKeyOfBid(one), one.manifest.ctxHash, 'open', part),
    read: readFrom(sealed),
  });
const faultOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'opened',
    (error: unknown) => (error instanceof EnvelopeFault ? `${error.fault.code} ${error.fault.party}` : String(error)),
  );
const collect = async (source: AsyncIterable<Uint8Array>) => {
  const all: Uint8Array[] = [];
  for await (const bytes of source) all.push(bytes);
  return joined(...all);
};

beforeAll(async () => {
  groups = [await aGroup('purchaser', 1, 2), await aGroup('independent', 2, 3)];
  keyring = aKeyring(groups);
  bid = await aBid(keyring, [price, technical]);
});

test('a sealed bid passes every check a server can make, and opens to what was sealed', async () => {
  expect(checked(bid)).toMatchObject({ ok: true, manifestHash: bid.manifestHash });
  const opened = await opening(bid, 'technical');
  expect(opened.content).toEqual({});
  expect(opened.files.map(({ name, size }) => [name, size])).toEqual([
    ['方案/总体.pdf', 300_000],
    ['空.txt', 0],
  ]);
  const [plan] = opened.files;
  expect(await plan?.read(299_990, 10)).toEqual(new Uint8Array(10).fill(7));
  expect((await collect(plan!.stream())).every((byte) => byte === 7)).toBe(true);
  await opened.verify();
});

test('the published key of the price part opens the price and nothing else', async () => {
  const partKey = partKeyOf(await stageKeyOfBid(bid), bid.manifest.ctxHash, 'open', 'price');
  expect((await opening(bid, 'price', { partKey })).content).toEqual({ total: '980000' });
  expect(await faultOf(opening(bid, 'technical', { partKey }))).toBe('part.wrong-key bidder');
});

test('every set of officers that reaches every threshold opens; no smaller set does, nor says more than who is missing', async () => {
  const all = await sharesOf(bid.manifest, officers());
  for (let mask = 0; mask < 2 ** all.length; mask += 1) {
    const shares = all.filter((_, at) => (mask >> at) & 1);
    const enough = groups.every(
      ({ t, officers: members }) =>
        members.filter(({ certSha256 }) => shares.some(({ officer }) => officer === certSha256)).length >= t,
    );
    const recovered = recoverStageKey({ manifest: bid.manifest, stage: 'open', shares });
    expect(recovered.ok).toBe(enough);
    if (recovered.ok) expect(toHex(recovered.stageKey)).toBe(toHex(bid.deal.stageKeys.get('open') as Uint8Array));
    else
      expect(recovered.faults.every(({ code, party }) => code === 'shares.too-few' && party === 'officer')).toBe(true);
  }
});

test('the same share twice counts once', async () => {
  const [one] = await sharesOf(bid.manifest, (groups[1] as ExampleGroup).officers.slice(0, 1));
  const [other] = await sharesOf(bid.manifest, (groups[0] as ExampleGroup).officers.slice(0, 1));
  expect(recoverStageKey({ manifest: bid.manifest, stage: 'open', shares: [one!, one!, other!] }).ok).toBe(false);
});

test('an officer opens only the own wrap, and every failure looks the same', async () => {
  const [first, second] = officers();
  for (const attempt of [
    { officerCertSha256: first!.certSha256, privateKey: second!.privateKey, certificate: first!.certificate },
    { officerCertSha256: first!.certSha256, privateKey: first!.privateKey, certificate: second!.certificate },
    { officerCertSha256: 'ab'.repeat(32), privateKey: first!.privateKey, certificate: first!.certificate },
    { officerCertSha256: first!.certSha256, privateKey: first!.privateKey, certificate: new Uint8Array(3) },
  ])
    await expect(unwrapShare({ manifest: bid.manifest, stage: 'open', ...attempt })).rejects.toEqual(
      new WrapUnreadable(),
    );
});

test('the same seed seals the same envelope; another seed shares nothing with it', async () => {
  const again = await aBid(keyring, [price, technical], {}, bid.deal.dealSeed);
  expect(again.manifestHash).toBe(bid.manifestHash);
  const other = await aBid(keyring, [price, technical], { envelopeId: '44'.repeat(16) }, bid.deal.dealSeed);
  const seen = new Set(identifiersOf(bid.manifest).map(({ kind, value }) => kind + value));
  expect(identifiersOf(other.manifest).filter(({ kind, value }) => seen.has(kind + value))).toEqual([]);
});

test('another price or another list of files never meets the same key and salt', async () => {
  const changed = await aBid(
    keyring,
    [
      { ...price, content: { total: '710000' } },
      { ...technical, files: technical.files.slice(0, 1) },
    ],
    {},
    bid.deal.dealSeed,
  );
  expect(changed.manifest.parts.map(({ head }) => head.slice(0, 48))).not.toContain(
    bid.manifest.parts[0]?.head.slice(0, 48),
  );
  expect(changed.manifest.parts[1]?.head.slice(0, 48)).not.toBe(bid.manifest.parts[1]?.head.slice(0, 48));
});

test('the length of the price part says nothing about the price table', async () => {
  const lengthOf = async (rows: number) =>
    (await aBid(keyring, [{ ...price, content: Array.from({ length: rows }, (_, at) => ({ item: at, price: '1' })) }]))
      .manifest.parts[0]?.length;
  expect(await lengthOf(1)).toBe(await lengthOf(1_000));
});

// ---- what the server sees ------------------------------------------------------------------------------------

const codesOf = (bytes: Uint8Array, one = bid) => {
  const result = checked(one, bytes);
  return result.ok ? [] : result.faults.map(({ code }) => code);
};
const codesAfter = (change: (manifest: Manifest) => void) => {
  const manifest = clone(bid.manifest);
  change(manifest);
  return codesOf(manifestBytes(manifest));
};

test.each<[string, Partial<EnvelopeContext>]>([
  ['ctx.tender-differs', { tenderId: '01933f00-0000-7000-8000-00000000000f' }],
  ['ctx.lot-differs', { lotId: '01933f00-0000-7000-8000-00000000000f' }],
  ['ctx.notice-differs', { noticeHash: '99'.repeat(32) }],
  ['ctx.bidder-differs', { bidderCertSha256: '99'.repeat(32) }],
  ['ctx.sequence-differs', { seq: 2 }],
  ['ctx.supersedes-differs', { supersedes: '99'.repeat(32) }],
])('an envelope made for elsewhere is refused: %s', async (code, overrides) => {
  const foreign = await aBid(keyring, [price, technical], overrides);
  expect(codesOf(foreign.bytes)).toEqual([code]);
  // And a context only relabelled no longer is the one that was hashed.
  expect(codesAfter((manifest) => Object.assign(manifest.ctx, overrides))).toEqual(['ctx.hash-differs', code]);
});

test('an envelope relabelled to another context does not open even where a server let it pass', async () => {
  const foreign = clone(bid.manifest);
  foreign.ctx.lotId = '01933f00-0000-7000-8000-00000000000f';
  foreign.ctxHash = ctxHashOf(foreign.ctx);
  const shares = await sharesOf(foreign, officers());
  expect(recoverStageKey({ manifest: foreign, stage: 'open', shares })).toMatchObject({
    ok: false,
    faults: expect.arrayContaining([expect.objectContaining({ code: 'share.malformed', party: 'bidder' })]),
  });
  const partKey = partKeyOf(await stageKeyOfBid(bid), bid.manifest.ctxHash, 'open', 'price');
  expect(await faultOf(opening(bid, 'price', { manifest: foreign, partKey }))).toBe('part.wrong-key bidder');
});

test.each<[string, (manifest: Manifest) => void]>([
  [
    'stage.unexpected',
    (m) => {
      m.stages[0]!.id = 'later';
    },
  ],
  [
    'stage.duplicate',
    (m) => {
      m.stages.push(m.stages[0]!);
    },
  ],
  [
    'group.differs-from-keyring',
    (m) => {
      m.stages[0]!.groups[1]!.t = 1;
    },
  ],
  [
    'group.differs-from-keyring',
    (m) => {
      m.stages[0]!.groups[1]!.A.pop();
    },
  ],
  [
    'group.differs-from-keyring',
    (m) => {
      m.stages[0]!.groups.reverse();
    },
  ],
  [
    'group.differs-from-keyring',
    (m) => {
      m.stages[0]!.groups[0]!.shares.pop();
    },
  ],
  [
    'group.differs-from-keyring',
    (m) => {
      m.stages[0]!.groups.pop();
    },
  ],
  [
    'share.differs-from-keyring',
    (m) => {
      m.stages[0]!.groups[1]!.shares[0]!.x = 2;
    },
  ],
  [
    'share.differs-from-keyring',
    (m) => {
      m.stages[0]!.groups[1]!.shares[0]!.officer = '99'.repeat(32);
    },
  ],
  [
    'point.invalid',
    (m) => {
      m.stages[0]!.groups[0]!.A[0] = `02${'ff'.repeat(32)}`;
    },
  ],
  [
    'point.invalid',
    (m) => {
      m.stages[0]!.groups[0]!.A[0] = `02${'00'.repeat(31)}03`.replace(/03$/u, '01');
    },
  ],
  [
    'point.duplicate',
    (m) => {
      m.stages[0]!.groups[1]!.A[1] = m.stages[0]!.groups[1]!.A[0]!;
    },
  ],
  [
    'commit.duplicate',
    (m) => {
      m.stages[0]!.groups[1]!.shares[1]!.commit = m.stages[0]!.groups[1]!.shares[0]!.commit;
    },
  ],
  [
    'wrap.wrong-recipient',
    (m) => {
      m.stages[0]!.groups[1]!.shares[1]!.wrap = m.stages[0]!.groups[1]!.shares[0]!.wrap;
    },
  ],
  [
    'wrap.malformed',
    (m) => {
      m.stages[0]!.groups[1]!.shares[1]!.wrap += '00';
    },
  ],
  [
    'part.missing',
    (m) => {
      m.parts.pop();
    },
  ],
  [
    'part.duplicate',
    (m) => {
      m.parts.push(m.parts[0]!);
    },
  ],
  [
    'part.unexpected',
    (m) => {
      m.parts[1]!.name = 'else';
    },
  ],
  [
    'part.unexpected',
    (m) => {
      m.parts[1]!.stage = 'later';
    },
  ],
  [
    'part.wrong-length',
    (m) => {
      m.parts[0]!.length += 1;
    },
  ],
  [
    'part.wrong-length',
    (m) => {
      m.parts[0]!.length = 128;
    },
  ],
  [
    'part.wrong-piece-length',
    (m) => {
      m.parts[0]!.pieceLength *= 2;
    },
  ],
  [
    'part.wrong-piece-count',
    (m) => {
      m.parts[0]!.pieces.push('99'.repeat(32));
    },
  ],
  [
    'part.wrong-root',
    (m) => {
      m.parts[0]!.root = '99'.repeat(32);
    },
  ],
  [
    'part.too-large',
    (m) => {
      m.parts[0]!.pieces = Array.from({ length: 8_192 }, () => '99'.repeat(32));
    },
  ],
])('a manifest with %s is refused', (code, change) => {
  expect(codesAfter(change)).toContain(code);
});

test('a wrap that hides more or less than a share is refused', async () => {
  const [officer] = groups[0]!.officers;
  const place = { stage: 'open', group: 'purchaser', x: 1 };
  const dealer = dealerOf(new Uint8Array(32), '00'.repeat(32));
  const wrap = await wrapFor(recipientOf(officer!.certificate), new Uint8Array(100), {
    contentKey: dealer.contentKey(place),
    iv: dealer.iv(place),
    ephemeral: dealer.ephemeral(place),
  });
  expect(
    codesAfter((manifest) => {
      manifest.stages[0]!.groups[0]!.shares[0]!.wrap = toHex(wrap);
    }),
  ).toEqual(['wrap.wrong-length']);
});

test('bytes that could be read in two ways are refused before anything else', () => {
  const text = new TextDecoder().decode(bid.bytes);
  const withMore = (extra: Json) =>
    codesOf(canonicalBytes({ ...(parseCanonical(bid.bytes) as Record<string, Json>), extra }));
  expect(withMore(1)).toEqual(['manifest.malformed']);
  for (const twisted of [
    `${text} `,
    ` ${text}`,
    text.replace('{"client"', '{"client":{},"client"'),
    text.replace(/"seq":1/u, '"seq":1.0'),
    text.replace('"v":', '"v" :'),
    '',
    '[]'.repeat(20_000),
    '[1e999]',
    '\uFEFF' + text,
  ])
    expect(codesOf(bytesOf(twisted))).toEqual(['manifest.not-canonical']);
  for (const other of ['null', '[]', '1', '"x"', '{}']) expect(codesOf(bytesOf(other))).toEqual(['manifest.malformed']);
  expect(codesOf(new Uint8Array([0xff, 0xfe]))).toEqual(['manifest.not-canonical']);
  expect(codesOf(bytesOf(`"${'x'.repeat(2 ** 20)}"`))).toEqual(['manifest.too-large']);
  expect(codesOf(bytesOf('['.repeat(100_000)))).toEqual(['manifest.not-canonical']);
});

/** Places where the server alone cannot tell: there the change shows at the opening, by name. */
const onlyOfficersSee = /^(keyCommit|commit|head|client|A|wrap|envelopeId)/u;

test('a byte flipped anywhere in the manifest changes the identity of the bid, and is refused or shows at the opening', async () => {
  const shares = await sharesOf(bid.manifest, officers());
  const text = new TextDecoder().decode(bid.bytes);
  await fc.assert(
    fc.asyncProperty(fc.nat(bid.bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const bytes = bid.bytes.slice();
      bytes[at] = (bytes[at] ?? 0) ^ mask;
      const result = checked(bid, bytes);
      if (!result.ok) return;
      expect(result.manifestHash).not.toBe(bid.manifestHash);
      const field = /"([a-zA-Z]+)":[^:]*$/u.exec(text.slice(0, at + 1))?.[1] ?? '';
      expect(field).toMatch(onlyOfficersSee);
      if (field === 'bundleSha256' || field === 'version' || field === 'client') return;
      const recovered = recoverStageKey({ manifest: result.manifest, stage: 'open', shares });
      if (recovered.ok && recovered.faults.length === 0) {
        const opened = await Promise.all(
          ['price', 'technical'].map((part) => faultOf(opening(bid, part, { manifest: result.manifest }))),
        );
        // A changed wrap is seen by its officer alone: the committed share is still the committed share.
        if (field !== 'wrap') expect(opened).toContain('piece.differs platform');
        else await expect(sharesOf(result.manifest, officers())).rejects.toThrow(WrapUnreadable);
      }
    }),
    { numRuns: 400 },
  );
});

test('the slot for timestamps may be empty and is no part of what is signed', () => {
  const signed = { manifest: toHex(bid.bytes), signature: '3000', timestamps: [] };
  expect(SignedManifest.safeParse(signed).success).toBe(true);
  expect(SignedManifest.safeParse({ ...signed, timestamps: ['3000'] }).success).toBe(true);
  expect(SignedManifest.safeParse({ ...signed, more: 1 }).success).toBe(false);
});

// ---- shares and who is at fault -----------------------------------------------------------------------------

/** A bid whose dealer spoilt one officer's share but kept every commitment consistent with the wrap. */
const dealtBadly = async (spoil: (blob: ShareBlob) => unknown) => {
  const manifest = clone(bid.manifest);
  const officer = groups[1]!.officers[0]!;
  const sealedShare = manifest.stages[0]!.groups[1]!.shares[0]!;
  const { blob } = (await sharesOf(bid.manifest, [officer]))[0]!;
  const bad = canonicalBytes(spoil(parseCanonical(blob) as ShareBlob));
  const place = { stage: 'open', group: 'independent', x: 1 };
  const dealer = dealerOf(new Uint8Array(32).fill(9), bid.manifest.ctxHash);
  sealedShare.wrap = toHex(
    await wrapFor(recipientOf(officer.certificate), bad, {
      contentKey: dealer.contentKey(place),
      iv: dealer.iv(place),
      ephemeral: dealer.ephemeral(place),
    }),
  );
  sealedShare.commit = shareCommit(bad);
  return { manifest, officer };
};

test.each<[string, (blob: ShareBlob) => unknown]>([
  ['share.off-polynomial', (blob) => ({ ...blob, share: '01'.repeat(32) })],
  ['share.off-polynomial', (blob) => ({ ...blob, share: '00'.repeat(32) })],
  ['share.off-polynomial', (blob) => ({ ...blob, share: 'ff'.repeat(32) })],
  ['share.malformed', (blob) => ({ ...blob, x: 2 })],
  ['share.malformed', (blob) => ({ ...blob, x: 0 })],
  ['share.malformed', (blob) => ({ ...blob, group: 'purchaser' })],
  ['share.malformed', (blob) => ({ ...blob, stage: 'later' })],
  ['share.malformed', (blob) => ({ ...blob, ctxHash: '99'.repeat(32) })],
  ['share.malformed', (blob) => ({ ...blob, officer: '99'.repeat(32) })],
  ['share.malformed', (blob) => ({ ...blob, share: blob.share.slice(2) })],
  ['share.malformed', (blob) => ({ ...blob, more: 1 })],
])('a share the bidder dealt badly is the bidder’s fault: %s', async (code, spoil) => {
  const { manifest, officer } = await dealtBadly(spoil);
  const [share] = await sharesOf(manifest, [officer]);
  expect(checkShare({ manifest, stage: 'open', ...share! })).toMatchObject({
    ok: false,
    fault: { code, party: 'bidder', officer: officer.certSha256, group: 'independent' },
  });
  // The others still open, and the fault is named; without them the missing threshold is the bidder's.
  const others = await sharesOf(
    manifest,
    officers().filter((one) => one !== officer),
  );
  expect(recoverStageKey({ manifest, stage: 'open', shares: [...others, share!] })).toMatchObject({
    ok: true,
    faults: [{ code }],
  });
  const tooFew = recoverStageKey({ manifest, stage: 'open', shares: [share!, others[0]!, others[2]!] });
  expect(tooFew).toMatchObject({ ok: false, faults: [{ code }, { code: 'shares.too-few', party: 'bidder' }] });
  // Where even good shares would have been too few, the officers who stayed away are named, and only they.
  const alone = recoverStageKey({ manifest, stage: 'open', shares: [share!, others[0]!] });
  const away = groups[1]!.officers.slice(1).map(({ certSha256 }) => certSha256);
  expect(alone).toMatchObject({
    ok: false,
    faults: [{ code }, { code: 'shares.too-few', party: 'officer', missing: away }],
  });
});

test('a share the officer changed is the officer’s fault', async () => {
  const [share] = await sharesOf(bid.manifest, [groups[1]!.officers[0]!]);
  fc.assert(
    fc.property(fc.nat(share!.blob.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
      const blob = share!.blob.slice();
      blob[at] = (blob[at] ?? 0) ^ mask;
      expect(checkShare({ manifest: bid.manifest, stage: 'open', officer: share!.officer, blob })).toMatchObject({
        ok: false,
        fault: { code: 'share.not-committed', party: 'officer' },
      });
    }),
    { numRuns: 50 },
  );
  const other = groups[1]!.officers[1]!.certSha256;
  for (const officer of [other, '99'.repeat(32)])
    expect(checkShare({ manifest: bid.manifest, stage: 'open', officer, blob: share!.blob })).toMatchObject({
      ok: false,
      fault: { code: 'share.not-committed', party: 'officer', officer },
    });
  expect(recoverStageKey({ manifest: bid.manifest, stage: 'later', shares: [] })).toMatchObject({
    ok: false,
    faults: [{ code: 'stage.unknown' }],
  });
});

test('a stage key other than the committed one never opens, and the bidder is at fault', async () => {
  const manifest = clone(bid.manifest);
  manifest.stages[0]!.keyCommit = '99'.repeat(32);
  expect(recoverStageKey({ manifest, stage: 'open', shares: await sharesOf(manifest, officers()) })).toMatchObject({
    ok: false,
    faults: [{ code: 'stage.key-not-committed', party: 'bidder' }],
  });
});

test('a bidder cannot deal one price to some officers and another price to others', async () => {
  // The salamander of dealing: officers of one group receive shares of another secret, each consistent with its own commitment.
  const cheap = await aBid(keyring, [{ ...price, content: { total: '710000' } }, technical]);
  const manifest = clone(bid.manifest);
  manifest.stages[0]!.groups[1] = cheap.manifest.stages[0]!.groups[1]!;
  const shares = [
    ...(await sharesOf(bid.manifest, groups[0]!.officers)),
    ...(await sharesOf(cheap.manifest, groups[1]!.officers)),
  ];
  const recovered = recoverStageKey({ manifest, stage: 'open', shares });
  // Dealt under one context both groups' shares are good, and still only the committed key counts.
  expect(recovered).toEqual({
    ok: false,
    faults: [{ code: 'stage.key-not-committed', party: 'bidder', stage: 'open' }],
  });
});

// ---- pieces and parts ---------------------------------------------------------------------------------------

test('a piece changed in any byte, cut or taken from elsewhere is refused', async () => {
  const part = bid.manifest.parts[1]!;
  const [piece] = piecesOf(bid, 'technical');
  expect(await checkPiece(part, 0, piece!)).toBe(true);
  await fc.assert(
    fc.asyncProperty(fc.nat(piece!.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const bytes = piece!.slice();
      bytes[at] = (bytes[at] ?? 0) ^ mask;
      expect(await checkPiece(part, 0, bytes)).toBe(false);
      const faults = await faultOf((async () => (await opening(bid, 'technical', { sealed: bytes })).verify())());
      expect(faults).toMatch(at < 56 ? /^piece\.differs platform$/u : /^part\.not-authentic bidder$/u);
    }),
    { numRuns: 60 },
  );
  expect(await checkPiece(part, 0, piece!.slice(1))).toBe(false);
  expect(await checkPiece(part, 1, piece!)).toBe(false);
  expect(await checkPiece(bid.manifest.parts[0]!, 0, piece!)).toBe(false);
  const read = readPieces({ part, fetchPiece: async () => piece!.slice().fill(0, 100, 101) });
  expect(
    await faultOf(
      openPart({ manifest: bid.manifest, stage: 'open', part: 'technical', partKey: new Uint8Array(32), read }),
    ),
  ).toBe('piece.differs platform');
  expect(
    await faultOf(openPart({ manifest: bid.manifest, stage: 'open', part: 'none', partKey: new Uint8Array(32), read })),
  ).toBe('part.unknown platform');
});

test('an upload resumed from any piece goes on with the same bytes', async () => {
  const big: PartContent = {
    stage: 'open',
    name: 'technical',
    content: {},
    files: [patterned('a.bin', 20_000_000), patterned('b.bin', 7_000_001)],
  };
  const deal = await createDeal({ ctx: aContext(keyring), keyring, dealSeed: new Uint8Array(32).fill(6) });
  const [plan] = sealPlan({ deal, parts: [big] });
  const hashes: string[] = [];
  const sealing = sealPart({ deal, plan: plan!, part: big });
  for await (const piece of sealing) hashes.push(piece.sha256);
  expect(hashes.length).toBe(plan!.pieceCount);
  expect(sealing.digests.map(({ name }) => name)).toEqual(['a.bin', 'b.bin']);
  for (let from = 1; from < hashes.length; from += 1) {
    const rest: string[] = [];
    for await (const piece of sealPart({ deal, plan: plan!, part: big, fromPiece: from })) rest.push(piece.sha256);
    expect(rest).toEqual(hashes.slice(from));
  }
  const job = partJobOf({ deal, plan: plan!, part: big });
  for (let from = 0; from < hashes.length; from += 1)
    for (let to = from + 1; to <= hashes.length; to += 1) {
      const some: string[] = [];
      for await (const piece of sealPieces(job, big.files, { from, to })) some.push(piece.sha256);
      expect(some).toEqual(hashes.slice(from, to));
    }
  expect(() => sealPart({ deal, plan: plan!, part: big, fromPiece: hashes.length })).toThrow(RangeError);
});

test('pieces are 8 MiB, doubled until there are at most 8,192 of them', () => {
  const MiB = 2 ** 20;
  expect(pieceLengthFor([1])).toBe(8 * MiB);
  expect(pieceLengthFor([64 * 1024 * MiB])).toBe(8 * MiB);
  expect(pieceLengthFor([64 * 1024 * MiB, 1])).toBe(16 * MiB);
  expect(pieceLengthFor(Array.from({ length: 8 }, () => 64 * 1024 * MiB))).toBe(64 * MiB);
});

test('more than 100 MB are sealed and opened with flat memory', async () => {
  const size = 160_000_000;
  const large: PartContent = { stage: 'open', name: 'technical', content: {}, files: [patterned('movie.bin', size)] };
  const deal = await createDeal({ ctx: aContext(keyring), keyring, dealSeed: new Uint8Array(32).fill(8) });
  const [plan] = sealPlan({ deal, parts: [large] });
  globalThis.gc?.();
  const before = process.memoryUsage();
  let peak = 0;
  // Kept outside the heap's view: only the piece being read is in memory again when it is opened.
  const pieces: string[] = [];
  const sealing = sealPart({ deal, plan: plan!, part: large, hashFiles: false });
  for await (const piece of sealing) {
    pieces.push(piece.sha256);
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    peak = Math.max(peak, heapUsed + arrayBuffers);
  }
  const manifest = {
    ctxHash: deal.ctxHash,
    parts: [
      {
        stage: 'open',
        name: 'technical',
        length: plan!.length,
        pieceLength: plan!.pieceLength,
        pieces,
        root: '',
        head: sealing.head,
      },
    ],
  };
  // Each piece is sealed again when it is asked for: the resumed bytes are the stored ones, or the hash would say so.
  const read = readPieces({
    part: manifest.parts[0]!,
    fetchPiece: async (index) => {
      for await (const piece of sealPart({ deal, plan: plan!, part: large, fromPiece: index, hashFiles: false }))
        return piece.bytes;
      throw new Error('no piece');
    },
  });
  const opened = await openPart({
    manifest: { ...manifest, ctx: deal.ctx },
    stage: 'open',
    part: 'technical',
    partKey: partKeyOf(deal.stageKeys.get('open')!, deal.ctxHash, 'open', 'technical'),
    read,
  });
  let at = 0;
  for await (const bytes of opened.files[0]!.stream()) {
    for (const offset of [0, bytes.length - 1])
      if (bytes[offset] !== patternAt(at + offset)) throw new Error(`differs at ${at + offset}`);
    at += bytes.length;
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    peak = Math.max(peak, heapUsed + arrayBuffers);
  }
  expect(at).toBe(size);
  // Garbage not yet collected counts too; holding the file would need 160 MB more.
  expect(peak - before.heapUsed - before.arrayBuffers).toBeLessThan(140_000_000);
});

const patternAt = (at: number) => (at * 31 + (at >> 8)) & 255;
function patterned(name: string, size: number) {
  return {
    name,
    size,
    async *stream(from: number) {
      for (let at = from; at < size; at += 262_144) {
        const block = new Uint8Array(Math.min(262_144, size - at));
        for (let i = 0; i < block.length; i += 1) block[i] = patternAt(at + i);
        yield block;
      }
    },
  };
}

// ---- keyrings -----------------------------------------------------------------------------------------------

test.each<[string, (ring: Keyring) => void]>([
  [
    'one officer could open alone',
    (ring) => {
      ring.groups = [ring.groups[0]!];
    },
  ],
  [
    'a threshold out of reach',
    (ring) => {
      ring.groups[0]!.t = 3;
    },
  ],
  [
    'the same certificate twice',
    (ring) => {
      ring.groups[0]!.members[1] = { ...ring.groups[0]!.members[0]!, x: 2 };
    },
  ],
  [
    'a group id twice',
    (ring) => {
      ring.groups[1]!.id = ring.groups[0]!.id;
    },
  ],
  [
    'x that is not the position',
    (ring) => {
      ring.groups[0]!.members[0]!.x = 3;
    },
  ],
  [
    'a fingerprint of another certificate',
    (ring) => {
      ring.groups[0]!.members[0]!.certSha256 = '99'.repeat(32);
    },
  ],
  [
    'an id that could end a label',
    (ring) => {
      ring.groups[0]!.id = 'a/b';
    },
  ],
  [
    'no group',
    (ring) => {
      ring.groups = [];
    },
  ],
])('a keyring with %s is refused', (_, change) => {
  const ring = structuredClone(keyring);
  expect(Keyring.safeParse(ring).success).toBe(true);
  change(ring);
  expect(Keyring.safeParse(ring).success).toBe(false);
});

test('a deal is refused for a keyring that is not the one of the context', async () => {
  const other = aKeyring([await aGroup('purchaser', 2, 2)]);
  expect(keyringHash(other)).not.toBe(keyringHash(keyring));
  await expect(
    createDeal({ ctx: aContext(keyring), keyring: other, dealSeed: new Uint8Array(32) }),
  ).rejects.toBeInstanceOf(Malformed);
  await expect(createDeal({ ctx: aContext(keyring), keyring, dealSeed: new Uint8Array(31) })).rejects.toBeInstanceOf(
    Malformed,
  );
});

test('the checker never throws, whatever the JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      expect(checkManifest({ bytes: bytesOf(JSON.stringify(value)), expect: bid.expect }).ok).toBe(false);
    }),
    { numRuns: 300 },
  );
  // Any one leaf replaced by any value.
  const paths: (string | number)[][] = [];
  const walk = (value: unknown, path: (string | number)[]): void => {
    paths.push(path);
    if (typeof value === 'object' && value !== null)
      for (const key of Object.keys(value))
        walk((value as Record<string, unknown>)[key], [...path, Array.isArray(value) ? Number(key) : key]);
  };
  walk(bid.manifest, []);
  fc.assert(
    fc.property(
      fc.constantFrom(...paths.filter(({ length }) => length > 0)),
      fc.oneof(
        fc.constant(null),
        fc.integer(),
        fc.constant(''),
        fc.constant([]),
        fc.constant({}),
        fc.constant('00'.repeat(32)),
        fc.constant(`03${'11'.repeat(32)}`),
      ),
      (path, value) => {
        const manifest = clone(bid.manifest) as unknown as Record<string | number, unknown>;
        let at = manifest;
        for (const key of path.slice(0, -1)) at = at[key] as typeof manifest;
        at[path.at(-1) as string] = value;
        checkManifest({ bytes: canonicalBytes(manifest), expect: bid.expect });
      },
    ),
    { numRuns: 500 },
  );
});
