import { letGo } from './letGo.ts';

/** The file is not what it was when its hash was taken, or cannot be read any more. */
export class Changed extends Error {
  readonly file: string;
  constructor(file: string) {
    super('file changed');
    this.file = file;
  }
}

/**
 * A browser refuses to read a file that was changed on disk since it was chosen. Whoever asks for the next bytes has
 * done with those before.
 */
export async function* reading(file: string, blob: Blob): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = blob.stream().getReader();
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      yield piece.value;
      letGo([piece.value.buffer]);
    }
  } catch {
    throw new Changed(file);
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}
