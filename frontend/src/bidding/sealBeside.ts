import { sealPiece, type PartContent, type SealBeside, type SealedPiece } from '@xinbiao/contracts/trust';
import type { FromBeside, ToBeside } from './piece.worker.ts';
import { Changed } from './reading.ts';

/** More of them would not be faster than the line. */
const most = 3;
/** Each has a second piece to read while it seals the first: it would wait for the disk otherwise. */
const each = 2;

type Asked = { readonly done: (piece: SealedPiece) => void; readonly fail: (fault: unknown) => void };
type Lane = {
  /** Part of which this lane has the job. */
  part: number;
  readonly worker: Worker;
  /** By the piece's index: each part is sealed to its end before the next begins. */
  readonly waiting: Map<number, Asked>;
};

/**
 * Seals pieces in workers of their own. Until the first of them has answered, and where a worker may not start
 * another, pieces are sealed here.
 */
export function sealBeside(blobOf: (part: PartContent, file: string) => Blob): SealBeside {
  const lanes: Lane[] = [];
  const count = Math.min(most, navigator.hardwareConcurrency || 2);
  try {
    for (let at = 0; at < count; at += 1) start(lanes);
  } catch {
    // Not every browser lets a worker start another.
  }
  let parts = 0;
  return (job, part) => {
    const number = (parts += 1);
    const files = part.files.map(({ name, size }) => ({ name, size, blob: blobOf(part, name) }));
    return {
      atOnce: count * each,
      seal(index, spare) {
        const lane = lanes.toSorted((a, b) => a.waiting.size - b.waiting.size)[0];
        if (!lane) return sealPiece(job, part.files, index, { spare });
        if (lane.part !== number) tell(lane, { part: number, job, files });
        lane.part = number;
        return new Promise((done, fail) => {
          lane.waiting.set(index, { done, fail });
          tell(lane, { part: number, index, spare }, spare ? [spare.buffer] : []);
        });
      },
    };
  };
}

const tell = ({ worker }: Lane, message: ToBeside, transfer: Transferable[] = []) =>
  worker.postMessage(message, { transfer });

function start(lanes: Lane[]): void {
  const worker = new Worker(new URL('./piece.worker.ts', import.meta.url), { type: 'module' });
  const lane: Lane = { part: 0, worker, waiting: new Map() };
  worker.addEventListener('message', ({ data }: MessageEvent<FromBeside>) => {
    if (data === 'ready') lanes.push(lane);
    else {
      const asked = lane.waiting.get(data.index);
      lane.waiting.delete(data.index);
      if ('piece' in data) asked?.done(data.piece);
      else asked?.fail('changed' in data ? new Changed(data.changed) : new Error(data.failed));
    }
  });
  worker.addEventListener('error', ({ message }) => {
    // Whatever it had been given must not be waited for without end.
    const at = lanes.indexOf(lane);
    if (at >= 0) lanes.splice(at, 1);
    for (const { fail } of lane.waiting.values()) fail(new Error(message || 'worker'));
  });
}
