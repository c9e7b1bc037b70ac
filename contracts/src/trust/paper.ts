import { fromHex } from '../kernel/bytes.ts';
import { Malformed } from './canonical.ts';
import { sha256, sha256Hex } from './hash.ts';
import { signatureValueOf, verifyDetached } from './pki/cms.ts';
import { checkTimestamp, timestampsIn } from './timestamp/index.ts';
import type { CertificateFacts, SignatureFault, TrustAnchors } from './pki/pki.types.ts';

/*
 * Formal papers are PDF files that are made once and then only grow: each signature is an incremental update (ISO
 * 32000-1 §7.5.6) that covers everything before it. What an update may hold is so little that it can be read
 * without a PDF library: a signature, its invisible field, and the lists that name the field. Whatever else somebody
 * appends, or anything changed in what was there, is refused.
 */

/** Where a signature stands: the file up to `end` without the gap is what it covers. */
export type PaperSignature = {
  readonly gapStart: number;
  readonly gapEnd: number;
  readonly end: number;
  /** DER of the CMS signature. */
  readonly contents: Uint8Array<ArrayBuffer>;
};

/** Something stands in the file that nobody signed, or that a later signer may not add. */
class Grown extends Malformed {}

const longest = 64 * 1024 * 1024;
const mostSignatures = 32;

/** Finds the signatures of a paper in the order signed; throws Malformed where the file holds anything our papers do not. */
export function paperSignatures(bytes: Uint8Array): PaperSignature[] {
  if (bytes.length > longest) throw new Malformed('paper: too large');
  const text = latin1(bytes);
  if (!text.startsWith('%PDF-1.')) throw new Malformed('paper');
  const eof = text.indexOf('%%EOF');
  if (eof < 0) throw new Malformed('paper: no end');
  let start = eof + 5 + (text[eof + 5] === '\n' ? 1 : 0);
  let table = startxref(text.slice(0, start));
  const found: PaperSignature[] = [];
  // Nothing that calls itself a signature may stand in what nobody has signed.
  if (/\/ByteRange\b/.test(text.slice(0, start))) throw new Malformed('paper: signature out of place');
  while (start < text.length) {
    if (found.length >= mostSignatures) throw new Malformed('paper: too many signatures');
    const update = readUpdate(text, start, table);
    found.push(update.signature);
    start = update.signature.end;
    table = update.table;
  }
  return found;
}

function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return text;
}

function startxref(revision: string): number {
  const at = Number(/startxref\n(\d{1,10})\n%%EOF\n?$/.exec(revision)?.[1] ?? Number.NaN);
  if (!(at < revision.length) || !revision.startsWith('xref\n', at)) throw new Malformed('paper: cross references');
  return at;
}

type Update = { readonly signature: PaperSignature; readonly table: number };

/** One incremental update, from `start` to the end that its own signature names. */
function readUpdate(text: string, start: number, previous: number): Update {
  const range = /\/ByteRange \[0 (\d{10}) (\d{10}) (\d{10})\] \/Contents </g;
  range.lastIndex = start;
  const match = range.exec(text);
  if (!match) throw new Grown('paper: bytes after the last signature');
  const [gapStart, gapEnd, rest] = match.slice(1).map(Number) as [number, number, number];
  const end = gapEnd + rest;
  if (gapStart !== range.lastIndex - 1 || gapEnd <= gapStart || end > text.length) throw new Malformed('paper: range');
  const hex = /^<((?:[0-9a-f]{2})+)>$/.exec(text.slice(gapStart, gapEnd))?.[1];
  if (hex === undefined) throw new Malformed('paper: contents');
  const table = updateObjects(text, { start, end, previous });
  return { signature: { gapStart, gapEnd, end, contents: withoutPadding(fromHex(hex)) }, table };
}

