import type { EntityManager } from '@mikro-orm/core';
import { Router, type RouterContext } from '@koa/router';
import {
  pilesMarks,
  type BodyOf,
  type Endpoint,
  type ParamsOf,
  type QueryOf,
  type Refusal,
  type ReplyOf,
} from '@xinbiao/contracts/kernel';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Actor, House } from './house.ts';
import { Refused } from './refused.ts';

export type State = { house: House; em: EntityManager; actor: Actor | null; lang: 'zh' | 'en' };
export type Context = RouterContext<State>;

/** The answer is a PDF that opens in the reader's own window. */
export const asPdf = (ctx: Context, name: string, cache: 'no-cache' | 'private, no-store'): void =>
  ctx.set({
    'content-type': 'application/pdf',
    'content-disposition': `inline; filename*=UTF-8''${encodeURIComponent(name)}.pdf`,
    'cache-control': cache,
  });

type ActorOf<E> = E extends { access: 'public' } ? Actor | null : Actor;

/** One call of an operation: checked input, who, when (one `now` per call), and what to work with. */
export type Call<E> = {
  readonly params: ParamsOf<E>;
  readonly query: QueryOf<E>;
  readonly body: BodyOf<E>;
  readonly actor: ActorOf<E>;
  readonly now: Date;
  readonly em: EntityManager;
  readonly house: House;
  /** For what the contract cannot say: streams in, streams out, headers. */
  readonly ctx: Context;
};

/** What a handler gives back: the reply, bytes as a stream, or nothing where it writes the stream itself. */
type Answer<E> =
  ReplyOf<E> extends Uint8Array ? Uint8Array | Readable : E extends { wire: { reply: 'events' } } ? void : ReplyOf<E>;

/** Every endpoint that is served, by method and path; a test compares them with the contracts. */
const served = new WeakMap<Router<State>, Endpoint[]>();
export const servedBy = (router: Router<State>): readonly Endpoint[] => served.get(router) ?? [];

/** At most this much JSON is read: a manifest of 1 MiB as text in JSON, with room. */
const jsonLimit = 8 * 1024 * 1024;

/** Serves an operation: right, input, work, output. A field that the contract does not name cannot leave. */
export function serve<E extends Endpoint>(
  router: Router<State>,
  endpoint: E,
  handle: (call: Call<E>) => Promise<Answer<E>>,
): void {
  served.set(router, [...(served.get(router) ?? []), endpoint]);
  router.register(endpoint.path, [endpoint.method], async (ctx) => {
    const { house, em, actor } = ctx.state;
    if (endpoint.access !== 'public') {
      if (!actor) throw new Refused([{ code: 'auth.not-signed-in' }]);
      if (endpoint.access !== 'signed-in' && !actor.scopes.includes(endpoint.access))
        throw new Refused([{ code: 'auth.not-allowed' }]);
    }
    // No name, word or cursor holds the character that ends a text in C; databases stumble over it.
    if (ctx.url.includes('%00')) throw new Refused([{ code: 'request.malformed' }]);
    const rawBody = endpoint.wire?.body === 'bytes';
    if (rawBody && !ctx.is(endpoint.wire?.bodyType ?? 'application/octet-stream'))
      throw new Refused([{ code: 'request.wrong-type' }]);
    const params = endpoint.params?.safeParse(ctx['params']);
    const query = endpoint.query?.safeParse(ctx.query);
    const body = rawBody ? undefined : endpoint.body?.safeParse(await readJson(ctx.req, ctx.is('json') !== false));
    const refusals = [params, query, body].flatMap((parsed) =>
      parsed?.success === false ? malformed(parsed.error) : [],
    );
    if (refusals.length > 0) throw new Refused(refusals.slice(0, 20));
    const call = {
      params: params?.data,
      query: query?.data,
      body: body?.data,
      actor,
      now: house.clock.now(),
      em,
      house,
      ctx,
    } as unknown as Call<E>;
    const reply: unknown = await handle(call);
    // The handler has taken the socket or set the body itself.
    if (ctx.respond === false || endpoint.wire?.reply === 'events') return;
    if (endpoint.wire?.reply === 'bytes') {
      if (!ctx.response.get('content-type')) ctx.type = 'application/octet-stream';
      ctx.body = reply instanceof Uint8Array ? Buffer.from(reply.buffer, reply.byteOffset, reply.byteLength) : reply;
      return;
    }
    if (endpoint.wire?.reply === 'text') {
      if (!ctx.response.get('content-type')) ctx.type = 'text/plain; charset=utf-8';
      ctx.body = endpoint.reply.parse(reply);
      return;
    }
    if (!ctx.response.get('cache-control')) ctx.set('cache-control', 'no-store');
    ctx.body = endpoint.reply.parse(reply);
  });
}

/** What zod found, as refusals about fields; what was sent is never repeated. */
function malformed(error: z.ZodError): Refusal[] {
  return error.issues.map((issue) => {
    const field = issue.path.map(String).join('.');
    return { code: 'request.malformed', ...(field === '' ? {} : { field }) };
  });
}

/** A request's bytes, to be left off at any point: the way back to the sender stays open. */
export const bytesFrom = (request: IncomingMessage): AsyncIterable<Buffer> =>
  request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;

const mostRunOff = 128 * 1024 * 1024;
const longestRunOff = 30_000;

/** Lets what is still coming of a refused request run off, so that its sender gets to read why; whoever never ends is cut off. */
export function runOff(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  let left = mostRunOff;
  const end = setTimeout(() => request.destroy(), longestRunOff).unref();
  request
    .on('error', () => undefined)
    .on('close', () => {
      clearTimeout(end);
    });
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  request.resume();
}

/** JSON text as it will read: what is written as an escape counts like what is written out. */
const unescaped = (text: string): string =>
  text.includes('\\u')
    ? text.replaceAll(/\\u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : text;

async function readJson(request: IncomingMessage, isJson: boolean): Promise<unknown> {
  if (Number(request.headers['content-length'] ?? 0) > jsonLimit) throw new Refused([{ code: 'request.too-large' }]);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of bytesFrom(request)) {
    length += chunk.length;
    if (length > jsonLimit) throw new Refused([{ code: 'request.too-large' }]);
    chunks.push(chunk);
  }
  if (length === 0) return {};
  if (!isJson) throw new Refused([{ code: 'request.wrong-type' }]);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
    if (!text.includes('\\u0000') && !pilesMarks(unescaped(text))) return JSON.parse(text);
  } catch {
    // Falls through: whatever is wrong with it, it is not in the required form.
  }
  throw new Refused([{ code: 'request.malformed' }]);
}
