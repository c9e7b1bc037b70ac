import { handInReady } from './stage.ts';
import { createDeal, sealPart, sealPlan } from '@xinbiao/contracts/trust';
import { createCipheriv, randomBytes } from 'node:crypto';
import { madeUpFile } from '../play/bid.ts';
import { megabytes, rate, timed, type Figure } from './figure.ts';

const size = 256 * 1024 * 1024;

/** Sealing in Node against the raw cipher, and sealing with upload against uploading the same bytes as they are. */
export async function* sealingInNode(): AsyncGenerator<Figure> {
  const block = randomBytes(256 * 1024);
  const raw = await timed(async () => {
    for (let done = 0; done < size; done += block.length) {
      const cipher = createCipheriv('aes-256-gcm', randomBytes(32), randomBytes(12));
      cipher.update(block);
      cipher.final();
    }
  });
  yield { what: 'AES-256-GCM as Node does it, 256 KiB blocks', value: rate(megabytes(size, raw)) };

  const stage = await handInReady();
  try {
    const file = madeUpFile('图纸.bin', size);
    const part = { stage: 'open', name: 'technical', content: {}, files: [file] };
    const ctx = { ...stage.ctx, envelopeId: randomBytes(16).toString('hex') };
    const deal = await createDeal({ ctx, keyring: stage.keyring, dealSeed: new Uint8Array(randomBytes(32)) });
    const [plan] = sealPlan({ deal, parts: [part] });
    if (!plan) throw new Error('no plan');
    let sealed = 0;
    const seal = await timed(async () => {
      for await (const { bytes } of sealPart({ deal, plan, part, hashFiles: false })) sealed += bytes.length;
    });
    yield {
      what: 'sealing (chunks, pieces, piece hashes)',
      value: rate(megabytes(sealed, seal)),
      ratio: raw / seal,
      of: 'of the raw cipher',
    };

    const sealAndSend = await timed(() => stage.sealAndSend(file));
    const send = await timed(() => stage.sendPlain(file));
    yield { what: 'plain upload of as many bytes, piece by piece', value: rate(megabytes(size, send)) };
    yield {
      what: 'sealing and upload',
      value: rate(megabytes(size, sealAndSend)),
      ratio: send / sealAndSend,
      of: 'of plain upload',
    };
    yield {
      what: 'memory of server and client together, peak',
      value: `${Math.round(process.resourceUsage().maxRSS / 1024)} MB`,
    };
  } finally {
    await stage.close();
  }
}
