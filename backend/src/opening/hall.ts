import type { OpeningEvent } from '@xinbiao/contracts/opening';
import { instantText } from '@xinbiao/contracts/kernel';
import { EventEmitter } from 'node:events';
import type { Context } from '../platform/index.ts';

declare module '../platform/house.ts' {
  interface House {
    /** Where everybody who watches an opening is told that something happened. */
    readonly hall: Hall;
  }
}

const heartbeat = 20_000;

/** Tells those who watch a lot's opening that it has changed; what changed they read from the view. */
export class Hall {
  readonly #bell = new EventEmitter().setMaxListeners(0);

  /** Call it after the transaction has committed. */
  tell(lotId: string, kind: OpeningEvent['kind'], at: Date): void {
    this.#bell.emit(lotId, { kind, at: instantText(at) } satisfies OpeningEvent);
  }

  /** Takes over the answer as a stream of events until the visitor leaves. */
  watch(ctx: Context, lotId: string): void {
    const { req, res } = ctx;
    ctx.respond = false;
    res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    res.write(': here\n\n');
    const listen = (event: OpeningEvent): void => void res.write(`event: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`);
    // Proxies cut silent connections; the comment also finds out who has gone.
    const beat = setInterval(() => res.write(': beat\n\n'), heartbeat);
    beat.unref();
    this.#bell.on(lotId, listen);
    req.on('close', () => {
      clearInterval(beat);
      this.#bell.off(lotId, listen);
    });
  }
}
