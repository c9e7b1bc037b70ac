import { Malformed, bytesOf, textOf } from './canonical.ts';
import { iterate } from './chunked.ts';
import { equalBytes, joined } from './hash.ts';

/**
 * The archive inside a part: uncompressed ustar, with a pax header only where a name or size needs one. There is one
 * encoding for each list of names and sizes; reading re-encodes and compares, so nothing else can hide in it.
 */
const block = 512;
const octalLimit = 8 ** 11;
export const archiveLimits = { files: 10_000, nameBytes: 255 } as const;

type Bytes = Uint8Array<ArrayBuffer>;
type Source = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

export interface ArchiveEntry {
  readonly name: string;
  readonly size: number;
}
export interface ArchiveFile extends ArchiveEntry {
  /** Its bytes from one on; whoever names an end reads no further, so that nothing need be fetched beyond it. */
  stream(from: number, to?: number): Source;
}

/** May a file have this name in an archive? Relative, NFC, without links to elsewhere or invisible characters. */
export function isArchiveName(name: string): boolean {
  if (
    name === '' ||
    !name.isWellFormed() ||
    name.normalize('NFC') !== name ||
    bytesOf(name).length > archiveLimits.nameBytes
  )
    return false;
  // Control, direction and zero-width characters make one name look like another; a backslash is a separator elsewhere.
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\\]/u.test(name) || /^[a-z]:/iu.test(name)) return false;
  return name
    .split('/')
    .every((segment) => segment !== '' && segment !== '.' && segment !== '..' && !/[. ]$/u.test(segment));
}

/** Names that are one file on some disks, or that nobody can tell apart by looking, count as one. */
const sameName = (name: string): string =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\p{Script=Cyrillic}\p{Script=Greek}]/gu, (letter) => lookalikes.get(letter) ?? letter);
/** Cyrillic and Greek letters that most typefaces draw as a Latin one. */
const lookalikes = new Map(
  [...'аaвbеeкkмmнhоoрpсcтtуyхxіiјjѕsԁdһhԛqԝwαaβbεeζzηhιiκkμuνvοoρpτtυyχx'].flatMap((letter, at, all) =>
    at % 2 === 0 ? [[letter, all[at + 1] ?? letter] as const] : [],
  ),
);

/** Refuses a list that no archive may hold; throws Malformed. */
export function checkEntries(entries: readonly ArchiveEntry[], most: number = archiveLimits.files): void {
  if (entries.length > most) throw new Malformed('archive: too many files');
  const names = new Set<string>();
  for (const { name, size } of entries) {
    if (!isArchiveName(name)) throw new Malformed('archive: name');
    if (!Number.isSafeInteger(size) || size < 0) throw new Malformed('archive: size');
    if (names.has(sameName(name))) throw new Malformed('archive: duplicate name');
    names.add(sameName(name));
  }
  // A file cannot also be a folder.
  for (const name of names)
    for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1))
      if (names.has(name.slice(0, at))) throw new Malformed('archive: a file is also a folder');
}

const roundUp = (length: number, step: number): number => Math.ceil(length / step) * step;

/** Bytes of an archive before padding, its two closing blocks included. */
export const archiveLength = (entries: readonly ArchiveEntry[]): number =>
  entries.reduce((sum, entry) => sum + headerOf(entry).length + roundUp(entry.size, block), 2 * block);

/** Padmé (PURBs, 2019): a length that tells at most a few bits of the true one and grows by at most 12 %. */
export function padme(length: number): number {
  if (length <= block) return block;
  const exponent = Math.floor(Math.log2(length));
  const zeros = exponent - (Math.floor(Math.log2(exponent)) + 1);
  return roundUp(length, Math.max(2 ** zeros, block));
}

/**
 * Writes the archive, padded with zeros, from a byte on and up to another; throws Malformed when a file that is read
 * to its end is not as long as it said.
 */
export async function* writeArchive(
  files: readonly ArchiveFile[],
  paddedLength: number,
  {
    from = 0,
    to = paddedLength,
    most = archiveLimits.files,
  }: { readonly from?: number; readonly to?: number; readonly most?: number } = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  checkEntries(files, most);
  let at = 0;
  /** What of these next bytes of the archive was asked for. */
  const piece = (bytes: Uint8Array): Uint8Array | undefined => {
    const [skip, end] = [from - at, to - at].map((place) => Math.min(Math.max(0, place), bytes.length)) as [
      number,
      number,
    ];
    at += bytes.length;
    return skip < end ? bytes.subarray(skip, end) : undefined;
  };
  for (const file of files) {
    const header = piece(headerOf(file));
    if (header) yield header;
    const skipped = Math.min(Math.max(0, from - at), file.size);
    const end = Math.min(Math.max(0, to - at), file.size);
    if (skipped < end || (file.size === 0 && at >= from && at < to)) {
      let given = skipped;
      for await (const bytes of iterate(end < file.size ? file.stream(skipped, end) : file.stream(skipped))) {
        given += bytes.length;
        if (given > file.size) throw new Malformed('archive: a file grew');
        yield given > end ? bytes.subarray(0, bytes.length - (given - end)) : bytes;
        if (given >= end && end < file.size) break;
      }
      if (given < end) throw new Malformed('archive: a file shrank');
    }
    at += file.size;
    if (at >= to) return;
    const rest = piece(new Uint8Array(roundUp(file.size, block) - file.size));
    if (rest) yield rest;
  }
  if (at + 2 * block > paddedLength) throw new Malformed('archive: padding');
  const zeros = new Uint8Array(65_536);
  for (let next = Math.max(at, from); next < to; next += zeros.length)
    yield zeros.subarray(0, Math.min(zeros.length, to - next));
}

