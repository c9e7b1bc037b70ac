/** Seals single pieces of a part beside the sealing worker, so that a bid is sealed by all the processors there are. */
import '../app/trustedTypes.ts';
import { sealPiece, type FileSource, type PartJob, type SealedPiece } from '@xinbiao/contracts/trust';
import { letGo } from './letGo.ts';
import { Changed, reading } from './reading.ts';

export type BesideFile = { readonly name: string; readonly size: number; readonly blob: Blob };
export type ToBeside =
  | { readonly part: number; readonly job: PartJob; readonly files: readonly BesideFile[] }
  | { readonly part: number; readonly index: number; readonly spare?: Uint8Array<ArrayBuffer> | undefined };
export type FromBeside =
  | 'ready'
  | { readonly index: number; readonly piece: SealedPiece }
  /** The file that could not be read, or what else went wrong. */
  | { readonly index: number; readonly changed: string }
  | { readonly index: number; readonly failed: string };

const parts = new Map<number, { readonly job: PartJob; readonly files: readonly FileSource[] }>();
const say = (message: FromBeside, transfer: Transferable[] = []) => self.postMessage(message, { transfer });

self.addEventListener('message', ({ data }: MessageEvent<ToBeside>) => {
  if ('job' in data)
    parts.set(data.part, {
      job: data.job,
      files: data.files.map(({ name, size, blob }) => ({
        name,
        size,
        stream: (from, to) => reading(name, blob.slice(from, to)),
      })),
    });
  else {
    const { part, index, spare } = data;
    void seal(part, index, spare)
      .then((piece) => say({ index, piece }, [piece.bytes.buffer]))
      .catch((fault: unknown) =>
        say(fault instanceof Changed ? { index, changed: fault.file } : { index, failed: String(fault) }),
      );
  }
});

async function seal(part: number, index: number, spare: Uint8Array<ArrayBuffer> | undefined): Promise<SealedPiece> {
  const found = parts.get(part);
  if (!found) throw new Error('no such part');
  return sealPiece(found.job, found.files, index, { spare, letGo });
}

say('ready');
