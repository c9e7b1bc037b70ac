import { instantText } from '@xinbiao/contracts/kernel';
import { EventEmitter } from 'node:events';
import type { Context } from '../platform/index.ts';

declare module '../platform/house.ts' {
  interface House {
    /** Where everybody who watches a lot is told that something happened to it. */
    readonly hall: Hall;
  }
}

const heartbeat = 20_000;
/** What may happen to a lot while people watch. */
export type News = 'closed' | 'failed' | 'released' | 'opened' | 'remark' | 'moved';

/** Tells those who watch a lot that it has changed; what changed they read from its pages. */
export class Hall {
  readonly #bell = new EventEmitter().setMaxListeners(0);

  /** Call it after the transaction has committed. */
  tell(lotId: string, kind: News, at: Date): void {
    this.#bell.emit(lotId, { kind, at: instantText(at) });
  }

  /** Takes over the answer as a stream of events until the visitor leaves. */
  watch(ctx: Context, lotId: string): void {
    const { req, res } = ctx;
    ctx.respond = false;
    res.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    res.write(': here\n\n');
    const listen = (event: { readonly kind: News; readonly at: string }): void =>
      void res.write(`event: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`);
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