export interface ArchiveMember extends ArchiveEntry {
  /** Where its bytes begin in the archive. */
  readonly offset: number;
}

/** Reads the list of an archive by its headers alone; throws Malformed unless it is what `writeArchive` writes. */
export async function readArchive(
  read: (offset: number, length: number) => Promise<Uint8Array>,
  length: number,
  most: number = archiveLimits.files,
): Promise<{ members: ArchiveMember[]; end: number }> {
  const members: ArchiveMember[] = [];
  let at = 0;
  for (;;) {
    if (at + 2 * block > length) throw new Malformed('archive: no end');
    const bytes = await read(at, Math.min(3 * block, length - at));
    if (bytes[0] === 0) {
      if (bytes.subarray(0, 2 * block).some((byte) => byte !== 0)) throw new Malformed('archive: end');
      break;
    }
    const entry = entryOf(bytes);
    const header = headerOf(entry);
    if (!equalBytes(header, bytes.subarray(0, header.length))) throw new Malformed('archive: header');
    if (members.length >= most) throw new Malformed('archive: too many files');
    members.push({ ...entry, offset: at + header.length });
    at += header.length + roundUp(entry.size, block);
  }
  checkEntries(members, most);
  return { members, end: at };
}

/** Name and size as a header claims them; `headerOf` then decides whether the header is the right one. */
function entryOf(bytes: Uint8Array): ArchiveEntry {
  if (bytes[156] === 0x78) {
    if (bytes.length < 3 * block) throw new Malformed('archive: header');
    const records = textOf(bytes.subarray(block, 2 * block));
    const name = /^\d+ path=([^\n\0]*)\n/u.exec(records)?.[1] ?? '';
    const size = /^\d+ path=[^\n\0]*\n\d+ size=(\d{1,16})\n/u.exec(records)?.[1];
    return { name, size: sizeOf(size === undefined ? octal(bytes.subarray(2 * block)) : Number(size)) };
  }
  const end = bytes.indexOf(0);
  return { name: textOf(bytes.subarray(0, Math.min(end < 0 ? 100 : end, 100))), size: sizeOf(octal(bytes)) };
}
const octal = (header: Uint8Array): number => Number.parseInt(new TextDecoder().decode(header.subarray(124, 135)), 8);
function sizeOf(size: number): number {
  if (!Number.isSafeInteger(size) || size < 0) throw new Malformed('archive: size');
  return size;
}

/** The one header of a name and size: 512 bytes, or 1536 where a pax record must carry what ustar cannot. */
function headerOf({ name, size }: ArchiveEntry): Bytes {
  const bytes = bytesOf(name);
  const plain = bytes.length <= 100 && /^[\x20-\x7e]*$/u.test(name);
  if (plain && size < octalLimit) return ustar(bytes, size, '0');
  const records = bytesOf(paxRecord('path', name) + (size < octalLimit ? '' : paxRecord('size', String(size))));
  if (records.length > block) throw new Malformed('archive: name');
  const body = new Uint8Array(block);
  body.set(records);
  // Only for programs that do not know pax: as much of the name as fits, whole characters.
  let short = '';
  for (const character of name) {
    if (bytesOf(short + character).length > 100) break;
    short += character;
  }
  return joined(
    ustar(bytesOf('PaxHeader'), records.length, 'x'),
    body,
    ustar(bytesOf(short), size < octalLimit ? size : 0, '0'),
  );
}

function paxRecord(key: string, value: string): string {
  const body = ` ${key}=${value}\n`;
  const length = bytesOf(body).length;
  const digits = String(length + String(length).length).length;
  return `${length + digits}${body}`;
}

function ustar(name: Bytes, size: number, type: '0' | 'x'): Bytes {
  const header = new Uint8Array(block);
  header.set(name, 0);
  header.set(fixedMode, 100);
  header.set(bytesOf(`${size.toString(8).padStart(11, '0')}\0`), 124);
  header.set(bytesOf('00000000000\0        '), 136);
  header.set(bytesOf(type), 156);
  header.set(bytesOf('ustar\x0000'), 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.set(bytesOf(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
  return header;
}
const fixedMode = joined(bytesOf('0000644\0'), bytesOf('0000000\0'), bytesOf('0000000\0'));
