import { fromHex, toHex } from '../../kernel/bytes.ts';
import { Malformed, parseCanonical } from '../canonical.ts';
import { plainLength } from '../chunked.ts';
import { pointOf } from '../feldman.ts';
import { equalBytes, sha256Hex } from '../hash.ts';
import { suites, type Group } from '../suite.ts';
import { ephemeralOf, parseWrap, recipientOf } from '../wrap.ts';
import type { Keyring, OfficerGroup } from './keyring.ts';
import { gateBlobLength } from './gate.ts';
import { shareBlobLength } from './lock.ts';
import {
  Manifest,
  ctxHashOf,
  limits,
  manifestHashOf,
  piecesRoot,
  type Lock,
  type SealedGroup,
  type SealedPart,
} from './manifest.ts';
import { paddedLength, pieceLengthFor } from './seal.ts';
import type { Expected, Identifier, ManifestFault, ManifestFaultCode } from './types.ts';

type Tell = (code: ManifestFaultCode, at: string) => void;

export type CheckedManifest =
  | { readonly ok: true; readonly manifest: Manifest; readonly manifestHash: string }
  | { readonly ok: false; readonly faults: readonly ManifestFault[] };

/**
 * Everything a server can see of an envelope without opening it: form, context, keyring, points, wraps, lengths.
 * The bidder's signature over the same bytes is checked beside it. Never throws, whatever the bytes.
 */
export function checkManifest({
  bytes,
  expect,
}: {
  readonly bytes: Uint8Array;
  readonly expect: Expected;
}): CheckedManifest {
  const faults: ManifestFault[] = [];
  const tell: Tell = (code, at) => faults.push({ code, at });
  if (bytes.length > limits.manifestBytes) return { ok: false, faults: [{ code: 'manifest.too-large', at: '' }] };
  let value: unknown;
  try {
    value = parseCanonical(bytes);
  } catch {
    return { ok: false, faults: [{ code: 'manifest.not-canonical', at: '' }] };
  }
  const read = Manifest.safeParse(value);
  if (!read.success) {
    // The first place is enough to find the mistake; the values themselves stay out of any message.
    return { ok: false, faults: [{ code: 'manifest.malformed', at: read.error.issues[0]?.path.join('.') ?? '' }] };
  }
  const manifest = read.data;
  checkContext(manifest, expect, tell);
  checkLocks(manifest.stages, expect, tell);
  checkParts(manifest, expect, tell);
  return faults.length > 0 ? { ok: false, faults } : { ok: true, manifest, manifestHash: manifestHashOf(manifest) };
}

function checkContext({ ctx, ctxHash }: Manifest, expect: Expected, tell: Tell): void {
  if (ctxHashOf(ctx) !== ctxHash) tell('ctx.hash-differs', 'ctxHash');
  if (ctx.suite !== expect.keyring.suite) tell('ctx.suite-differs', 'ctx.suite');
  if (ctx.tenderId !== expect.tenderId) tell('ctx.tender-differs', 'ctx.tenderId');
  if (ctx.lotId !== expect.lotId) tell('ctx.lot-differs', 'ctx.lotId');
  if (ctx.noticeHash !== expect.noticeHash) tell('ctx.notice-differs', 'ctx.noticeHash');
  if (ctx.keyringHash !== expect.keyringHash) tell('ctx.keyring-differs', 'ctx.keyringHash');
  if (ctx.bidderCertSha256 !== expect.bidderCertSha256) tell('ctx.bidder-differs', 'ctx.bidderCertSha256');
  if (ctx.seq !== expect.seq) tell('ctx.sequence-differs', 'ctx.seq');
  if (ctx.supersedes !== expect.supersedes) tell('ctx.supersedes-differs', 'ctx.supersedes');
}

function checkLocks(locks: readonly Lock[], expect: Expected, tell: Tell): void {
  for (const [at, { id }] of locks.entries())
    if (locks.findIndex((lock) => lock.id === id) !== at) tell('stage.duplicate', `stages.${id}`);
  if (expect.stages) {
    const wanted = Object.keys(expect.stages);
    for (const { id } of locks) if (!wanted.includes(id)) tell('stage.unexpected', `stages.${id}`);
    for (const id of wanted) if (!locks.some((lock) => lock.id === id)) tell('stage.missing', `stages.${id}`);
  }
  const points = new Set<string>();
  const commits = new Set<string>();
  for (const lock of locks)
    for (const fault of lockFaults(lock, expect.keyring, { points, commits }, gateOf(expect, lock.id)))
      tell(fault.code, fault.at);
}

