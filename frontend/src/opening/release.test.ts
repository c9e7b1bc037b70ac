import { CloseDocument } from '@xinbiao/contracts/bidding';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import {
  bytesOf,
  canonical,
  commitLeaf,
  createAuthority,
  emptyFrontier,
  generateEncryptionPair,
  generateSigningPair,
  grow,
  issueCertificates,
  keyringHash,
  leafHash,
  makeCertificateRequest,
  publicLeaf,
  rootOf,
  sha256Hex,
  signCheckpoint,
  signDetached,
  signerKey,
  textOf,
  verifierKeyText,
  type EntryBody,
} from '@xinbiao/contracts/trust';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { aBid, aGroup, aKeyring, type ExampleGroup } from '../../../contracts/src/trust/envelope/example.ts';
import { prepareRelease, Refusal, type ReleaseStep } from './release.ts';

const lotId = '01933f00-0000-7000-8000-000000000002';
const tenderId = '01933f00-0000-7000-8000-000000000001';
const at = new Date('2026-11-20T02:00:00.000Z');
const buyer = '12100000400010275N';
const log = signerKey('log.example/test', new Uint8Array(32).fill(7));

type Head = {
  bidId: string;
  bidder: { name: string; uscc: string };
  manifestHash: string;
  manifest: string;
  signature: string;
  bidderCertificate: string;
};
/** What an honest server serves; a test spoils a copy of it. */
type Served = {
  heads: Head[];
  closeDocument: string;
  closeHash: string;
  entries: { body: EntryBody; salt: string | null; leaf: string }[];
  leaf: string;
  closeEntry: EntryBody;
  notice: { act: string; signature: string; entry: EntryBody };
};
let notice: Served['notice'];
let publisher: Awaited<ReturnType<typeof aSigner>>;
let honest: Served;
let groups: ExampleGroup[];
let anchor: Uint8Array<ArrayBuffer>;

async function aSigner(name: string, authority: Awaited<ReturnType<typeof createAuthority>>, serial: number) {
  const [signing, encryption] = await Promise.all([
    generateSigningPair({ extractable: false }),
    generateEncryptionPair({ extractable: false }),
  ]);
  const subject = { commonName: name, ...(serial === 9 ? { organisation: '某采购中心', uscc: buyer } : {}) };
  const request = await makeCertificateRequest({ subject, signing, encryption });
  const issued = await issueCertificates({
    authority,
    request,
    subject,
    serials: { signing: `0${serial}`, encryption: `1${serial}` },
    notBefore: new Date('2026-01-01'),
    notAfter: new Date('2027-01-01'),
  });
  return {
    certificate: issued.signing,
    sign: (content: Uint8Array) =>
      signDetached({ content, certificate: issued.signing, privateKey: signing.privateKey, signingTime: at }),
  };
}

beforeAll(async () => {
  const authority = await createAuthority({ name: '示范证书机构', at: new Date('2026-01-01'), years: 3 });
  anchor = authority.certificate;
  groups = await Promise.all([aGroup('purchaser', 1, 2), aGroup('independent', 1, 2)]);
  const keyring = aKeyring(groups);
  publisher = await aSigner('李雷', authority, 9);
  notice = await aNotice(publisher, { person: '李雷', organisation: '某采购中心', uscc: buyer });
  const noticeHash = toHex(leafHash(publicLeaf(notice.entry)));
  const heads: Head[] = [];
  const listed: CloseDocument['heads'] = [];
  const entries: Served['entries'] = [];
  for (const serial of [1, 2, 3]) {
    const signer = await aSigner(`投标人${serial}`, authority, serial);
    const print = sha256Hex(signer.certificate);
    const bid = await aBid(keyring, [{ stage: 'open', name: 'price', content: { price: String(serial) }, files: [] }], {
      lotId,
      tenderId,
      noticeHash,
      bidderCertSha256: print,
      envelopeId: String(serial).repeat(32),
    });
    const bidder = { name: `投标人${serial}`, uscc: String(serial) };
    const body: EntryBody = {
      v: 1,
      t: 'bid.receipt',
      s: lotId,
      ts: at.toISOString(),
      p: { manifest: bid.manifestHash, seq: 1, supersedes: null },
    };
    const salt = new Uint8Array(32).fill(serial);
    const leaf = toHex(leafHash(commitLeaf(salt, body)));
    const bidId = `01933f00-0000-7000-8000-00000000010${serial}`;
    heads.push({
      bidId,
      bidder,
      manifestHash: bid.manifestHash,
      manifest: textOf(bid.bytes),
      signature: toHex(await signer.sign(bid.bytes)),
      bidderCertificate: toHex(signer.certificate),
    });
    listed.push({
      leaf,
      salt: toHex(salt),
      bidId,
      manifestHash: bid.manifestHash,
      seq: 1,
      receivedAt: at.toISOString(),
      bidder: { ...bidder, certSha256: print },
    });
    entries.push({ body, salt: toHex(salt), leaf });
  }
  honest = served(heads, listed, entries);
}, 60_000);

