/** A file dropped on the home page, on its way to the check page; it stays in this window's memory. */
let handed: File | undefined;
export const handOver = (file: File): void => void (handed = file);
export function takeOver(): File | undefined {
  const file = handed;
  handed = undefined;
  return file;
}