/** Checks the objects, cross references and trailer of an update; gives where its table begins. */
function updateObjects(
  text: string,
  { start, end, previous }: { start: number; end: number; previous: number },
): number {
  const table = startxref(text.slice(0, end));
  let at = start + (text[start] === '\n' ? 1 : 0);
  const places = new Map<string, number>();
  let signatures = 0;
  while (at < table) {
    const head = /(\d{1,7}) (\d{1,5}) obj\n/y;
    head.lastIndex = at;
    const name = head.exec(text);
    const stop = text.indexOf('\nendobj\n', at);
    if (!name || stop < 0 || stop >= table) throw new Malformed('paper: update');
    const id = `${name[1]} ${name[2]}`;
    if (places.has(id)) throw new Malformed('paper: update');
    places.set(id, at);
    const body = text.slice(head.lastIndex, stop);
    if (/\/ByteRange\b/.test(body)) signatures += 1;
    mayStand(body, bodyBefore(text, start, id));
    at = stop + '\nendobj\n'.length;
  }
  const wanted = [...places]
    .map(([id, place]) => [...id.split(' ').map(Number), place] as [number, number, number])
    .sort(([a], [b]) => a - b)
    .map(([id, generation, place]) => `${id} 1\n${pad(place, 10)} ${pad(generation, 5)} n \n`);
  const trailer =
    /^trailer\n<< \/Size \d+ \/Root \d+ 0 R(?: \/Info \d+ 0 R)?(?: \/ID \[[^\]]{0,200}\])? \/Prev (\d+) >>\nstartxref\n/;
  const head = `xref\n0 1\n0000000000 65535 f \n${wanted.join('')}`;
  if (!text.startsWith(head, table) || at !== table || signatures !== 1) throw new Malformed('paper: cross references');
  const prev = trailer.exec(text.slice(table + head.length, end));
  const ends = `${prev?.[0] ?? ''}${table}\n%%EOF\n`;
  if (Number(prev?.[1]) !== previous || text.slice(table + head.length, end) !== ends)
    throw new Malformed('paper: trailer');
  if (rootOf(text.slice(table, end)) !== rootOf(text.slice(previous, start)))
    throw new Malformed('paper: another root');
  return table;
}

const pad = (value: number, width: number): string => String(value).padStart(width, '0');
const rootOf = (part: string): string | undefined => /\/Root (\d+ \d+ R)/.exec(part)?.[1];

/** The newest body of an object before this update, if it is not new. */
function bodyBefore(text: string, start: number, id: string): string | undefined {
  // Whole before the update: its own first object must not be taken for its predecessor.
  const at = text.lastIndexOf(`\n${id} obj\n`, start - id.length - 6);
  if (at < 0) return undefined;
  const from = at + id.length + 6;
  const stop = text.indexOf('\nendobj', from);
  return stop < 0 || stop >= start ? undefined : text.slice(from, stop);
}

const lists = /\/(?:Annots|Fields) ?\[[ \d\nR]*\]|\/AcroForm \d+ 0 R|\/SigFlags 3/g;
const bare = (body: string): string =>
  body
    .replaceAll(lists, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\s*(<<|>>)\s*/g, '$1');

/** What pdf-lib writes for a form without a stroke: eight bytes that inflate to nothing. */
const emptyAppearance =
  '<</BBox [ 0 0 0 0 ] /Matrix [ 1 0 0 1 0 0 ] /Resources<<>>/Type /XObject /Subtype /Form /Filter /FlateDecode /Length 8>>stream x\u009c\u0003\0\0\0\0\u0001 endstream';

/** An object may be new and invisible, or an old one whose lists of fields grew. */
function mayStand(body: string, before: string | undefined): void {
  if (before !== undefined) {
    if (bare(body) !== bare(before)) throw new Grown('paper: changed after signing');
    return;
  }
  const signature = /^<< \/Type \/Sig \/Filter \/Adobe\.PPKLite \/SubFilter \/ETSI\.CAdES\.detached [\s\S]* >>$/;
  const widget =
    /^<<\s*\/Type \/Annot\s+\/Subtype \/Widget\s+\/FT \/Sig\s+\/Rect \[ ?0 0 0 0 ?\]\s+\/F 132\s+\/V \d+ 0 R\s+\/P \d+ 0 R\s+\/AP <<\s*\/N \d+ 0 R\s*>>\s*\/T \(Signature\d+\)\s*>>$/;
  const isEmpty = bare(body) === emptyAppearance;
  const form = bare(body) === '<<>>';
  if (!signature.test(body) && !widget.test(body) && !isEmpty && !form) throw new Grown('paper: changed after signing');
}