/** The notice as it was signed, and its entry. */
async function aNotice(
  { certificate, sign }: Awaited<ReturnType<typeof aSigner>>,
  by: object,
  objectionMinutes = 0,
): Promise<Served['notice']> {
  const act = canonical({
    by,
    content: { agency: null, purchaser: { uscc: buyer }, sealing: { gate: 'none', objectionMinutes } },
    deadline: at.toISOString(),
    keyringHash: keyringHash(aKeyring(groups)),
    lots: [{ id: lotId, no: 1 }],
    tender: tenderId,
    type: 'tender.publish',
  });
  const signature = await sign(bytesOf(act));
  const p = { act: sha256Hex(bytesOf(act)), signature: sha256Hex(signature), certificate: sha256Hex(certificate) };
  return {
    act,
    signature: toHex(signature),
    entry: { v: 1, t: 'tender.publish', s: tenderId, ts: at.toISOString(), p },
  };
}

function served(heads: Head[], listed: CloseDocument['heads'], entries: Served['entries'], over = at): Served {
  const closeDocument = canonical({
    v: 'xinbiao/close/v1',
    tenderId,
    lotId,
    deadline: over.toISOString(),
    closedAt: over.toISOString(),
    heads: listed,
    others: [],
    token: null,
  } satisfies CloseDocument);
  const closeHash = sha256Hex(bytesOf(closeDocument));
  const closeEntry: EntryBody = {
    v: 1,
    t: 'tender.close',
    s: lotId,
    ts: over.toISOString(),
    p: { document: closeHash },
  };
  return {
    notice,
    heads,
    closeDocument,
    closeHash,
    entries,
    closeEntry,
    leaf: toHex(leafHash(publicLeaf(closeEntry))),
  };
}

/** Answers as the house would, from what is served. */
function serve(given: Served): void {
  const leaves = [given.notice.entry, given.closeEntry].map((body) => leafHash(publicLeaf(body)));
  const root = rootOf(leaves.reduce((frontier, leaf) => grow(frontier, leaf), emptyFrontier));
  const officer = groups[0]?.officers[0];
  const answers: [RegExp, () => unknown][] = [
    [
      /\/opening\/batch$/,
      () => ({
        lotId,
        closeHash: given.closeHash,
        closeDocument: given.closeDocument,
        keyring: aKeyring(groups),
        keyrings: [aKeyring(groups)],
        objectionUntil: at.toISOString(),
        announced: null,
        attempt: 1,
        officer: { group: 'purchaser', x: 1, certSha256: officer?.certSha256 },
        heads: given.heads,
      }),
    ],
    [/\/close$/, () => ({ lotId, hash: given.closeHash, leaf: given.leaf, document: given.closeDocument })],
    [/\/identity\/authorities$/, () => ({ rows: [{ der: toHex(anchor), demonstration: false }] })],
    [
      new RegExp(`/log/leaf/${toHex(leaves[0] ?? new Uint8Array())}`),
      () => ({
        index: 0,
        leaf: toHex(leaves[0] ?? new Uint8Array()),
        kind: 'public',
        commitment: null,
        body: given.notice.entry,
        salt: null,
      }),
    ],
    [
      /\/log\/acts\//,
      () => ({
        hash: given.notice.entry.p['act'],
        type: 'tender.publish',
        act: given.notice.act,
        signature: given.notice.signature,
        certificateSha256: given.notice.entry.p['certificate'],
      }),
    ],
    [
      /\/log\/leaf\//,
      () => ({ index: 1, leaf: given.leaf, kind: 'public', commitment: null, body: given.closeEntry, salt: null }),
    ],
    [/\/log\/key$/, () => ({ origin: log.name, verifierKey: verifierKeyText(log), witnesses: [] })],
    [
      /\/log\/proof\/inclusion\?index=0/,
      () => ({ index: 0, size: 2, leaf: given.leaf, proof: [toHex(leaves[1] ?? new Uint8Array())] }),
    ],
    [
      /\/log\/proof\/inclusion/,
      () => ({ index: 1, size: 2, leaf: given.leaf, proof: [toHex(leaves[0] ?? new Uint8Array())] }),
    ],
    [
      /\/log\/recent/,
      () => ({
        size: 1,
        rows: [...given.entries]
          .reverse()
          .map((entry, index) => ({ ...entry, index, kind: 'commit', commitment: null })),
        next: null,
      }),
    ],
  ];
  vi.stubGlobal('document', { documentElement: { lang: 'zh-CN' } });
  vi.stubGlobal('fetch', async (url: string) => {
    if (url.endsWith('/log/checkpoint')) return new Response(signCheckpoint({ size: 2, root }, log));
    const answer = answers.find(([path]) => path.test(url));
    return answer ? Response.json(answer[1]()) : Response.json({ refusals: [] }, { status: 404 });
  });
}
afterEach(() => vi.unstubAllGlobals());