/** An id may be the name of something every object has. */
const gateOf = ({ gates = {} }: Expected, stage: string): string | null | undefined =>
  Object.hasOwn(gates, stage) ? gates[stage] : undefined;

type Seen = { readonly points: Set<string>; readonly commits: Set<string> };

/**
 * What is visibly wrong with a lock, compared with the keyring it must be dealt to and the encryption certificate its
 * gate must be wrapped to: null where that is not known, undefined where there must be no gate.
 */
export function lockFaults(lock: Lock, keyring: Keyring, seen: Seen, gate?: string | null): ManifestFault[] {
  const faults: ManifestFault[] = [];
  if (lock.groups.length !== keyring.groups.length)
    faults.push({ code: 'group.differs-from-keyring', at: `stages.${lock.id}` });
  for (const [at, group] of lock.groups.entries()) {
    const tell: Tell = (code, where) => faults.push({ code, at: `stages.${lock.id}.${group.id}${where}` });
    const wanted = keyring.groups[at];
    if (
      !wanted ||
      wanted.id !== group.id ||
      wanted.t !== group.t ||
      group.A.length !== group.t ||
      group.shares.length !== wanted.members.length
    ) {
      tell('group.differs-from-keyring', '');
      continue;
    }
    for (const [j, point] of group.A.entries()) {
      if (!isPoint(point, suites[keyring.suite].Point)) tell('point.invalid', `.A.${j}`);
      if (seen.points.has(point)) tell('point.duplicate', `.A.${j}`);
      seen.points.add(point);
    }
    checkShares(lock.id, group, wanted, { seen, tell });
  }
  return [...faults, ...gateFaults(lock, gate, seen)];
}

function gateFaults(lock: Lock, certificate: string | null | undefined, seen: Seen): ManifestFault[] {
  const at = `stages.${lock.id}.bidder`;
  const faults: ManifestFault[] = [];
  if ((lock.gate === 'none') !== (certificate === undefined)) faults.push({ code: 'gate.differs', at });
  if (lock.gate === 'none') return faults;
  const { certSha256, commit, wrap } = lock.bidder;
  const tell: Tell = (code) => faults.push({ code, at });
  if (typeof certificate === 'string' && sha256Hex(fromHex(certificate)) !== certSha256)
    tell('gate.wrong-certificate', at);
  if (seen.commits.has(commit)) tell('commit.duplicate', at);
  seen.commits.add(commit);
  const expected = {
    certificate: typeof certificate === 'string' ? certificate : null,
    length: gateBlobLength(lock.id),
  };
  checkWrap(wrap, expected, { seen, tell: (code) => tell(code, at) });
  return faults;
}

/** A wrap in its one encoding, for this recipient, of something of this length, with a point that occurs nowhere else. */
function checkWrap(
  wrap: string,
  { certificate, length }: { readonly certificate: string | null; readonly length: number },
  { seen, tell }: { readonly seen: Seen; readonly tell: (code: ManifestFaultCode) => void },
): void {
  try {
    const parts = parseWrap(fromHex(wrap));
    if (certificate !== null && !equalBytes(parts.identifier, recipientOf(fromHex(certificate)).identifier))
      tell('wrap.wrong-recipient');
    if (parts.ciphertext.length !== length) tell('wrap.wrong-length');
    const ephemeral = toHex(parts.ephemeral);
    if (seen.points.has(ephemeral)) tell('point.duplicate');
    seen.points.add(ephemeral);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    tell('wrap.malformed');
  }
}

