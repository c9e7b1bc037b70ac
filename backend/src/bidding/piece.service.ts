import { mayStorePiece, type PresentPieces } from '@xinbiao/contracts/bidding';
import type { z } from 'zod';
import type { EntityManager } from '@mikro-orm/core';
import type { IncomingMessage } from 'node:http';
import { Lot } from '../tendering/index.ts';
import { bytesFrom, obey, refuse, TooLarge, WrongHash, type Actor, type House } from '../platform/index.ts';
import { Envelope, EnvelopePiece } from './bid.entity.ts';
import { ownEnvelope } from './bid.queries.ts';
import { redeliveryOf } from './outage.service.ts';
import { clearEnvelope, pieceBytes } from './vault.ts';

/** How much ciphertext one bidder may have stored for one lot. */
export const quotaBytes = 64 * 1024 ** 3;

/** Bytes stored or announced by a bid that may still change. */
export async function usedBytes(em: EntityManager, bidId: string): Promise<number> {
  const envelopes = await em.find(Envelope, { bidId, clearedAt: null }, { fields: ['id'] });
  const pieces = await em.find(EnvelopePiece, { envelopeId: { $in: envelopes.map(({ id }) => id) } });
  return pieces.reduce((sum, { size }) => sum + size, 0);
}

type Given = { readonly em: EntityManager; readonly house: House; readonly actor: Actor };

/** The pieces of an own envelope that have arrived whole. */
export async function presentPieces({ em, actor }: Given, envelopeId: string): Promise<z.output<typeof PresentPieces>> {
  const { envelope } = await ownEnvelope(em, actor, envelopeId);
  const pieces = await em.find(
    EnvelopePiece,
    { envelopeId: envelope.id, storedAt: { $ne: null } },
    { orderBy: { sha256: 'asc' } },
  );
  return {
    state: envelope.state,
    pieces: pieces.map(({ sha256, size }) => ({ sha256, size })),
    bytes: pieces.reduce((sum, { size }) => sum + size, 0),
  };
}

/**
 * Takes in one piece. It is announced in the database, written and synced, then marked present: whatever stops in
 * between, every file in the vault has a row by which it is found and deleted.
 */
export async function storePiece(
  given: Given,
  place: { readonly envelopeId: string; readonly sha256: string },
  request: IncomingMessage,
): Promise<{ sha256: string; size: number }> {
  const { em, house, actor } = given;
  const { envelope } = await ownEnvelope(em, actor, place.envelopeId);
  const { pieceLength } = envelope;
  const present = await em.findOne(EnvelopePiece, place);
  if (present?.storedAt) {
    request.resume();
    return { sha256: present.sha256, size: present.size };
  }
  const announced = Number(request.headers['content-length'] ?? pieceLength);
  await mayStoreNow(given, envelope, announced);
  if (!present) await em.upsert(EnvelopePiece, { ...place, size: announced }, { onConflictAction: 'ignore' });
  const size = await written(house, request, { ...place, limit: pieceLength }).catch(async (fault: unknown) => {
    await em.nativeDelete(EnvelopePiece, { ...place, storedAt: null });
    throw fault;
  });
  // A piece that was on its way when the deadline came has come too late.
  const fresh = house.fork();
  const after = await fresh.findOneOrFail(Envelope, { id: envelope.id });
  await mayStoreNow({ ...given, em: fresh }, after, 0).catch(async (fault: unknown) => {
    if (after.state !== 'sealed') await forget(house, place);
    throw fault;
  });
  await fresh.upsert(EnvelopePiece, { ...place, size, storedAt: house.clock.now() }, { onConflictAction: 'merge' });
  return { sha256: place.sha256, size };
}

async function mayStoreNow({ em, house }: Given, envelope: Envelope, size: number): Promise<void> {
  const lot = await em.findOneOrFail(Lot, { id: envelope.lotId });
  const used = size === 0 ? 0 : await usedBytes(em, envelope.bidId);
  const now = house.clock.now();
  // What was sealed before an outage may arrive after it; whether it is the same is seen when it is handed in.
  const again = envelope.openedAt < lot.deadline ? await redeliveryOf(em, lot, now) : null;
  obey(
    mayStorePiece({
      lotState: lot.state,
      deadline: again?.until ?? lot.deadline,
      now,
      envelopeState: envelope.state,
      size,
      pieceLength: envelope.pieceLength,
      used,
      quota: quotaBytes,
    }),
  );
}

async function written(
  house: House,
  source: IncomingMessage,
  { sha256, limit }: { readonly sha256: string; readonly limit: number },
): Promise<number> {
  try {
    return (await house.vault.put(bytesFrom(source), { limit, expect: sha256 })).size;
  } catch (fault) {
    if (fault instanceof TooLarge) return refuse('bid.piece-too-large', { facts: { most: limit } });
    if (fault instanceof WrongHash) return refuse('bid.piece-differs');
    throw fault;
  }
}

async function forget(house: House, place: { readonly envelopeId: string; readonly sha256: string }): Promise<void> {
  const em = house.fork();
  if ((await em.count(EnvelopePiece, { sha256: place.sha256, envelopeId: { $ne: place.envelopeId } })) === 0)
    await house.vault.remove(place.sha256);
  await em.nativeDelete(EnvelopePiece, place);
}

/** One piece of an own envelope. */
export async function ownPiece(
  { em, house, actor }: Given,
  place: { readonly envelopeId: string; readonly sha256: string },
): Promise<Uint8Array<ArrayBuffer>> {
  const { envelope } = await ownEnvelope(em, actor, place.envelopeId);
  const piece = await em.findOne(EnvelopePiece, { envelopeId: envelope.id, sha256: place.sha256 });
  if (!piece?.storedAt) return refuse('bid.piece-unknown');
  return pieceBytes(house, piece.sha256);
}

/** Deletes ciphertext that nobody will ever open: of bids replaced, taken back or given up. For the waking clock. */
export async function tidyVault(house: House): Promise<number> {
  const gone = await house
    .fork()
    .find(
      Envelope,
      { state: { $in: ['superseded', 'withdrawn', 'abandoned'] }, clearedAt: null },
      { fields: ['id'], limit: 100 },
    );
  for (const { id } of gone) await clearEnvelope(house, id);
  return gone.length;
}