/** Prepares as officer 1 of the purchaser's side, and tells whether the key was ever asked for. */
async function prepare(given: Served, published = keyringHash(aKeyring(groups)), now?: Date) {
  serve(given);
  const officer = groups[0]?.officers[0];
  if (!officer) throw new Error('no officer');
  const told: ReleaseStep[] = [];
  let asked = 0;
  const key = async () => {
    asked += 1;
    return { privateKey: officer.privateKey, certificate: officer.certificate, chain: [], facts: undefined as never };
  };
  const outcome = await prepareRelease({
    lotId,
    notice: { leaf: toHex(leafHash(publicLeaf(given.notice.entry))), keyringHash: published },
    now,
    houseNow: now ?? at,
    key,
    tell: (step, { done, of }) => done === of && told.push(step),
  }).catch((fault: unknown) => {
    if (fault instanceof Refusal) return fault;
    throw fault;
  });
  return { outcome, told, asked };
}

test('an honest opening passes every check and gives one share of every bid', async () => {
  const { outcome, told } = await prepare(honest);
  if (outcome instanceof Refusal) throw outcome;
  expect(told).toEqual(['fetch', 'close', 'complete', 'objection', 'signatures', 'manifests', 'shares']);
  expect(outcome.shares.map(({ manifestHash, blob }) => [manifestHash, blob !== null])).toEqual(
    honest.heads.map(({ manifestHash }) => [manifestHash, true]),
  );
  expect(outcome.unreadable).toEqual([]);
});

test('another list of officers than the notice’s stops before anything else', async () => {
  const { outcome, asked } = await prepare(honest, 'ee'.repeat(32));
  expect([outcome, asked]).toMatchObject([{ step: 'fetch', owner: 'platform' }, 0]);
});

test('a close document that the log does not name stops the officer', async () => {
  const { outcome, asked } = await prepare({
    ...honest,
    closeDocument: honest.closeDocument.replace('"seq":1', '"seq":2'),
  });
  expect([outcome, asked]).toMatchObject([{ step: 'close', owner: 'platform' }, 0]);
});

test('a close before the signed deadline stops the officer, whatever the log says', async () => {
  const { heads } = CloseDocument.parse(JSON.parse(honest.closeDocument));
  const early = await prepare(served(honest.heads, heads, honest.entries, new Date(at.getTime() - 3_600_000)));
  expect([early.outcome, early.asked]).toMatchObject([{ step: 'close', owner: 'platform' }, 0]);
  const byOwnClock = await prepare(honest, undefined, new Date(at.getTime() - 3_600_000));
  expect([byOwnClock.outcome, byOwnClock.asked]).toMatchObject([{ step: 'close', owner: 'platform' }, 0]);
  expect((await prepare(honest, undefined, at)).outcome).not.toBeInstanceOf(Refusal);
});

test('no share before the objection window of the signed notice is over, by this computer’s own clock', async () => {
  const later = (minutes: number) => new Date(at.getTime() + minutes * 60_000);
  const by = { person: '李雷', organisation: '某采购中心', uscc: buyer };
  const windowed = { ...honest, notice: await aNotice(publisher, by, 10) };
  const early = await prepare(windowed, undefined, later(9));
  expect([early.outcome, early.asked]).toMatchObject([{ step: 'objection', owner: 'early' }, 0]);
});

