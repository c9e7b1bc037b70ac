import type { BodyInputOf, Endpoint, QueryInputOf, Refusal, ReplyOf } from '@xinbiao/contracts/kernel';
import type { z } from 'zod';

type ParamsInputOf<E> = E extends { params?: infer P extends z.ZodType } ? z.input<P> : undefined;
type Field<K extends string, T> = [T] extends [undefined]
  ? { readonly [P in K]?: undefined }
  : {} extends T
    ? { readonly [P in K]?: T }
    : { readonly [P in K]: T };
export type Inputs<E> = Field<'params', ParamsInputOf<E>> &
  Field<'query', QueryInputOf<E>> &
  Field<'body', BodyInputOf<E>> & { readonly raw?: Uint8Array };

/** A refusal as it arrives. */
export class Said extends Error {
  readonly status: number;
  readonly refusals: readonly (Refusal & { sentence: string; law?: string })[];
  constructor(status: number, text: string) {
    super(`${status} ${text}`);
    this.status = status;
    try {
      this.refusals = (JSON.parse(text) as { refusals?: Said['refusals'] }).refusals ?? [];
    } catch {
      this.refusals = [];
    }
  }
  get codes(): string[] {
    return this.refusals.map(({ code }) => code);
  }
}

/** Somebody at a keyboard: keeps cookies, calls operations over HTTP. */
export type Client = {
  readonly url: string;
  readonly cookie: () => string;
  /** Calls an operation; throws Said when refused. Bytes and texts come back as such. */
  readonly call: <E extends Endpoint>(
    endpoint: E,
    ...inputs: {} extends Inputs<E> ? [Inputs<E>?] : [Inputs<E>]
  ) => Promise<ReplyOf<E>>;
  /** The codes of the refusal; fails when there was none. */
  readonly refused: <E extends Endpoint>(
    endpoint: E,
    ...inputs: {} extends Inputs<E> ? [Inputs<E>?] : [Inputs<E>]
  ) => Promise<string[]>;
  /** A bare request, for hostile ones. */
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
};

export function addressOf(endpoint: Endpoint, inputs: { readonly params?: unknown; readonly query?: unknown }): string {
  const params = (inputs.params ?? {}) as Record<string, unknown>;
  const path = endpoint.path.replace(/([:*])(\w+)/g, (_, kind: string, name: string) => {
    const value = String(params[name] ?? '');
    return kind === '*' ? value : encodeURIComponent(value);
  });
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries((inputs.query ?? {}) as Record<string, unknown>))
    if (value !== undefined && value !== null) query.append(name, String(value));
  return `/api${path}${query.size > 0 ? `?${query}` : ''}`;
}

export function clientAt(url: string): Client {
  const jar = new Map<string, string>();
  const bare = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    if (jar.size > 0) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
    if (!headers.has('x-xinbiao')) headers.set('x-xinbiao', '1');
    const response = await fetch(url + path, { ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      const value = pair.slice(at + 1);
      if (value === '') jar.delete(pair.slice(0, at));
      else jar.set(pair.slice(0, at), value);
    }
    return response;
  };
  const call = async (
    endpoint: Endpoint,
    inputs: { params?: unknown; query?: unknown; body?: unknown; raw?: Uint8Array } = {},
  ): Promise<unknown> => {
    const raw = inputs.raw === undefined ? undefined : new Uint8Array(inputs.raw);
    const response = await bare(addressOf(endpoint, inputs), {
      method: endpoint.method,
      headers: raw
        ? { 'content-type': 'application/octet-stream' }
        : inputs.body === undefined
          ? {}
          : { 'content-type': 'application/json' },
      ...(raw ? { body: raw } : inputs.body === undefined ? {} : { body: JSON.stringify(inputs.body) }),
    });
    if (!response.ok) throw new Said(response.status, await response.text());
    if (endpoint.wire?.reply === 'bytes') return new Uint8Array(await response.arrayBuffer());
    if (endpoint.wire?.reply === 'text') return response.text();
    return response.json();
  };
  return {
    url,
    cookie: () => [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
    fetch: bare,
    call: call as Client['call'],
    refused: (async (endpoint: Endpoint, inputs: object = {}) => {
      try {
        await call(endpoint, inputs);
      } catch (fault) {
        if (fault instanceof Said) return fault.codes;
        throw fault;
      }
      throw new Error(`${endpoint.method} ${endpoint.path} was not refused`);
    }) as Client['refused'],
  };
}
