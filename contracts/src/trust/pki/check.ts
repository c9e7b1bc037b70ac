import { Malformed } from '../canonical.ts';
import { toHex } from '../../kernel/bytes.ts';
import { isOnCurve, isStrong, schemeOf, verifies, type SignatureScheme } from './algorithms.ts';
import { extensionsOf, mayStamp, parseCertificate, serialOf, usageOf, type Certificate } from './certificate.ts';
import { Fields, octetsOfBits, readDer, smallIntegerOf, tags, timeOf, type Node } from './der.ts';
import { oids } from './oids.ts';
import type { Bytes, CertificateFault, TrustAnchors } from './pki.types.ts';

const longestPath = 6;
const mostCandidates = 32;
/** National authorities' lists run to megabytes. */
const longestList = 16 * 1024 * 1024;

/**
 * Judges a certificate at an instant: undefined when a path to a root holds, otherwise the first thing wrong.
 * Throws Malformed when the certificate, a root or a revocation list cannot be read: a list that cannot be
 * read must not pass for an empty one.
 */
export async function checkCertificate(
  question: TrustAnchors & { certificate: Uint8Array; usage: 'sign' | 'agree' },
): Promise<CertificateFault | undefined> {
  return checkParsed(parseCertificate(question.certificate), question.usage, question);
}

/** `stamp` is for timestamp authorities, whose certificates are for nothing else. */
type Usage = 'sign' | 'agree' | 'stamp';

export async function checkParsed(
  leaf: Certificate,
  usage: Usage,
  anchors: TrustAnchors,
): Promise<CertificateFault | undefined> {
  const otherCurve = leaf.key.kind === 'EC' && leaf.key.curve !== 'P-256';
  if (!isStrong(leaf.key) || (otherCurve && usage !== 'stamp')) return 'certificate.weak-key';
  // Whoever seals a share to a point off its curve gives the share away: no authority's word makes it a key.
  if (usage === 'agree' && !(await isOnCurve(leaf.key))) return 'certificate.weak-key';
  const roots = anchors.roots.map(parseCertificate);
  const intermediates = (anchors.intermediates ?? []).slice(0, mostCandidates).flatMap(readable);
  const lists = (anchors.crls ?? []).map(parseList);

  let first: CertificateFault | undefined;
  for await (const path of pathsFrom(leaf, { roots, intermediates })) {
    const fault = await faultOf(path, { usage, lists, at: anchors.at });
    if (!fault) return undefined;
    first ??= fault;
  }
  return first ?? 'certificate.untrusted';
}

/** Intermediates may come from whoever signed; one that cannot be read is only one candidate less. */
function readable(der: Uint8Array): Certificate[] {
  try {
    return [parseCertificate(der)];
  } catch (error) {
    if (error instanceof Malformed) return [];
    throw error;
  }
}

type Candidates = { readonly roots: readonly Certificate[]; readonly intermediates: readonly Certificate[] };

/** Every chain of true signatures from the leaf to a root, leaf first, within a budget of signatures to check. */
async function* pathsFrom(leaf: Certificate, candidates: Candidates): AsyncGenerator<readonly Certificate[]> {
  let budget = 64;
  const signedBy = async (child: Certificate, issuer: Certificate): Promise<boolean> => {
    if (!sameName(child.issuer, issuer.subject) || !child.scheme || budget === 0) return false;
    budget -= 1;
    return verifies(issuer.key, { scheme: child.scheme, signature: child.signature, over: child.signed });
  };
  const open: Certificate[][] = [[leaf]];
  for (let path = open.pop(); path; path = open.pop()) {
    const last = path.at(-1) ?? leaf;
    for (const root of candidates.roots) if (await signedBy(last, root)) yield [...path, root];
    if (path.length < longestPath - 1)
      for (const next of candidates.intermediates)
        if (!path.some((seen) => sameBytes(seen.der, next.der)) && (await signedBy(last, next)))
          open.push([...path, next]);
  }
}

type Circumstances = { readonly usage: Usage; readonly lists: readonly RevocationList[]; readonly at: Date };

