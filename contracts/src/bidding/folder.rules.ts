import { toHex } from '../kernel/bytes.ts';
import {
  checkPiece,
  limits,
  Malformed,
  Manifest,
  manifestHashOf,
  parseCanonical,
  pieceSize,
  readArchive,
  textOf,
} from '../trust/index.ts';
import { envelopeFiles } from './sealing.schema.ts';

/** A file of an envelope's folder, wherever it lies. */
export interface FolderFile {
  /** With `/` between folders. */
  readonly path: string;
  readonly size: number;
  readonly read: (offset: number, length: number) => Promise<Uint8Array>;
  /** Where a browser can send it from the disk. */
  readonly slice?: (offset: number, length: number) => Blob;
}

/** One piece of a sealed envelope that can be handed in. */
export interface FolderPiece {
  readonly sha256: string;
  readonly size: number;
  /** The bytes, checked to be those of the manifest; throws Malformed where they are not. */
  readonly bytes: () => Promise<Uint8Array<ArrayBuffer>>;
  /** The same, checked as well, to be sent from the disk where that can be. */
  readonly body: () => Promise<Blob | Uint8Array<ArrayBuffer>>;
}

/** A sealed envelope as it came out of a sealer, ready to be handed in. */
export interface EnvelopeFolder {
  readonly manifest: Manifest;
  readonly manifestHash: string;
  /** The canonical text that was signed. */
  readonly text: string;
  readonly signature: string;
  readonly timestamps: readonly string[];
  /** Every piece once, in the order of the manifest. */
  readonly pieces: readonly FolderPiece[];
}

const mostSmall = 131_072;

/**
 * Finds a sealed envelope among the files of its folder, or in one tar of them. Throws Malformed that says what is
 * missing: `folder: manifest`, `folder: signature`, `folder: pieces/<hash>`. Recovery file and facts are left where
 * they are; nothing here ever reads them.
 */
export async function readEnvelopeFolder(given: readonly FolderFile[]): Promise<EnvelopeFolder> {
  const [only] = given;
  const files = given.length === 1 && only?.path.endsWith('.tar') ? await filesOfTar(only) : given;
  const at = files.find(({ path }) => isNamed(path, envelopeFiles.manifest));
  if (!at || at.size > limits.manifestBytes) throw new Malformed('folder: manifest');
  const text = textOf(await whole(at));
  const read = Manifest.safeParse(parseCanonical(text));
  if (!read.success) throw new Malformed('folder: manifest');
  const manifest = read.data;
  const prefix = at.path.slice(0, at.path.length - envelopeFiles.manifest.length);
  const inside = new Map(files.map((file) => [file.path.slice(prefix.length), file]));
  const signature = inside.get(envelopeFiles.signature);
  if (!signature || signature.size > mostSmall) throw new Malformed('folder: signature');
  const tokens = [...inside].filter(([path, { size }]) => isToken(path) && size <= mostSmall).slice(0, 4);
  return {
    manifest,
    manifestHash: manifestHashOf(manifest),
    text,
    signature: toHex(await whole(signature)),
    timestamps: await Promise.all(tokens.map(async ([, file]) => toHex(await whole(file)))),
    pieces: piecesIn(manifest, inside),
  };
}

const isNamed = (path: string, name: string): boolean => path === name || path.endsWith(`/${name}`);
const isToken = (path: string): boolean => path.startsWith(envelopeFiles.timestamps) && path.endsWith('.tsr');
const whole = ({ read, size }: FolderFile): Promise<Uint8Array> => read(0, size);

function piecesIn(manifest: Manifest, inside: ReadonlyMap<string, FolderFile>): FolderPiece[] {
  const pieces = new Map<string, FolderPiece>();
  for (const part of manifest.parts)
    for (const [index, sha256] of part.pieces.entries()) {
      // Chosen one by one, files come without their folder.
      const file = inside.get(`${envelopeFiles.pieces}${sha256}`) ?? inside.get(sha256);
      const size = pieceSize(part, index);
      if (file?.size !== size) throw new Malformed(`folder: ${envelopeFiles.pieces}${sha256}`);
      const bytes = async (): Promise<Uint8Array<ArrayBuffer>> => {
        const found = new Uint8Array(await whole(file));
        if (!(await checkPiece(part, index, found))) throw new Malformed(`folder: ${envelopeFiles.pieces}${sha256}`);
        return found;
      };
      // What is changed after it was checked does not have its name any more: whoever takes it looks at that.
      const body = async () => {
        const found = await bytes();
        return file.slice?.(0, size) ?? found;
      };
      pieces.set(sha256, { sha256, size, bytes, body });
    }
  return [...pieces.values()];
}

async function filesOfTar({ size, read, slice }: FolderFile): Promise<FolderFile[]> {
  const { members } = await readArchive(read, size);
  return members.map(({ name, size: length, offset: start }) => ({
    path: name,
    size: length,
    read: (offset, count) => read(start + offset, Math.max(0, Math.min(count, length - offset))),
    ...(slice && {
      slice: (offset, count) => slice(start + offset, Math.max(0, Math.min(count, length - offset))),
    }),
  }));
}