function checkShares(
  stage: string,
  group: SealedGroup,
  wanted: OfficerGroup,
  { seen, tell }: { readonly seen: Seen; readonly tell: Tell },
): void {
  for (const [at, share] of group.shares.entries()) {
    const member = wanted.members[at];
    if (member?.x !== share.x || member.certSha256 !== share.officer) {
      tell('share.differs-from-keyring', `.${share.x}`);
      continue;
    }
    if (seen.commits.has(share.commit)) tell('commit.duplicate', `.${share.x}`);
    seen.commits.add(share.commit);
    const expected = {
      certificate: member.certificate,
      length: shareBlobLength({ stage, group: group.id, x: share.x }),
    };
    checkWrap(share.wrap, expected, { seen, tell: (code) => tell(code, `.${share.x}`) });
  }
}

function isPoint(hex: string, group: Group): boolean {
  try {
    pointOf(hex, group);
    return true;
  } catch {
    return false;
  }
}

function checkParts({ parts, stages }: Manifest, expect: Expected, tell: Tell): void {
  const pieceLength = pieceLengthFor(parts.map(({ length }) => length));
  const wanted =
    expect.stages && Object.entries(expect.stages).flatMap(([stage, names]) => names.map((name) => `${stage}.${name}`));
  const names = parts.map(({ stage, name }) => `${stage}.${name}`);
  for (const name of wanted ?? []) if (!names.includes(name)) tell('part.missing', `parts.${name}`);
  for (const { id } of stages) if (!parts.some(({ stage }) => stage === id)) tell('part.missing', `parts.${id}`);
  const heads = new Set<string>();
  for (const [at, part] of parts.entries()) {
    const name = `${part.stage}.${part.name}`;
    const where = `parts.${name}`;
    if (wanted && !wanted.includes(name)) tell('part.unexpected', where);
    if (!stages.some(({ id }) => id === part.stage)) tell('part.unexpected', where);
    if (names.indexOf(name) !== at || heads.has(part.head)) tell('part.duplicate', where);
    heads.add(part.head);
    const plain = plainLength(part.length);
    if (plain === undefined || plain === 0 || plain % 512 !== 0 || paddedLength(part.name, plain) !== plain)
      tell('part.wrong-length', where);
    if (part.pieceLength !== pieceLength) tell('part.wrong-piece-length', where);
    if (part.pieces.length !== Math.ceil(part.length / part.pieceLength)) tell('part.wrong-piece-count', where);
    if (piecesRoot(part.pieces) !== part.root) tell('part.wrong-root', where);
  }
  if (pieceLength > limits.largestPiece || parts.reduce((sum, { pieces }) => sum + pieces.length, 0) > limits.pieces)
    tell('part.too-large', 'parts');
}

/** Bytes of one piece of a part. */
export const pieceSize = (part: Pick<SealedPart, 'length' | 'pieceLength'>, index: number): number =>
  Math.max(0, Math.min(part.pieceLength, part.length - index * part.pieceLength));

/** Is this the piece the manifest names? Length, hash, and for the first piece the head. */
export async function checkPiece(part: SealedPart, index: number, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const expected = part.pieces[index];
  if (expected === undefined || bytes.length !== pieceSize(part, index)) return false;
  if (index === 0 && toHex(bytes.subarray(0, limits.headBytes)) !== part.head) return false;
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))) === expected;
}

/** What no two envelopes may share: compare these to find a copied or altered envelope of another. */
export function identifiersOf(manifest: Manifest): Identifier[] {
  const groups = manifest.stages.flatMap((stage) => stage.groups);
  const gates = manifest.stages.flatMap((stage) => (stage.gate === 'bidder' ? [stage.bidder] : []));
  const wrapped = [...groups.flatMap((group) => group.shares), ...gates];
  return [
    { kind: 'envelopeId', value: manifest.ctx.envelopeId },
    ...groups.flatMap(({ A }) => A.map((value): Identifier => ({ kind: 'point', value }))),
    ...wrapped.map(({ commit }): Identifier => ({ kind: 'commit', value: commit })),
    ...wrapped.map(({ wrap }): Identifier => ({ kind: 'ephemeral', value: ephemeralOf(fromHex(wrap)) })),
    ...manifest.parts.map(({ head }): Identifier => ({ kind: 'head', value: head })),
    ...manifest.parts.flatMap(({ pieces }) => pieces.map((value): Identifier => ({ kind: 'piece', value }))),
  ];
}