async function faultOf(
  path: readonly Certificate[],
  { usage, lists, at }: Circumstances,
): Promise<CertificateFault | undefined> {
  const [leaf] = path;
  if (!leaf) return 'certificate.untrusted';
  for (const [below, authority] of path.slice(1).entries())
    if (!mayIssue(authority, below)) return 'certificate.untrusted';
  if (path.some(({ extensions }) => extensions.unknownCritical)) return 'certificate.untrusted';
  if (path.some(({ key }) => !isStrong(key)) || path.slice(0, -1).some(({ scheme }) => scheme?.hash === 'SHA-1'))
    return 'certificate.weak-key';
  if (path.some(({ notBefore }) => at < notBefore)) return 'certificate.not-yet-valid';
  // A certificate's last second belongs to it (RFC 5280 §4.1.2.5).
  if (path.some(({ notAfter }) => at.getTime() >= notAfter.getTime() + 1000)) return 'certificate.expired';
  for (const [place, certificate] of path.slice(0, -1).entries()) {
    const issuer = path[place + 1];
    if (issuer && (await isRevoked(certificate, issuer, { lists, at }))) return 'certificate.revoked';
  }
  const fitting = usage === 'stamp' ? mayStamp(leaf) : usageOf(leaf)[usage];
  return fitting ? undefined : 'certificate.wrong-usage';
}

function mayIssue({ extensions }: Certificate, authoritiesBelow: number): boolean {
  return (
    extensions.authority &&
    (extensions.keyUsage?.has('keyCertSign') ?? true) &&
    (extensions.pathLength === undefined || extensions.pathLength >= authoritiesBelow)
  );
}

async function isRevoked(
  certificate: Certificate,
  issuer: Certificate,
  { lists, at }: { lists: readonly RevocationList[]; at: Date },
): Promise<boolean> {
  for (const list of lists) {
    if (!sameName(list.issuer, certificate.issuer)) continue;
    const since = list.revoked.get(certificate.serial);
    if (!since || since > at) continue;
    // Only now is the signature worth its time: a list that does not name the certificate changes nothing.
    const made = list.scheme && { scheme: list.scheme, signature: list.signature, over: list.signed };
    const maySign = issuer.extensions.keyUsage?.has('cRLSign') ?? true;
    if (made && made.scheme.hash !== 'SHA-1' && maySign && (await verifies(issuer.key, made))) return true;
  }
  return false;
}

type RevocationList = {
  readonly signed: Bytes;
  readonly scheme: SignatureScheme | undefined;
  readonly signature: Bytes;
  readonly issuer: Node;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
  /** Serial → since when. */
  readonly revoked: ReadonlyMap<string, Date>;
};

/** Reads a DER revocation list; throws Malformed. */
export function parseList(der: Uint8Array): RevocationList {
  const outer = new Fields(readDer(der, longestList), 'revocation list');
  const body = outer.take(tags.sequence);
  const algorithm = outer.take(tags.sequence);
  const signature = octetsOfBits(outer.take(tags.bitString), 'revocation list');
  outer.done();

  const fields = new Fields(body, 'revocation list');
  const version = fields.maybe(tags.integer);
  if (version && smallIntegerOf(version) !== 1) throw new Malformed('revocation list version');
  if (toHex(fields.take(tags.sequence).der) !== toHex(algorithm.der))
    throw new Malformed('revocation list names two algorithms');
  const issuer = fields.take(tags.sequence);
  const thisUpdate = timeOf(fields.any());
  const next = fields.maybe(tags.utcTime, tags.generalizedTime);
  const entries = fields.maybe(tags.sequence)?.children ?? [];
  fields.maybe(0xa0);
  fields.done();

  return {
    signed: body.der,
    scheme: schemeOf(algorithm),
    signature,
    issuer,
    thisUpdate,
    nextUpdate: next && timeOf(next),
    revoked: new Map(entries.flatMap(entryOf)),
  };
}

function entryOf(node: Node): [string, Date][] {
  const fields = new Fields(node, 'revocation');
  const serial = serialOf(fields.take(tags.integer));
  const since = timeOf(fields.any());
  const more = fields.maybe(tags.sequence);
  fields.done();
  const removed =
    more &&
    extensionsOf({ ...more, children: [more] }).some(
      ({ id, value }) => id === oids.reasonCode && value.content.at(-1) === 8,
    );
  return removed ? [] : [[serial, since]];
}

const sameName = (a: Node, b: Node): boolean => sameBytes(a.der, b.der);
const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at]);
