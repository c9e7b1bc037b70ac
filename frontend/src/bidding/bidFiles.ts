import { readLibraryFile } from '@xinbiao/contracts/registry';
import { inject, shallowReactive, type InjectionKey, type Ref } from 'vue';
import { call } from '../app/index.ts';
import { archiveNameFor, type DraftFile, type FileOrigin, type OfferDraft } from './offerDraft.ts';

/** The files of the bid being written: the list stays in the draft, the bytes only in this window. */
export function useBidFiles(
  draft: Ref<OfferDraft>,
  /** Told of every file whose bytes are at hand. */
  told: (file: { readonly name: string; readonly blob: Blob }) => void = () => undefined,
) {
  const blobs = shallowReactive(new Map<string, Blob>());
  const keep = (name: string, blob: Blob): void => {
    blobs.set(name, blob);
    told({ name, blob });
  };

  function add(blob: Blob, name: string, origin: FileOrigin = { kind: 'chosen' }): string {
    // The same file chosen after a reload takes its old place, so that what refers to it still does.
    const awaited = draft.value.files.find((file) => file.name === name && !blobs.has(name));
    const given = awaited
      ? name
      : archiveNameFor(
          name,
          draft.value.files.map((file) => file.name),
        );
    const entry: DraftFile = { name: given, size: blob.size, origin };
    draft.value.files = awaited
      ? draft.value.files.map((file) => (file.name === name ? entry : file))
      : [...draft.value.files, entry];
    keep(given, blob);
    return given;
  }
  function remove(name: string): void {
    blobs.delete(name);
    draft.value.files = draft.value.files.filter((file) => file.name !== name);
    for (const claim of [...Object.values(draft.value.objective), ...Object.values(draft.value.qualifications)])
      if (claim.file === name) claim.file = '';
  }
  /** Fetches again what came from the library; what was chosen by hand has to be chosen again. */
  async function refetch(): Promise<void> {
    for (const { name, origin } of draft.value.files) {
      if (blobs.has(name) || origin.kind !== 'library') continue;
      const blob = await libraryBlob(origin);
      if (blob) keep(name, blob);
    }
  }
  return {
    blobs,
    keep,
    add,
    remove,
    refetch,
    blobOf: (name: string): Blob | undefined => blobs.get(name),
    missing: (): string[] => draft.value.files.filter(({ name }) => !blobs.has(name)).map(({ name }) => name),
  };
}
export type BidFiles = ReturnType<typeof useBidFiles>;

/** A file of the company's own library; undefined when it cannot be had. */
export async function libraryBlob({
  itemId,
  fileId,
}: {
  readonly itemId: string;
  readonly fileId: string;
}): Promise<Blob | undefined> {
  const answer = await call(readLibraryFile, { params: { id: itemId, fileId } });
  return answer.ok ? new Blob([new Uint8Array(answer.value)]) : undefined;
}

export const bidFilesKey: InjectionKey<BidFiles> = Symbol('bid files');
export function useFilesOfBid(): BidFiles {
  const files = inject(bidFilesKey);
  if (!files) throw new Error('no bid here');
  return files;
}
