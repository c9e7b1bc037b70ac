import {
  openCheckpoint,
  parseVerifierKey,
  verifierKeyText,
  type SignedCheckpoint,
  type VerifierKey,
} from '@xinbiao/contracts/trust';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What one remembers of a log between two checks: its key, and the last checkpoint that held. */
export type Kept = { readonly key: VerifierKey; readonly checkpoint: string };

/** Throws where the file is there but cannot be read: forgetting is what an attacker would wish for. */
export function readKept(path: string): Kept | undefined {
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, 'utf8');
  const end = text.indexOf('\n');
  return { key: parseVerifierKey(text.slice(0, end)), checkpoint: text.slice(end + 1) };
}

/** Keeps a checkpoint, unless the one kept before is of a larger tree. */
export function keep(path: string, { note, size, signed }: SignedCheckpoint): void {
  const key = signed.find(({ key: { kind } }) => kind === 1)?.key;
  if (!key) return;
  const before = readKept(path);
  if (before && openCheckpoint(before.checkpoint, [before.key]).size > size) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, `${verifierKeyText(key)}\n${note}`);
  renameSync(`${path}.new`, path);
}
