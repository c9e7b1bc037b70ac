import type { PublicTender, TenderBundle } from '@xinbiao/contracts/publication';
import { toHex, usccCheck } from '@xinbiao/contracts/kernel';
import {
  bytesOf,
  canonical,
  commitLeaf,
  createAuthority,
  generateEncryptionPair,
  generateSigningPair,
  issueCertificates,
  keyringHash,
  leafHash,
  leafName,
  makeCertificateRequest,
  proveInclusion,
  publicLeaf,
  rootOfLeaves,
  sha256Hex,
  signCheckpoint,
  signDetached,
  signerKey,
  verifierKeyText,
  type EntryBody,
  type Hash,
  type Subtree,
} from '@xinbiao/contracts/trust';
import { expect, test } from 'vitest';
import { partKeyOf } from '../../../contracts/src/trust/derive.ts';
import { aBid, aGroup, aKeyring, piecesOf } from '../../../contracts/src/trust/envelope/example.ts';
import { checkTender } from './tenderCheck.ts';

const tenderId = '01933f00-0000-7000-8000-000000000001';
const lotId = '01933f00-0000-7000-8000-000000000002';
const bidId = '01933f00-0000-7000-8000-000000000003';
const day = (hour: number) => `2026-11-24T0${hour}:00:00.000Z`;

/** A person's detached signature over a text, as their browser makes it. */
async function signatureOf(text: string): Promise<string> {
  const from = new Date('2026-01-01T00:00:00.000Z');
  const until = new Date('2028-01-01T00:00:00.000Z');
  const authority = await createAuthority({ name: '试验机构', at: from, years: 5 });
  const [signing, encryption] = [
    await generateSigningPair({ extractable: false }),
    await generateEncryptionPair({ extractable: false }),
  ];
  const subject = {
    commonName: '叶知秋',
    organisation: '青澜市第二中学',
    uscc: `12330100470116283${usccCheck('12330100470116283')}`,
  };
  const request = await makeCertificateRequest({ subject, signing, encryption });
  const issued = await issueCertificates({
    authority,
    request,
    subject,
    serials: { signing: '01', encryption: '02' },
    notBefore: from,
    notAfter: until,
  });
  return toHex(
    await signDetached({ content: bytesOf(text), certificate: issued.signing, privateKey: signing.privateKey }),
  );
}

type Story = { tender: PublicTender; bundle: TenderBundle; pieces: Map<string, Uint8Array<ArrayBuffer>> };
type Tampering = { readonly price?: string; readonly lateBid?: boolean };

