import { BidEnding } from '../bidding/index.ts';
import { fromHex } from '../kernel/bytes.ts';
import {
  bytesOf,
  Malformed,
  Manifest,
  manifestHashOf,
  parseCanonical,
  readCertificate,
  sha256Hex,
  whoSigned,
  verifyDetached,
  type CertificateFacts,
  type EntryBody,
  type TrustAnchors,
} from '../trust/index.ts';

/** A certificate as people know it. */
export type Signer = { readonly name: string; readonly organisation: string | null; readonly fingerprint: string };

/** How a bid is said to have ended: taken back by its bidder, or replaced by a newer one of its bidder. */
export type EndingKind = 'withdrawal' | 'replacement';

export type EndingCheck =
  | {
      readonly proven: true;
      readonly what: EndingKind;
      readonly by: Signer;
      /** Signed with another certificate of the same organisation than the bid itself. */
      readonly isOther: boolean;
    }
  | {
      readonly proven: false;
      readonly what: EndingKind;
      /** Who signed what is shown, where that is signed at all: nothing at hand says that it was the bidder. */
      readonly by: Signer | null;
    };

/** Whose word counts for a certificate other than the bid's own: none, where nobody is trusted. */
export type EndingTrust = Pick<TrustAnchors, 'roots' | 'intermediates'>;

type Signed = { readonly content: string; readonly signature: string };

/**
 * Did the bidder itself end this bid, as an entry of the log says? The entry holds hashes only, which whoever writes the
 * log can make up: what was signed must be shown, be what the entry names, and be signed with the certificate of the
 * bid, or with one that a root vouches for as the same organisation's. `ending` is whatever the platform shows (a
 * `BidEnding`); never throws for it.
 */
export async function provenEnding({
  manifestHash,
  lotId,
  entry,
  ending: shown,
  trust,
}: {
  readonly manifestHash: string;
  readonly lotId: string;
  /** The disclosed `bid.withdraw` of that bid, or the `bid.receipt` that supersedes it. */
  readonly entry: EntryBody;
  readonly ending: unknown;
  readonly trust: EndingTrust;
}): Promise<EndingCheck> {
  const what = entry.t === 'bid.withdraw' ? 'withdrawal' : 'replacement';
  const unproven = (by: Signer | null = null): EndingCheck => ({ proven: false, what, by });
  const ending = BidEnding.safeParse(shown).data;
  const bid = ending && read(ending.manifest, Manifest);
  if (!bid || manifestHashOf(bid) !== manifestHash || bid.ctx.lotId !== lotId) return unproven();

  const named: Signed | undefined =
    what === 'withdrawal' ? takenBack(ending, bid, entry) : replacing(ending, manifestHash, entry);
  if (!named || sha256Hex(fromHex(named.signature)) !== entry.p['signature']) return unproven();
  const signed = { content: bytesOf(named.content), signature: fromHex(named.signature) };
  const facts = await whoSigned(signed);
  if (!facts) return unproven();
  const by = signerFrom(facts);
  if (facts.fingerprint === bid.ctx.bidderCertSha256) return { proven: true, what, by, isOther: false };
  const own = certificateOf(ending, bid);
  if (own?.subject.uscc === undefined || own.subject.uscc !== facts.subject.uscc) return unproven(by);
  const vouched = await verifyDetached({
    ...signed,
    roots: trust.roots,
    intermediates: [...(trust.intermediates ?? []), ...ending.intermediates.map(fromHex)],
    at: new Date(entry.ts),
  });
  return vouched.ok ? { proven: true, what, by, isOther: true } : unproven(by);
}

/** The act, if it is the one that the entry names and takes back this very bid. */
function takenBack({ withdrawal }: BidEnding, { ctx }: Manifest, { p }: EntryBody): Signed | undefined {
  if (!withdrawal || sha256Hex(bytesOf(withdrawal.act)) !== p['sealedAct']) return undefined;
  const act = parsed(withdrawal.act) as Readonly<Record<string, unknown>> | null | undefined;
  return act?.['type'] === 'bid.withdraw' &&
    act['lotId'] === ctx.lotId &&
    act['envelopeId'] === ctx.envelopeId &&
    act['manifestHash'] === p['manifest']
    ? { content: withdrawal.act, signature: withdrawal.signature }
    : undefined;
}

/** The manifest, if it is the one that the entry stands for and says itself that it replaces this bid. */
function replacing({ replacement }: BidEnding, manifestHash: string, { p, s }: EntryBody): Signed | undefined {
  const newer = replacement && read(replacement.manifest, Manifest);
  return newer &&
    manifestHashOf(newer) === p['manifest'] &&
    newer.ctx.lotId === s &&
    newer.ctx.supersedes === manifestHash
    ? { content: replacement.manifest, signature: replacement.signature }
    : undefined;
}

const signerFrom = ({ subject, fingerprint }: CertificateFacts): Signer => ({
  name: subject.commonName,
  organisation: subject.organisation ?? null,
  fingerprint,
});

/** The certificate that the bid names. */
function certificateOf({ certificate }: BidEnding, { ctx }: Manifest): CertificateFacts | undefined {
  if (sha256Hex(fromHex(certificate)) !== ctx.bidderCertSha256) return undefined;
  try {
    return readCertificate(fromHex(certificate));
  } catch (fault) {
    if (fault instanceof Malformed) return undefined;
    throw fault;
  }
}

function parsed(text: string): unknown {
  try {
    return parseCanonical(text);
  } catch (fault) {
    if (fault instanceof Malformed) return undefined;
    throw fault;
  }
}

const read = <T>(text: string, form: { safeParse: (value: unknown) => { data?: T | undefined } }): T | undefined =>
  form.safeParse(parsed(text)).data;
