import {
  partContents,
  PriceOffer,
  TechnicalOffer,
  type EnvelopeFolder,
  type FolderFile,
  type SealingFactsFile,
} from '@xinbiao/contracts/bidding';
import { isArchiveName, type FileSource, type Json, type PartContent } from '@xinbiao/contracts/trust';
import { createReadStream } from 'node:fs';
import { open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';

/** Something in the bidder's folder that cannot be sealed as it is; the message says what to do about it. */
export class Unfit extends Error {}

/** What the bid says; everything else in the folder goes into the technical part under its own name. */
export const contentFiles = { price: 'price.json', technical: 'technical.json' } as const;

/** A bid folder as the parts of an envelope. Throws Unfit where something cannot be sealed. */
export async function readBidFolder(
  folder: string,
  facts: Pick<SealingFactsFile, 'stages' | 'ctx' | 'bidder'>,
): Promise<PartContent[]> {
  const { lotId } = facts.ctx;
  const price = await readContent(folder, contentFiles.price, PriceOffer, { v: 'xinbiao/offer-price/v1', lotId });
  const technical = await readContent(folder, contentFiles.technical, TechnicalOffer, {
    v: 'xinbiao/offer/v1',
    lotId,
    bidder: facts.bidder,
  });
  return partContents(facts.stages, { price, technical }, await filesIn(folder));
}

async function readContent<T extends Json>(
  folder: string,
  name: string,
  schema: z.ZodType<T>,
  given: Record<string, Json>,
): Promise<T> {
  const path = join(folder, name);
  const text = await readFile(path, 'utf8').catch(() => {
    throw new Unfit(`没有 ${name}。 There is no ${name} in the folder; --template writes one to fill in.`);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Unfit(`${name} 不是 JSON。 ${name} is not JSON.`);
  }
  const read = schema.safeParse({ ...given, ...(value as object) });
  if (read.success) return read.data;
  const wrong = read.error.issues.map(({ path: at, message }) => `${at.join('.') || name}: ${message}`);
  throw new Unfit([`${name} 有误。 ${name} is not as the form asks:`, ...wrong].join('\n  '));
}

/** Every file of a bid but its contents, in one order; names are as they will stand in the archive. */
async function filesIn(folder: string): Promise<FileSource[]> {
  const found: FileSource[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path
      .slice(folder.replace(/\/+$/, '').length + 1)
      .replaceAll('\\', '/')
      .normalize('NFC');
    if (name === contentFiles.price || name === contentFiles.technical || entry.name === '.DS_Store') continue;
    if (!entry.isFile()) throw new Unfit(`${name} 不是普通文件。 ${name} is not an ordinary file.`);
    if (!isArchiveName(name)) throw new Unfit(`文件名不能用：${name}。 This name cannot be sealed: ${name}.`);
    found.push(fileOnDisk(path, name, (await stat(path)).size));
  }
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** A file that is read as it is sealed, never whole. */
export const fileOnDisk = (path: string, name: string, size: number): FileSource => ({
  name,
  size,
  stream: (from) => (from < size ? createReadStream(path, { start: from, highWaterMark: 1024 * 1024 }) : empty()),
});
// oxlint-disable-next-line require-await
async function* empty(): AsyncGenerator<Uint8Array> {
  // A stream that begins at the end of a file gives nothing.
}

/** Writes contents to fill in, as the notice's form asks for them. */
export async function writeTemplate(folder: string, { form }: SealingFactsFile): Promise<string[]> {
  const price = {
    price: '',
    deliveryDays: form.deliveryDays,
    validityDays: form.validityDays,
    projectLead: '',
    note: '',
  };
  const technical = {
    consortium: [],
    contact: { name: '', phone: '', email: '' },
    deliveryPlace: form.deliveryPlace,
    warrantyMonths: 12,
    lines: [],
    objective: form.objective.map(({ id, options }) => ({
      item: id,
      option: options[0]?.id ?? '',
      note: '',
      file: null,
    })),
    qualifications: form.qualifications.map(({ id }) => ({ id, statement: '', file: null })),
    deviations: [],
    declarations: { truthful: true, independent: true, qualified: true },
    summary: '',
  };
  const written: string[] = [];
  for (const [name, value] of [
    [contentFiles.price, price],
    [contentFiles.technical, technical],
  ] as const) {
    await writeFile(join(folder, name), `${JSON.stringify(value, null, 2)}\n`, { flag: 'wx' }).then(
      () => written.push(name),
      () => undefined,
    );
  }
  return written;
}

/** The files of an envelope's folder, for `readEnvelopeFolder`. */
export async function envelopeFilesIn(folder: string): Promise<FolderFile[]> {
  const { size, isFile } = await stat(folder).then((found) => ({ size: found.size, isFile: found.isFile() }));
  if (isFile) return [onDisk(folder, folder, size)];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        return onDisk(
          path,
          path.slice(folder.replace(/\/+$/, '').length + 1).replaceAll('\\', '/'),
          (await stat(path)).size,
        );
      }),
  );
}

const onDisk = (file: string, path: string, size: number): FolderFile => ({
  path,
  size,
  async read(offset, length) {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
    const handle = await open(file);
    try {
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, offset);
      return bytes.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  },
});

export type { EnvelopeFolder };
