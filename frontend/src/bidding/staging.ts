/** Known to browsers, not yet to the types that a worker shares with the page. */
type Access = {
  readonly write: (bytes: Uint8Array<ArrayBuffer>, options: { readonly at: number }) => number;
  readonly truncate: (size: number) => void;
  readonly close: () => void;
};
type Handle = FileSystemFileHandle & { readonly createSyncAccessHandle: () => Promise<Access> };
type Slot = { readonly name: string; readonly handle: Handle; readonly access: Access };

/** A piece as it is sent; `sent` once nobody will ask for it again. */
export type Staged = { readonly body: Blob | Uint8Array<ArrayBuffer>; readonly sent: () => void };
export type Staging = {
  readonly stage: (bytes: Uint8Array<ArrayBuffer>) => Promise<Staged>;
  readonly end: () => Promise<void>;
};

const prefix = 'sealed-';

/**
 * Lays pieces of ciphertext in a few files of the browser's own, written over and over, and sends them from there:
 * what is sent from memory a browser copies and keeps until it next collects, a gigabyte of it for a gigabyte sent.
 * Where it has no such files, pieces are sent from memory all the same.
 */
export async function openStaging(): Promise<Staging> {
  const root = await storage();
  const slots: Slot[] = [];
  const free: Slot[] = [];
  let works = root !== undefined;

  async function slot(folder: FileSystemDirectoryHandle): Promise<Slot> {
    const name = `${prefix}${crypto.randomUUID()}`;
    const handle = (await folder.getFileHandle(name, { create: true })) as Handle;
    const made = { name, handle, access: await handle.createSyncAccessHandle() };
    slots.push(made);
    return made;
  }

  return {
    async stage(bytes) {
      const fromMemory = { body: bytes, sent: () => undefined };
      if (!root || !works) return fromMemory;
      try {
        const taken = free.pop() ?? (await slot(root));
        taken.access.truncate(bytes.length);
        const written = taken.access.write(bytes, { at: 0 });
        const body = await taken.handle.getFile();
        if (written !== bytes.length || body.size !== bytes.length) throw new Error('not written');
        return { body, sent: () => void free.push(taken) };
      } catch {
        // A full disk, or a browser that does not let a file be read while it is written to.
        works = false;
        return fromMemory;
      }
    },
    async end() {
      for (const { access, name } of slots.splice(0)) {
        access.close();
        await root?.removeEntry(name).catch(() => undefined);
      }
    },
  };
}

/** The browser's own files, cleared of what a closed tab left; what another tab writes to cannot be removed. */
async function storage(): Promise<FileSystemDirectoryHandle | undefined> {
  try {
    const root = await navigator.storage.getDirectory();
    const names: string[] = [];
    for await (const name of (root as unknown as { keys: () => AsyncIterable<string> }).keys())
      if (name.startsWith(prefix)) names.push(name);
    for (const name of names) await root.removeEntry(name).catch(() => undefined);
    return root;
  } catch {
    return undefined;
  }
}
