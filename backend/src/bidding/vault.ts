import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { EntityManager } from '@mikro-orm/core';
import { openStorage, type House, type Storage } from '../platform/index.ts';
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
export async function pieceBytes(house: Pick<House, 'vault'>, sha256: string): Promise<Uint8Array<ArrayBuffer>> {
  return gathered(house.vault.get(sha256), (await house.vault.size(sha256)) ?? 0);
}

/** The first bytes of a piece. */
export const pieceStart = async (
  house: Pick<House, 'vault'>,
  sha256: string,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> => gathered(house.vault.get(sha256, { to: length }), length);

/** Puts a stream together in one place: with pieces of up to 64 MiB every copy counts. */
async function gathered(stream: Readable, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(most);
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    whole.set(chunk, length);
    length += chunk.length;
  }
  return length === most ? whole : whole.slice(0, length);
}

/**
 * Deletes the ciphertext of an envelope that will never be opened. Rows go last, so that a crash in between leaves
 * work to be done again and never a file that nobody knows of.
 */
export async function clearEnvelope(house: House, envelopeId: string): Promise<void> {
  const em = house.fork();
  const pieces = await em.find(EnvelopePiece, { envelopeId });
  for (const { sha256 } of pieces) if (!(await isElsewhere(em, envelopeId, sha256))) await house.vault.remove(sha256);
  await em.transactional(async (tx) => {
    await tx.nativeDelete(EnvelopePiece, { envelopeId });
    await tx.nativeUpdate(Envelope, { id: envelopeId }, { clearedAt: house.clock.now() });
  });
}

const isElsewhere = async (em: EntityManager, envelopeId: string, sha256: string): Promise<boolean> =>
  (await em.count(EnvelopePiece, { sha256, envelopeId: { $ne: envelopeId } })) > 0;
