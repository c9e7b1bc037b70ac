/** One figure: what was measured, what came out, and its ratio to another thing measured in the same run. */
export type Figure = { readonly what: string; readonly value: string; readonly ratio?: number; readonly of?: string };
export type Bench = () => AsyncIterable<Figure>;

export const megabytes = (bytes: number, milliseconds: number): number => bytes / 1e6 / (milliseconds / 1000);
export const rate = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} MB/s`;

/** Milliseconds that the work took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** The middle of several measurements. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
