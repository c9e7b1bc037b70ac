/** SHA-256 of a file of any size, read in pieces; the file stays where it is. */
export async function fileHash(file: Blob, progress?: (done: number) => void): Promise<string> {
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
