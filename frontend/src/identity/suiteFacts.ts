import { chunkedKey, encryptChunked, suites, suiteNames, type SuiteName } from '@xinbiao/contracts/trust';

/** How fast this browser seals in a suite, and what that means for the size of a bid. */
export type SuiteFact = {
  readonly name: SuiteName;
  /** Millions of bytes a second. */
  readonly speed: number;
  /** Bytes that are sealed in about two minutes: more than that tries people's patience. */
  readonly recommended: number;
};

const patience = 120;
const million = 1_000_000;
const piece = 256 * 1024;
let measured: Promise<readonly SuiteFact[]> | undefined;

/**
 * Seals zeros in each suite for half a second, in this very browser, and says how much it was. Once a page; gives way
 * to the page in between, so that nothing freezes.
 */
export const suiteFacts = (): Promise<readonly SuiteFact[]> => (measured ??= measure());

async function measure(): Promise<readonly SuiteFact[]> {
  const facts: SuiteFact[] = [];
  for (const name of suiteNames) facts.push(await measureOne(name));
  return facts;
}

async function measureOne(name: SuiteName): Promise<SuiteFact> {
  const key = await chunkedKey(new Uint8Array(32), new Uint8Array(24), new Uint8Array(), suites[name]);
  const started = performance.now();
  let sealed = 0;
  const source = async function* () {
    const zeros = new Uint8Array(piece);
    while (performance.now() - started < 500) {
      yield zeros;
      await new Promise((resolve) => {
        setTimeout(resolve);
      });
    }
  };
  for await (const bytes of encryptChunked(key, source())) sealed += bytes.length;
  const speed = sealed / million / ((performance.now() - started) / 1000);
  return { name, speed, recommended: roundDown(speed * million * patience) };
}

/** Two digits are all that such a guess deserves. */
function roundDown(bytes: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(bytes)) - 1);
  return Math.floor(bytes / step) * step;
}