test('a bid proven to be missing, on public record, stops the officer', async () => {
  const omission: EntryBody = { v: 1, t: 'open.omission', s: lotId, ts: at.toISOString(), p: { manifest: 'aa' } };
  const { outcome, asked } = await prepare({
    ...honest,
    entries: [...honest.entries, { body: omission, salt: null, leaf: toHex(leafHash(publicLeaf(omission))) }],
  });
  expect([outcome, asked]).toMatchObject([{ step: 'objection', owner: 'platform' }, 0]);
});

test('a notice that the purchaser’s side did not sign stops the officer', async () => {
  const authority = await createAuthority({ name: '别家', at: new Date('2026-01-01'), years: 3 });
  const by = { person: '李雷', organisation: '某采购中心', uscc: buyer };
  const stranger = await aNotice(await aSigner('李雷', authority, 9), by);
  const { outcome, asked } = await prepare({ ...honest, notice: stranger });
  expect([outcome, asked]).toMatchObject([{ step: 'close', owner: 'platform' }, 0]);
});

test('a bid that the log received and the close document leaves out stops the officer', async () => {
  const { heads } = CloseDocument.parse(JSON.parse(honest.closeDocument));
  const { outcome, asked } = await prepare(served(honest.heads.slice(1), heads.slice(1), honest.entries));
  expect([outcome, asked]).toMatchObject([{ step: 'complete', owner: 'platform' }, 0]);
});

test('a receipt that has one bid replace another’s stops the officer: the bid itself does not say so', async () => {
  const { heads } = CloseDocument.parse(JSON.parse(honest.closeDocument));
  const [, victim] = honest.heads;
  const forged = honest.entries.map(({ body, salt, leaf }, nth) => {
    if (nth !== 0) return { body, salt, leaf };
    const other = { ...body, p: { ...body.p, supersedes: victim?.manifestHash } };
    return { body: other, salt, leaf: toHex(leafHash(commitLeaf(fromHex(salt ?? ''), other))) };
  });
  const without = <T extends { manifestHash: string }>(all: readonly T[]): T[] =>
    all.filter(({ manifestHash }) => manifestHash !== victim?.manifestHash);
  const listed = without(heads).map((head, nth) => (nth === 0 ? { ...head, leaf: forged[0]?.leaf ?? '' } : head));
  const { outcome, asked, told } = await prepare(served(without(honest.heads), listed, forged));
  expect([outcome, asked]).toMatchObject([{ step: 'complete', owner: 'platform' }, 0]);
  expect(told).toEqual(['fetch', 'close']);
});

test('no wrap is touched before every bidder’s signature holds', async () => {
  const [first, second, third] = honest.heads;
  if (!first || !second || !third) throw new Error('no heads');
  const { outcome, asked } = await prepare({
    ...honest,
    heads: [first, second, { ...third, signature: second.signature }],
  });
  expect([outcome, asked]).toMatchObject([{ step: 'signatures', owner: 'platform', bidder: third.bidder.name }, 0]);
});

test('a manifest altered by the server, wraps included, does not pass for the signed one', async () => {
  const [first, ...rest] = honest.heads;
  if (!first) throw new Error('no heads');
  const altered = first.manifest.replace(/"keyCommit":"[0-9a-f]{2}/, '"keyCommit":"00');
  const { outcome, asked } = await prepare({ ...honest, heads: [{ ...first, manifest: altered }, ...rest] });
  expect([outcome, asked]).toMatchObject([{ step: 'signatures' }, 0]);
});

test('a share that does not open is told in the officer’s name, and the others still go', async () => {
  const other = groups[1]?.officers[0];
  const officer = groups[0]?.officers[0];
  if (!officer || !other) throw new Error('no officers');
  serve(honest);
  const prepared = await prepareRelease({
    lotId,
    notice: { leaf: toHex(leafHash(publicLeaf(notice.entry))), keyringHash: keyringHash(aKeyring(groups)) },
    key: async () => ({
      privateKey: other.privateKey,
      certificate: officer.certificate,
      chain: [],
      facts: undefined as never,
    }),
    houseNow: at,
    tell: () => undefined,
  });
  expect(prepared.shares.map(({ blob }) => blob)).toEqual([null, null, null]);
  expect(prepared.unreadable).toEqual(honest.heads.map(({ bidder }) => bidder.name));
});
