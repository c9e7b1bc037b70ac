import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';
import { AsyncLocalStorage } from 'node:async_hooks';
import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { uuid7 } from '@xinbiao/contracts/kernel';
import { randomBytes, randomUUID } from 'node:crypto';
import type Koa from 'koa';
import type { Actor, House } from './house.ts';
import { StoredFile } from './setting.entity.ts';
import type { State } from './http.ts';

const maxSize = 5 * 1024 ** 3;
/** tus reads an error's status and body from a thrown object of this form. */
const tusError = (status: number, code: string) =>
  Object.assign(new Error(code), { status_code: status, body: `${code}\n` });

/** A name that people may give a file: no path, no control or direction characters, at most 200 characters. */
export const isFileName = (name: string): boolean =>
  name.length > 0 &&
  name.length <= 200 &&
  name === name.normalize('NFC') &&
  name !== '.' &&
  name !== '..' &&
  !/[\u0000-\u001f\u007f/\\:*?"<>|\u202a-\u202e\u2066-\u2069]/u.test(name);

const isUploadId = (id: string): boolean => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);

/** Resumable uploads after tus 1.0 at `/api/files`. A finished one is a StoredFile whose id is the upload's. */
export async function openUploads(house: House): Promise<Koa.Middleware<State>> {
  const folder = join(house.config.folder, 'uploads');
  const caller = new AsyncLocalStorage<Actor>();
  const tus = new Server({
    path: '/api/files',
    relativeLocation: true,
    maxSize,
    datastore: new FileStore({ directory: folder }),
    namingFunction: () => randomUUID(),
    onUploadCreate: async (_request, upload) => {
      const actor = caller.getStore();
      const name = (upload.metadata?.['filename'] ?? '').normalize('NFC');
      if (!actor) throw tusError(401, 'auth.not-signed-in');
      if (!isFileName(name)) throw tusError(400, 'file.bad-name');
      return {
        metadata: {
          filename: name,
          filetype: (upload.metadata?.['filetype'] ?? '').slice(0, 120),
          owner: actor.personId,
        },
      };
    },
    onIncomingRequest: async (request, uploadId) => {
      const actor = caller.getStore();
      if (!actor) throw tusError(401, 'auth.not-signed-in');
      // Where one begins, the id is a fresh one.
      if (/^\/api\/files\/?$/.test(new URL(request.url).pathname)) return;
      // A sidecar has a name too: only what is an upload itself may be asked for, or removed.
      const upload = isUploadId(uploadId) ? await tus.datastore.getUpload(uploadId).catch(() => undefined) : undefined;
      if (upload?.metadata?.['owner'] !== actor.personId) throw tusError(404, 'file.unknown');
    },
    onUploadFinish: async (_request, upload) => {
      const file = join(folder, upload.id);
      const { sha256, size } = await house.storage.put(createReadStream(file, { highWaterMark: 1024 * 1024 }));
      const em = house.fork();
      if ((await em.count(StoredFile, { id: upload.id })) === 0)
        await em.insert(StoredFile, {
          id: upload.id,
          ownerPersonId: upload.metadata?.['owner'] ?? '',
          name: upload.metadata?.['filename'] ?? '',
          size,
          sha256,
          contentType: upload.metadata?.['filetype'] || 'application/octet-stream',
          storedAt: house.clock.real(),
        });
      // The bytes live in the store now; the sidecar stays so that a client asking again learns it is done.
      await rm(file, { force: true });
      return { headers: { 'x-file-id': upload.id, 'x-file-sha256': sha256 } };
    },
  });
  // The store makes its folder without waiting for it; by now both have.
  await mkdir(folder, { recursive: true });
  return async (ctx, next) => {
    if (!ctx.path.startsWith('/api/files')) return next();
    const { actor } = ctx.state;
    ctx.respond = false;
    ctx.res.statusCode = 200;
    await (actor ? caller.run(actor, () => tus.handle(ctx.req, ctx.res)) : tus.handle(ctx.req, ctx.res));
  };
}

/** A fresh id for a row that was born now. */
export const newId = (at: Date): string => uuid7(at, randomBytes(10));
