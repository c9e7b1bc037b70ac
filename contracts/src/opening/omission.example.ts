import { withdrawAct, type BidEnding, type CloseDocument } from '../bidding/index.ts';
import { fromHex, toHex } from '../kernel/bytes.ts';
import { aBid, aGroup, aKeyring, type ExampleBid } from '../trust/envelope/example.ts';
import {
  bytesOf,
  canonical,
  commitLeaf,
  createAuthority,
  generateEncryptionPair,
  generateSigningPair,
  issueCertificates,
  leafHash,
  leafName,
  makeCertificateRequest,
  proveInclusion,
  publicLeaf,
  receiptOf,
  rootOfLeaves,
  sha256,
  sha256Hex,
  signCheckpoint,
  signDetached,
  signerKey,
  textOf,
  verifierKeyText,
  type Authority,
  type EntryBody,
} from '../trust/index.ts';
import type { DisclosedEntry } from './omission.ts';

/* A lot that has closed, for tests of what its log says of a bid: bidders with certificates, and a log one can write into. */

const tenderId = '01933f00-0000-7000-8000-000000000001';
export const lotId = '01933f00-0000-7000-8000-000000000002';
const at = '2026-11-20T02:00:00.000Z';
export const logKey = signerKey('log.example/omission', sha256(bytesOf('omission')));

export type ExampleBidder = {
  readonly name: string;
  readonly uscc: string;
  readonly certificate: Uint8Array<ArrayBuffer>;
  readonly fingerprint: string;
  readonly sign: (text: string) => Promise<string>;
};

export const anAuthority = (): Promise<Authority> =>
  createAuthority({ name: '示范证书机构', at: new Date('2026-01-01'), years: 3 });

export async function aBidder(
  authority: Authority,
  name: string,
  uscc: string,
  serial: number,
): Promise<ExampleBidder> {
  const [signing, encryption] = await Promise.all([
    generateSigningPair({ extractable: false }),
    generateEncryptionPair({ extractable: false }),
  ]);
  const subject = { commonName: name, organisation: `${name}公司`, uscc };
  const { signing: certificate } = await issueCertificates({
    authority,
    request: await makeCertificateRequest({ subject, signing, encryption }),
    subject,
    serials: { signing: `0${serial}`, encryption: `1${serial}` },
    notBefore: new Date('2026-01-01'),
    notAfter: new Date('2027-01-01'),
  });
  return {
    name,
    uscc,
    certificate,
    fingerprint: sha256Hex(certificate),
    sign: async (text) =>
      toHex(await signDetached({ content: bytesOf(text), certificate, privateKey: signing.privateKey })),
  };
}

export type ExampleVersion = ExampleBid & {
  readonly bidder: ExampleBidder;
  readonly text: string;
  readonly signature: string;
};

/** Seals bids for the one lot, each signed by its bidder. */
export async function aSealer(): Promise<
  (bidder: ExampleBidder, serial: number, supersedes?: string | null) => Promise<ExampleVersion>
> {
  const keyring = aKeyring(await Promise.all([aGroup('purchaser', 1, 2), aGroup('independent', 1, 2)]));
  return async (bidder, serial, supersedes = null) => {
    const bid = await aBid(keyring, [{ stage: 'open', name: 'price', content: { price: String(serial) }, files: [] }], {
      lotId,
      tenderId,
      bidderCertSha256: bidder.fingerprint,
      envelopeId: String(serial).repeat(32),
      seq: serial,
      supersedes,
    });
    const text = textOf(bid.bytes);
    return { ...bid, bidder, text, signature: await bidder.sign(text) };
  };
}

const entry = (t: string, p: EntryBody['p']): EntryBody => ({ v: 1, t, s: lotId, ts: at, p });

/** The receipt of a bid as the log has it; `supersedes` is what its bidder said, unless whoever writes the log says otherwise. */
export const received = (
  { manifestHash, manifest, signature }: ExampleVersion,
  supersedes: string | null = manifest.ctx.supersedes,
): EntryBody =>
  entry('bid.receipt', {
    manifest: manifestHash,
    seq: manifest.ctx.seq,
    supersedes,
    signature: sha256Hex(fromHex(signature)),
  });

export type Act = BidEnding['withdrawal'] & object;

