import { sealEnvelope, createDeal } from '@xinbiao/contracts/trust';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { aContext, aGroup, aKeyring } from '../../contracts/src/trust/envelope/example.ts';
import { madeUpFile } from '../play/bid.ts';
import type { Figure } from './figure.ts';

const mebibyte = 1024 * 1024;

/** Peak memory of a process that seals a small file, and of one that seals a file eight times as large. */
// oxlint-disable-next-line require-await
export async function* memoryOfSealing(): AsyncGenerator<Figure> {
  const peak = (size: number): number =>
    Number(execFileSync(process.execPath, [import.meta.filename, `${size * mebibyte}`], { encoding: 'utf8' }));
  const small = peak(64);
  const large = peak(512);
  yield { what: 'sealing 64 MiB, peak memory of the process', value: `${Math.round(small / 1024)} MB` };
  yield {
    what: 'sealing 512 MiB',
    value: `${Math.round(large / 1024)} MB`,
    ratio: large / small,
    of: 'of the memory for 64 MiB',
  };
}

async function seal(size: number): Promise<void> {
  const keyring = aKeyring([await aGroup('purchaser', 1, 2), await aGroup('independent', 1, 2)]);
  const deal = await createDeal({ ctx: aContext(keyring), keyring, dealSeed: new Uint8Array(randomBytes(32)) });
  const parts = [{ stage: 'open', name: 'technical', content: {}, files: [madeUpFile('图纸.bin', size)] }];
  await sealEnvelope(
    { deal, parts, client: { bundleSha256: null, version: 'bench' } },
    { inFlight: 3, reuse: true, deliver: () => Promise.resolve() },
  );
  process.stdout.write(`${process.resourceUsage().maxRSS}`);
}

if (import.meta.main) await seal(Number(process.argv[2]));