/** A tender from notice to ranking with one real sealed bid, as the public bundle would show it. */
async function aStory({ price = '348600000', lateBid = false }: Tampering = {}): Promise<Story> {
  const keyring = aKeyring([await aGroup('purchaser', 1, 2), await aGroup('independent', 1, 2)]);
  const content = { title: '理化生实验室设备采购', lots: [{ no: 1, priceWeight: 35 }] };
  const act = canonical({
    v: 'xinbiao/act/v1',
    type: 'tender.publish',
    content,
    contentHash: sha256Hex(bytesOf(canonical(content))),
    keyringHash: keyringHash(keyring),
  });
  const noticeBody: EntryBody = {
    v: 1,
    t: 'tender.publish',
    s: tenderId,
    ts: day(1),
    p: { act: sha256Hex(bytesOf(act)) },
  };
  const noticeLeaf = leafName(publicLeaf(noticeBody));
  const offer = {
    v: 'xinbiao/offer-price/v1',
    lotId,
    price: '348600000',
    deliveryDays: 60,
    validityDays: 90,
    projectLead: '秦望舒',
    note: '',
  };
  const bid = await aBid(
    keyring,
    [
      { stage: 'open', name: 'price', content: offer, files: [] },
      { stage: 'open', name: 'technical', content: {}, files: [] },
    ],
    { lotId, tenderId, noticeHash: noticeLeaf },
  );
  const part = bid.manifest.parts.find(({ name }) => name === 'price');
  const stageKey = bid.deal.stageKeys.get('open');
  if (!part || !stageKey) throw new Error('no price part');
  const partKey = toHex(partKeyOf(stageKey, bid.manifest.ctxHash, 'open', 'price'));

  const salt = new Uint8Array(32).fill(7);
  const receipt: EntryBody = { v: 1, t: 'bid.receipt', s: lotId, ts: day(2), p: { manifest: bid.manifestHash } };
  const receiptLeaf = commitLeaf(salt, receipt);
  const close = canonical({
    v: 'xinbiao/close/v1',
    tenderId,
    lotId,
    deadline: day(3),
    closedAt: day(3),
    others: [],
    token: null,
    heads: [
      {
        leaf: leafName(receiptLeaf),
        salt: toHex(salt),
        bidId,
        manifestHash: bid.manifestHash,
        seq: 1,
        receivedAt: day(2),
        bidder: { name: '青澜启文', uscc: '91330100MA2A00001X', certSha256: '22'.repeat(32) },
      },
    ],
  });
  const closing: EntryBody = {
    v: 1,
    t: 'tender.close',
    s: lotId,
    ts: day(3),
    p: { count: 1, document: sha256Hex(bytesOf(close)) },
  };
  const result: EntryBody = {
    v: 1,
    t: 'open.result',
    s: lotId,
    ts: day(4),
    p: { bid: bidId, manifest: bid.manifestHash, partKey, price, state: 'opened' },
  };
  const sealed = { leaf: receiptLeaf, body: receipt, salt: toHex(salt) as string | null };
  const open = (body: EntryBody) => ({ leaf: publicLeaf(body), body, salt: null as string | null });
  const list = lateBid
    ? [open(noticeBody), open(closing), sealed, open(result)]
    : [open(noticeBody), sealed, open(closing), open(result)];
  const hashes: Hash[] = list.map(({ leaf }) => leafHash(leaf));
  const read = ({ level, index }: Subtree) => rootOfLeaves(hashes.slice(index * 2 ** level, (index + 1) * 2 ** level));
  const key = signerKey('log.test', new Uint8Array(32).fill(3));
  const pieces = new Map(piecesOf(bid, 'price').map((bytes, at) => [`/pieces/${at}`, bytes]));
  const lot = {
    id: lotId,
    no: 1,
    opening: { at: day(4), bids: [{ bidId, price }] },
    evaluation: {
      method: 'comprehensive',
      basePrice: '348600000',
      scores: [
        {
          bidId,
          price: '348600000',
          rank: 1,
          total: 9360,
          priceScore: 3500,
          objective: 1800,
          subjective: 4060,
          items: [
            { kind: 'objective', score: 1800 },
            { kind: 'subjective', score: 4060 },
          ],
        },
      ],
    },
  };
  return {
    pieces,
    tender: {
      id: tenderId,
      content,
      noticeLeaf,
      keyringHash: keyringHash(keyring),
      lots: [lot],
    } as unknown as PublicTender,
    bundle: {
      v: 'xinbiao/tender-bundle/v1',
      madeAt: day(5),
      log: {
        origin: 'log.test',
        verifierKey: verifierKeyText(key),
        checkpoint: signCheckpoint({ size: 4, root: rootOfLeaves(hashes) }, key),
        size: 4,
      },
      tender: {
        id: tenderId,
        code: 'QL-1',
        noticeLeaf,
        keyringHash: keyringHash(keyring),
        content: canonical(content),
        keyring: canonical(keyring),
      },
      entries: await Promise.all(
        list.map(async ({ leaf, body, salt: opened }, index) => ({
          index,
          leaf: leafName(leaf),
          kind: opened ? 'commit' : 'public',
          commitment: null,
          body,
          salt: opened,
          proof: (await proveInclusion(index, 4, read)).map(toHex),
        })),
      ),
      acts: [
        {
          hash: sha256Hex(bytesOf(act)),
          type: 'tender.publish',
          act,
          signature: await signatureOf(act),
          certificateSha256: '00'.repeat(32),
        },
      ],
      certificates: [],
      lots: [
        {
          id: lotId,
          no: 1,
          state: 'ranked',
          close,
          bids: [
            {
              bidId,
              manifest: new TextDecoder().decode(bid.bytes),
              signature: await signatureOf(new TextDecoder().decode(bid.bytes)),
              certificateSha256: '22'.repeat(32),
              partKeys: [{ part: 'price', key: partKey }],
              pieces: part.pieces.map((sha256, at) => ({ part: 'price', sha256, href: `/pieces/${at}` })),
            },
          ],
          result: null,
          award: null,
        },
      ],
    } as unknown as TenderBundle,
  };
}

