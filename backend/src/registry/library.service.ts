import type { EntityManager } from '@mikro-orm/core';
import { dayAt, instantText } from '@xinbiao/contracts/kernel';
import type { LibraryContent, LibraryItem as LibraryItemView } from '@xinbiao/contracts/registry';
import { Seat } from '../identity/index.ts';
import { newId, Refused, StoredFile, transact, type Actor } from '../platform/index.ts';
import { LibraryItem, type AttachedFile } from './registry.entity.ts';

type Work = { readonly em: EntityManager; readonly actor: Actor; readonly now: Date };
type Body = { readonly content: LibraryContent; readonly fileIds: readonly string[] };

const organisationIdOf = (actor: Actor): string => {
  if (actor.organisationId === null) throw new Refused([{ code: 'library.unknown' }]);
  return actor.organisationId;
};

/** Finished uploads by ids, each sent by somebody who has a seat in the organisation; whoever was only invited has not joined it. */
export async function filesOf(
  em: EntityManager,
  organisationId: string,
  fileIds: readonly string[],
): Promise<AttachedFile[] | undefined> {
  const wanted = [...new Set(fileIds)];
  const files = new Map(
    (await em.find(StoredFile, { id: { $in: wanted } }, { disableIdentityMap: true })).map((file) => [file.id, file]),
  );
  const owners = [...new Set([...files.values()].map(({ ownerPersonId }) => ownerPersonId))];
  const colleagues = new Set(
    (
      await em.find(
        Seat,
        { organisationId, personId: { $in: owners }, state: { $ne: 'invited' } },
        { disableIdentityMap: true },
      )
    ).map(({ personId }) => personId),
  );
  const found = wanted.flatMap((fileId) => {
    const file = files.get(fileId);
    return file && colleagues.has(file.ownerPersonId)
      ? [{ fileId, name: file.name, size: file.size, sha256: file.sha256 }]
      : [];
  });
  return found.length === wanted.length ? found : undefined;
}

/** Files newly attached are checked; those that were there stay, whoever sent them. */
async function attached(
  tx: EntityManager,
  organisationId: string,
  fileIds: readonly string[],
  before: readonly AttachedFile[] = [],
): Promise<AttachedFile[]> {
  const kept = before.filter(({ fileId }) => fileIds.includes(fileId));
  const fresh = await filesOf(
    tx,
    organisationId,
    fileIds.filter((id) => !kept.some(({ fileId }) => fileId === id)),
  );
  if (!fresh) throw new Refused([{ code: 'library.file-unknown', field: 'fileIds' }]);
  return [...kept, ...fresh];
}

export async function addItem({ em, actor, now }: Work, { content, fileIds }: Body): Promise<LibraryItem> {
  const organisationId = organisationIdOf(actor);
  return transact(em, async (tx) => {
    const files = await attached(tx, organisationId, fileIds);
    const item = tx.create(LibraryItem, {
      id: newId(now),
      organisationId,
      kind: content.kind,
      content,
      files,
      changedBy: actor.name,
      changedAt: now,
      version: 1,
    });
    await tx.flush();
    return item;
  });
}

export async function changeItem(
  { em, actor, now }: Work,
  id: string,
  { version, content, fileIds }: Body & { readonly version: number },
): Promise<LibraryItem> {
  const organisationId = organisationIdOf(actor);
  return transact(em, async (tx) => {
    const item = await ownItem(tx, actor, id);
    if (item.kind !== content.kind) throw new Refused([{ code: 'library.wrong-kind', field: 'content.kind' }]);
    const files = await attached(tx, organisationId, fileIds, item.files);
    const changed = await tx.nativeUpdate(
      LibraryItem,
      { id, version },
      { content, files, changedBy: actor.name, changedAt: now, version: version + 1 },
    );
    if (changed === 0) throw new Refused([{ code: 'library.changed-meanwhile' }]);
    return tx.refreshOrFail(item);
  });
}

export async function ownItem(em: EntityManager, actor: Actor, id: string): Promise<LibraryItem> {
  const item = await em.findOne(LibraryItem, { id, organisationId: organisationIdOf(actor) });
  if (!item) throw new Refused([{ code: 'library.unknown' }]);
  return item;
}

export async function removeItem({ em, actor }: Work, id: string): Promise<void> {
  const removed = await em.nativeDelete(LibraryItem, { id, organisationId: organisationIdOf(actor) });
  if (removed === 0) throw new Refused([{ code: 'library.unknown' }]);
}

export function itemView(item: LibraryItem, now: Date): LibraryItemView {
  const until = 'until' in item.content ? item.content.until : null;
  return {
    id: item.id,
    content: item.content,
    files: item.files,
    until,
    expired: until !== null && until < dayAt(now),
    changedAt: instantText(item.changedAt),
    changedBy: item.changedBy,
    version: item.version,
  };
}

/** The company's own library, for bids that draw on it. */
export async function libraryOf(
  em: EntityManager,
  organisationId: string,
  kind?: LibraryContent['kind'],
): Promise<LibraryItem[]> {
  return em.find(
    LibraryItem,
    { organisationId, ...(kind === undefined ? {} : { kind }) },
    { orderBy: { id: 'desc' }, disableIdentityMap: true },
  );
}
