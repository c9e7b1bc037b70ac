import { archiveLength, writeArchive } from '@xinbiao/contracts/trust';

/** Where an archive goes: straight to a file the user named, or into memory until it is saved. */
export type Sink = {
  readonly write: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
  readonly close: () => Promise<void>;
  /** Leaves nothing behind. */
  readonly abort: () => Promise<void>;
};

type Writable = Sink['write'] extends infer W
  ? { write: W; close: () => Promise<void>; abort: () => Promise<void> }
  : never;
type Picker = (options: {
  suggestedName: string;
  types: { description: string; accept: Record<string, string[]> }[];
}) => Promise<{ createWritable: () => Promise<Writable> }>;

/**
 * Asks where to save. Browsers that cannot write to a file as it grows get a download at the end. Undefined where the
 * user changed their mind. Must be called while a click is being handled.
 */
export async function chooseSink(suggestedName: string): Promise<Sink | undefined> {
  const pick = (globalThis as { showSaveFilePicker?: Picker }).showSaveFilePicker;
  if (!pick) return inMemory(suggestedName);
  try {
    const handle = await pick({
      suggestedName,
      types: [{ description: 'tar', accept: { 'application/x-tar': ['.tar'] } }],
    });
    const file = await handle.createWritable();
    return { write: (bytes) => file.write(bytes), close: () => file.close(), abort: () => file.abort() };
  } catch (fault) {
    if (fault instanceof DOMException && fault.name === 'AbortError') return undefined;
    return inMemory(suggestedName);
  }
}

function inMemory(name: string): Sink {
  // As blobs the browser may put them on disk by itself.
  const parts: Blob[] = [];
  return {
    write: async (bytes) => void parts.push(new Blob([bytes])),
    close: async () => saveBlob(new Blob(parts, { type: 'application/x-tar' }), name),
    abort: async () => void parts.splice(0),
  };
}

/** Hands something to the user as a download. */
export function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** A tar that grows file by file, in the one form that envelopes' archives have. */
export function growingArchive(sink: Sink) {
  return {
    async add(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
      const file = {
        name,
        size: bytes.length,
        // oxlint-disable-next-line require-await
        stream: (from: number) =>
          (async function* () {
            yield bytes.subarray(from);
          })(),
      };
      const end = archiveLength([file]);
      let left = end - 1024;
      for await (const some of writeArchive([file], end)) {
        const part = new Uint8Array(some.subarray(0, Math.min(some.length, left)));
        left -= part.length;
        if (part.length > 0) await sink.write(part);
      }
    },
    async end(): Promise<void> {
      await sink.write(new Uint8Array(1024));
      await sink.close();
    },
  };
}
