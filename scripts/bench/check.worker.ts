import { checkManifest, checkPiece, identifiersOf, verifyDetached, type Expected } from '@xinbiao/contracts/trust';
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

/** What the server looks at in a sealed envelope, unread: its form, every point and wrap, the signature, every piece. */
export type ToCheck = {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
  readonly expect: Expected;
  /** Files of the pieces, part by part. */
  readonly pieces: readonly (readonly string[])[];
};
type Given = {
  readonly roots: readonly Uint8Array<ArrayBuffer>[];
  readonly at: Date;
  readonly envelopes: readonly ToCheck[];
};

const { roots, at, envelopes } = workerData as Given;

async function check({ bytes, signature, expect, pieces }: ToCheck): Promise<void> {
  const checked = checkManifest({ bytes, expect });
  if (!checked.ok) throw new Error('a manifest was refused');
  const signed = await verifyDetached({ content: bytes, signature, roots, crls: [], at });
  if (!signed.ok) throw new Error(`a signature was refused: ${signed.reason}`);
  identifiersOf(checked.manifest);
  for (const [part, files] of pieces.entries())
    for (const [index, file] of files.entries()) {
      const sealed = checked.manifest.parts[part];
      if (!sealed || !(await checkPiece(sealed, index, new Uint8Array(readFileSync(file)))))
        throw new Error('a piece was refused');
    }
}

parentPort?.on('message', () => {
  void (async () => {
    for (const envelope of envelopes) await check(envelope);
    parentPort?.postMessage('done');
  })();
});
parentPort?.postMessage('ready');
