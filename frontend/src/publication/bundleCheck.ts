import { parseVerifierKey, runChecks, type CheckReport, type VerifierKey } from '@xinbiao/contracts/trust';
import { auditEvidence, filesOfTar } from '@xinbiao/contracts/verify';

/** Checks the evidence of a tender in this browser; the file is read piece by piece and never leaves the computer. */
export async function* checkBundle(file: File, keys: readonly VerifierKey[]): AsyncGenerator<CheckReport> {
  const read = async (offset: number, length: number) =>
    new Uint8Array(await file.slice(offset, offset + length).arrayBuffer());
  const files = await filesOfTar(read, file.size);
  // Evidence of another house has another key, and says which.
  const shown = await files.read('log/log.vkey');
  const own = shown && nameOf(new TextDecoder().decode(shown));
  const { view, checks } = await auditEvidence(files, { keys: keys.filter(({ name }) => name === own) });
  yield* runChecks(view, checks);
}

function nameOf(text: string): string | undefined {
  try {
    return parseVerifierKey(text.trim()).name;
  } catch {
    return undefined;
  }
}