/** Signs the taking back of a bid, whoever does so. */
export async function takingBack(
  by: ExampleBidder,
  { manifest, manifestHash }: ExampleVersion,
  over: { readonly lotId?: string; readonly envelopeId?: string; readonly manifestHash?: string } = {},
): Promise<Act> {
  const { envelopeId } = manifest.ctx;
  const act = canonical(
    withdrawAct(
      { person: by.name, organisation: `${by.name}公司`, uscc: by.uscc },
      { lotId, envelopeId, manifestHash, ...over },
    ),
  );
  return { act, signature: await by.sign(act) };
}

/** The withdrawal of a bid as the log has it. */
export const withdrawn = ({ manifestHash }: ExampleVersion, { act, signature }: Act): EntryBody =>
  entry('bid.withdraw', {
    manifest: manifestHash,
    sealedAct: sha256Hex(bytesOf(act)),
    signature: sha256Hex(fromHex(signature)),
  });

/** What a platform shows of how a bid ended. */
export const endingOf = (
  { text, bidder }: ExampleVersion,
  { act, by }: { readonly act?: Act; readonly by?: ExampleVersion } = {},
): BidEnding => ({
  manifest: text,
  certificate: toHex(bidder.certificate),
  withdrawal: act ?? null,
  replacement: by ? { manifest: by.text, signature: by.signature } : null,
  intermediates: [],
});

export type ClosedLot = {
  /** Receipts of the entries, in their order. */
  readonly receipts: readonly string[];
  readonly disclosed: readonly DisclosedEntry[];
  readonly close: string;
  readonly closeEntry: EntryBody;
  readonly closeLeaf: string;
  readonly closeIndex: number;
  readonly checkpoint: string;
  readonly verifierKey: string;
};

/** Writes the entries and a close that lists these bids into a log of their own. */
export async function closedLot(
  written: readonly EntryBody[],
  heads: readonly ExampleVersion[],
  text?: string,
): Promise<ClosedLot> {
  const sealed = written.map((body, nth) => {
    const salt = sha256(bytesOf(`salt ${nth}`));
    const leaf = commitLeaf(salt, body);
    return { body, salt, hash: leafHash(leaf), leaf: leafName(leaf) };
  });
  const opened = ({ leaf, salt }: (typeof sealed)[number]) => ({ leaf, salt: toHex(salt) });
  const listed = (body: EntryBody) =>
    body.t === 'bid.receipt' ? heads.find(({ manifestHash }) => manifestHash === body.p['manifest']) : undefined;
  const close =
    text ??
    canonical({
      v: 'xinbiao/close/v1',
      tenderId,
      lotId,
      deadline: at,
      closedAt: at,
      heads: sealed.flatMap((one, nth) => {
        const head = listed(one.body);
        return head
          ? [
              {
                ...opened(one),
                bidId: `01933f00-0000-7000-8000-00000000010${nth}`,
                manifestHash: head.manifestHash,
                seq: head.manifest.ctx.seq,
                receivedAt: at,
                bidder: null,
              },
            ]
          : [];
      }),
      others: sealed.flatMap((one) =>
        listed(one.body) ? [] : [{ ...opened(one), type: one.body.t as 'bid.receipt' | 'bid.withdraw' }],
      ),
      token: null,
    } satisfies CloseDocument);
  const closeEntry = entry('tender.close', { document: sha256Hex(bytesOf(close)) });
  const hashes = [...sealed.map(({ hash }) => hash), leafHash(publicLeaf(closeEntry))];
  const size = hashes.length;
  const checkpoint = signCheckpoint({ size, root: rootOfLeaves(hashes) }, logKey);
  const receipts = await Promise.all(
    sealed.map(async ({ body, salt }, index) =>
      receiptOf({
        index,
        proof: await proveInclusion(index, size, ({ level, index: place }) =>
          rootOfLeaves(hashes.slice(place * 2 ** level, (place + 1) * 2 ** level)),
        ),
        checkpoint,
        body,
        salt,
      }),
    ),
  );
  return {
    receipts,
    disclosed: sealed.map(({ body, salt, leaf }) => ({ leaf, salt: toHex(salt), body })),
    close,
    closeEntry,
    closeLeaf: leafName(publicLeaf(closeEntry)),
    closeIndex: sealed.length,
    checkpoint,
    verifierKey: verifierKeyText(logKey),
  };
}
