/** Up to here a file is hashed at once by the browser itself; larger ones in pieces, so that memory stays small. */
const atOnce = 64 * 1024 * 1024;

/** SHA-256 of a file of any size; the file stays where it is. */
export async function fileHash(file: Blob, progress?: (done: number) => void): Promise<string> {
  if (file.size <= atOnce) {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
    return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  }
  const { createSHA256 } = await import('hash-wasm');
  const hash = await createSHA256();
  const reader = file.stream().getReader();
  let read = 0;
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    hash.update(piece.value);
    read += piece.value.length;
    progress?.(read);
  }
  return hash.digest('hex');
}
