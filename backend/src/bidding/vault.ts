import type { EntityManager } from '@mikro-orm/core';
import { pieceSize, type ReadAt, type SealedPart } from '@xinbiao/contracts/trust';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { openStorage, transact, type House, type Storage } from '../platform/index.ts';
import { Envelope, EnvelopePiece } from './bid.entity.ts';

declare module '../platform/house.ts' {
  interface House {
    /** Ciphertext of bids, apart from every other file: deleting a bid can never delete a document. */
    readonly vault: Storage;
  }
}

/** Opens the place where ciphertext of bids lies. */
export const openVault = (folder: string): Promise<Storage> => openStorage(join(folder, 'bids'));

/** The bytes of one stored piece, whole. */
export async function pieceBytes({ vault }: Pick<House, 'vault'>, sha256: string): Promise<Uint8Array<ArrayBuffer>> {
  return vault.read(sha256, 0, (await vault.size(sha256)) ?? 0);
}

/**
 * A part's ciphertext by position, straight from disk. Each piece is hashed once, before its first byte is used, and
 * is never in memory whole: several large bids are opened at the same time. `damaged` says what is wrong with a
 * piece that is gone or is not the one that was received.
 */
export function readSealed(
  { vault }: Pick<House, 'vault'>,
  part: SealedPart,
  damaged: (piece: number) => Error,
): ReadAt {
  const checked = new Map<number, Promise<void>>();
  const check = (index: number): Promise<void> => {
    const checking =
      checked.get(index) ??
      isReceived(vault, part.pieces[index] ?? '', pieceSize(part, index)).then((isSound) => {
        if (!isSound) throw damaged(index);
      });
    checked.set(index, checking);
    return checking;
  };
  return async (offset, length) => {
    const out = new Uint8Array(Math.max(0, Math.min(length, part.length - offset)));
    for (let filled = 0; filled < out.length;) {
      const index = Math.floor((offset + filled) / part.pieceLength);
      await check(index);
      const from = offset + filled - index * part.pieceLength;
      const bytes = await vault.read(
        part.pieces[index] ?? '',
        from,
        Math.min(out.length - filled, part.pieceLength - from),
      );
      if (bytes.length === 0) throw damaged(index);
      out.set(bytes, filled);
      filled += bytes.length;
    }
    return out;
  };
}

async function isReceived(vault: Storage, sha256: string, size: number): Promise<boolean> {
  if ((await vault.size(sha256)) !== size) return false;
  const hash = createHash('sha256');
  for await (const chunk of vault.get(sha256) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('hex') === sha256;
}

/**
 * Deletes the ciphertext of an envelope that will never be opened. Rows go last, so that a crash in between leaves
 * work to be done again and never a file that nobody knows of.
 */
export async function clearEnvelope(house: House, envelopeId: string): Promise<void> {
  const em = house.fork();
  const pieces = await em.find(EnvelopePiece, { envelopeId });
  for (const { sha256 } of pieces) if (!(await isElsewhere(em, envelopeId, sha256))) await house.vault.remove(sha256);
  await transact(em, async (tx) => {
    await tx.nativeDelete(EnvelopePiece, { envelopeId });
    await tx.nativeUpdate(Envelope, { id: envelopeId }, { clearedAt: house.clock.now() });
  });
}

const isElsewhere = async (em: EntityManager, envelopeId: string, sha256: string): Promise<boolean> =>
  (await em.count(EnvelopePiece, { sha256, envelopeId: { $ne: envelopeId } })) > 0;