async function outcomes({ tender, bundle, pieces }: Story) {
  const steps = await checkTender({
    tender,
    bundle,
    fetchPiece: (href) => {
      const bytes = pieces.get(href);
      return bytes ? Promise.resolve(bytes) : Promise.reject(new Error('404'));
    },
  });
  return Object.fromEntries(steps.map(({ name, outcome }) => [name, outcome]));
}

test('an honest tender holds in every step', async () => {
  expect(await outcomes(await aStory())).toEqual({
    notice: 'holds',
    sealed: 'holds',
    prices: 'holds',
    scores: 'holds',
    log: 'holds',
  });
});

test('a signature over other words is found', async () => {
  const story = await aStory();
  const [act] = story.bundle.acts;
  if (act) act.signature = await signatureOf('{"another":"act"}');
  expect(await outcomes(story)).toMatchObject({ log: 'broken', notice: 'holds' });
});

test('an entry that is not in the signed tree is found', async () => {
  const story = await aStory();
  const entry = story.bundle.entries[1];
  if (entry) entry.proof = entry.proof.map((hash, at) => (at === 0 ? '00'.repeat(32) : hash));
  expect(await outcomes(story)).toMatchObject({ log: 'broken' });
});

test('a notice changed after publication is found', async () => {
  const story = await aStory();
  expect(
    await outcomes({ ...story, tender: { ...story.tender, content: { ...story.tender.content, title: '别的采购' } } }),
  ).toMatchObject({ notice: 'broken', prices: 'holds' });
});

test('a price that is read out differently from the one sealed is found', async () => {
  expect(await outcomes(await aStory({ price: '348600001' }))).toMatchObject({ prices: 'broken', sealed: 'holds' });
});

test('a bid that entered the log after the close is found', async () => {
  expect(await outcomes(await aStory({ lateBid: true }))).toMatchObject({ sealed: 'broken' });
});

test('a bid whose bidder signed another envelope is found', async () => {
  const story = await aStory();
  const bid = story.bundle.lots[0]?.bids[0];
  if (bid) bid.signature = await signatureOf('{}');
  expect(await outcomes(story)).toMatchObject({ prices: 'broken' });
});

test('a changed byte of the sealed price is found', async () => {
  const story = await aStory();
  const piece = story.pieces.get('/pieces/0');
  if (piece) piece[piece.length - 1] = (piece.at(-1) ?? 0) ^ 1;
  expect(await outcomes(story)).toMatchObject({ prices: 'broken' });
});

test('points that do not add up, or a rank that does not follow, are found', async () => {
  for (const change of [{ total: 9361 }, { priceScore: 3499 }, { rank: 2 }, { objective: 1801 }]) {
    const story = await aStory();
    const score = story.tender.lots[0]?.evaluation?.scores[0];
    Object.assign(score ?? {}, change);
    expect([change, (await outcomes(story))['scores']]).toEqual([change, 'broken']);
  }
});

test('a record that is missing is not called a contradiction', async () => {
  const story = await aStory();
  expect(await outcomes({ ...story, bundle: { ...story.bundle, acts: [] } })).toMatchObject({ notice: 'unknown' });
});