function withoutPadding(padded: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const [tag, first = 0] = padded;
  const size = first < 0x80 ? 0 : first & 0x7f;
  const length = size === 0 ? first : padded.subarray(2, 2 + size).reduce((total, byte) => total * 256 + byte, 0);
  const end = 2 + size + length;
  if (tag !== 0x30 || size > 3 || end > padded.length || padded.subarray(end).some((byte) => byte !== 0))
    throw new Malformed('paper: contents');
  return padded.slice(0, end);
}

export type CheckedPaperSignature = {
  readonly certificate: CertificateFacts;
  readonly covers: string;
  /** When the signature existed at the latest, by whose word; empty where it carries no timestamp. */
  readonly stamps: readonly { readonly time: Date; readonly authority: string }[];
};

export type CheckedPaper =
  | {
      readonly ok: true;
      /** In the order signed; `covers` is the SHA-256 of the file as that signer saw it, hex. */
      readonly signatures: readonly CheckedPaperSignature[];
    }
  | {
      readonly ok: false;
      readonly reason:
        | SignatureFault
        | 'paper.malformed'
        | 'paper.unsigned'
        | 'paper.changed-after-signing'
        | 'paper.bad-timestamp';
    };

/**
 * Does every signature hold, and does nothing stand in the file but what they cover? A signature with a timestamp of an
 * authority among `timestampRoots` is judged at that instant, so it outlives its certificate. Never throws for what the
 * file holds.
 */
export async function checkPaper(
  pdf: Uint8Array,
  anchors: TrustAnchors & { readonly timestampRoots?: readonly Uint8Array[] },
): Promise<CheckedPaper> {
  let signatures: PaperSignature[];
  try {
    signatures = paperSignatures(pdf);
  } catch (fault) {
    if (!(fault instanceof Malformed)) throw fault;
    return { ok: false, reason: fault instanceof Grown ? 'paper.changed-after-signing' : 'paper.malformed' };
  }
  if (signatures.length === 0) return { ok: false, reason: 'paper.unsigned' };
  const checked: CheckedPaperSignature[] = [];
  for (const { gapStart, gapEnd, end, contents } of signatures) {
    const content = new Uint8Array(gapStart + end - gapEnd);
    content.set(pdf.subarray(0, gapStart));
    content.set(pdf.subarray(gapEnd, end), gapStart);
    const stamps = await stampsOf(contents, anchors.timestampRoots ?? []);
    if (stamps === undefined) return { ok: false, reason: 'paper.bad-timestamp' };
    const earliest = stamps.reduce<Date>((at, { time }) => (time < at ? time : at), anchors.at);
    const verdict = await verifyDetached({ ...anchors, at: earliest, content, signature: contents });
    if (!verdict.ok) return verdict;
    checked.push({ certificate: verdict.certificate, covers: sha256Hex(pdf.subarray(0, end)), stamps });
  }
  return { ok: true, signatures: checked };
}

/** The timestamps of a signature that hold; undefined where one belongs to something else. One of an unknown authority says nothing. */
async function stampsOf(
  signature: Uint8Array,
  roots: readonly Uint8Array[],
): Promise<CheckedPaperSignature['stamps'] | undefined> {
  const stamps: { time: Date; authority: string }[] = [];
  try {
    const tokens = timestampsIn(signature);
    if (tokens.length === 0) return [];
    const digest = sha256(signatureValueOf(signature));
    for (const token of tokens) {
      const checked = await checkTimestamp({ token, digest, roots });
      if (checked.ok) stamps.push({ time: checked.time, authority: checked.authority });
      else if (checked.reason !== 'certificate.untrusted') return undefined;
    }
  } catch (fault) {
    if (fault instanceof Malformed) return undefined;
    throw fault;
  }
  return stamps;
}
