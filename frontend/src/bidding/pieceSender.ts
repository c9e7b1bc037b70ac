import { listPieces, putPiece } from '@xinbiao/contracts/bidding';
import { addressOf, callOver, mayPass, type Said } from '../app/api.ts';

/** Which envelope, and the language in which refusals are said. */
export type Line = { readonly envelopeId: string; readonly lang: 'zh-CN' | 'en' };

/** It did not arrive, but may next time. */
export class Interrupted extends Error {
  readonly why: 'network' | 'paused';
  constructor(why: 'network' | 'paused') {
    super(why);
    this.why = why;
  }
}

/** The server said no. */
export class Refused extends Error {
  readonly status: number;
  readonly refusals: readonly Said[];
  constructor(status: number, refusals: readonly Said[]) {
    super(refusals[0]?.code ?? 'refused');
    this.status = status;
    this.refusals = refusals;
  }
}

/** Hashes of the pieces that have arrived whole. */
export async function presentPieces({ envelopeId, lang }: Line): Promise<Set<string>> {
  const answer = await callOver({ origin: '', lang }, listPieces, { params: { envelopeId } });
  if (answer.ok) return new Set(answer.value.pieces.map(({ sha256 }) => sha256));
  if (mayPass(answer.status)) throw new Interrupted('network');
  throw new Refused(answer.status, answer.refusals);
}

/** Without a byte for this long the connection counts as lost. */
const silence = 60_000;

type Piece = {
  readonly sha256: string;
  readonly body: Blob | Uint8Array<ArrayBuffer>;
  readonly signal: AbortSignal;
};

/** Sends a piece and tells how many of its bytes have left; XMLHttpRequest, because fetch does not tell. */
export function pieceSender({
  envelopeId,
  lang,
}: Line): (piece: Piece, told: (bytes: number) => void) => Promise<void> {
  return ({ sha256, body, signal }, told) =>
    new Promise((resolve, reject) => {
      const size = body instanceof Blob ? body.size : body.length;
      if (signal.aborted) return reject(new Interrupted('paused'));
      const request = new XMLHttpRequest();
      request.open(putPiece.method, addressOf(putPiece, { params: { envelopeId, sha256 } }));
      request.setRequestHeader('x-xinbiao', '1');
      request.setRequestHeader('content-type', 'application/octet-stream');
      request.setRequestHeader('accept-language', lang);
      const lost = () => {
        request.abort();
        reject(new Interrupted('network'));
      };
      let watch = setTimeout(lost, silence);
      const stir = () => {
        clearTimeout(watch);
        watch = setTimeout(lost, silence);
      };
      const paused = () => {
        request.abort();
        reject(new Interrupted('paused'));
      };
      signal.addEventListener('abort', paused);
      const settle = () => {
        clearTimeout(watch);
        signal.removeEventListener('abort', paused);
      };
      request.upload.addEventListener('progress', ({ loaded }) => {
        stir();
        told(Math.min(loaded, size));
      });
      request.addEventListener('loadend', settle);
      request.addEventListener('error', () => reject(new Interrupted('network')));
      request.addEventListener('load', () => {
        if (request.status >= 200 && request.status < 300) {
          told(size);
          return resolve();
        }
        reject(
          mayPass(request.status)
            ? new Interrupted('network')
            : new Refused(request.status, refusalsIn(request.responseText)),
        );
      });
      request.send(body);
    });
}

function refusalsIn(text: string): readonly Said[] {
  try {
    return (JSON.parse(text) as { refusals?: Said[] }).refusals ?? [];
  } catch {
    return [];
  }
}
