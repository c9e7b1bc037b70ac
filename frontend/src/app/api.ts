import type { BodyInputOf, CodeOf, Endpoint, QueryInputOf, RefusalTable, ReplyOf } from '@xinbiao/contracts/kernel';
import type { z } from 'zod';
import type { Lang } from '../locales/index.ts';

type Given<K extends string, T> = [T] extends [undefined]
  ? { readonly [P in K]?: undefined }
  : {} extends T
    ? { readonly [P in K]?: T }
    : { readonly [P in K]: T };
type ParamsInputOf<E> = E extends { params?: infer P extends z.ZodType } ? z.input<P> : undefined;

/** What an endpoint wants to be called with. `raw` is the body of those that take bytes. */
export type Inputs<E> = Given<'params', ParamsInputOf<E>> &
  Given<'query', QueryInputOf<E>> &
  Given<'body', BodyInputOf<E>> & { readonly raw?: Blob | Uint8Array<ArrayBuffer>; readonly signal?: AbortSignal };

/** Refusals that any call may meet. */
export type CommonCode =
  | 'auth.not-signed-in'
  | 'auth.not-allowed'
  | 'request.malformed'
  | 'network.unreachable'
  | 'platform.fault';

/** A refusal as the server says it: a code for support, the sentence for people. */
export type Said<Code extends string = string> = {
  readonly code: Code | CommonCode;
  readonly field?: string;
  readonly sentence: string;
  readonly law?: string;
  readonly facts?: Readonly<Record<string, string | number>>;
};

/** The refusals that this operation declares. */
export type OwnCode<E> = Extract<CodeOf<E>, string>;

export type Answer<E> =
  | { readonly ok: true; readonly value: ReplyOf<E> }
  | {
      readonly ok: false;
      readonly status: number;
      readonly refusals: readonly Said<OwnCode<E>>[];
      readonly incident?: string;
    };

/** Where calls go and in whose name: the page's own origin, or, on the server, an address and the visitor's cookies. */
export type Line = {
  readonly origin: string;
  readonly lang: Lang;
  readonly headers?: Readonly<Record<string, string>>;
  readonly fetch?: typeof fetch;
};

/** What the page itself has to say when no server answers. */
export const networkRefusals = {
  'network.unreachable': {
    status: 503,
    zh: '连不上服务器。请检查网络后再试；已填的内容还在。',
    en: 'The server cannot be reached. Check the network and try again; what you typed is still here.',
  },
  'platform.fault': {
    status: 503,
    zh: '平台出了故障，这一步没有完成。请稍后再试。',
    en: 'The platform failed and this step was not done. Please try again later.',
  },
} as const satisfies RefusalTable;

/** The address of an operation with its parameters in place. */
export function addressOf(endpoint: Endpoint, inputs: { readonly params?: unknown; readonly query?: unknown }): string {
  const params = (inputs.params ?? {}) as Readonly<Record<string, unknown>>;
  const path = endpoint.path.replace(/([:*])(\w+)/g, (_, kind: string, name: string) => {
    const value = String(params[name] ?? '');
    // A wildcard keeps its slashes: it is a path below a path.
    return kind === '*' ? value.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(value);
  });
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries((inputs.query ?? {}) as Readonly<Record<string, unknown>>)) {
    if (value === undefined || value === null || value === '') continue;
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  }
  const text = query.toString();
  return `/api${path}${text === '' ? '' : `?${text}`}`;
}

/** Sends a request and gives the bare response; undefined when no server answered. */
async function request(line: Line, endpoint: Endpoint, inputs: Inputs<Endpoint>): Promise<Response | undefined> {
  const { method, wire } = endpoint;
  const headers: Record<string, string> = {
    accept: wire?.reply === undefined ? 'application/json' : '*/*',
    'accept-language': line.lang,
    ...line.headers,
  };
  // Another site's form cannot set a header: this is what tells our own writes from forged ones.
  if (method !== 'GET') headers['x-xinbiao'] = '1';
  let body: BodyInit | undefined;
  if (inputs.raw !== undefined) {
    headers['content-type'] = 'application/octet-stream';
    body = inputs.raw;
  } else if (inputs.body !== undefined) {
    headers['content-type'] = 'application/json';
    body = JSON.stringify(inputs.body);
  }
  try {
    return await (line.fetch ?? fetch)(line.origin + addressOf(endpoint, inputs), {
      method,
      headers,
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body }),
      ...(inputs.signal === undefined ? {} : { signal: inputs.signal }),
    });
  } catch {
    return undefined;
  }
}

type Refusal = Extract<Answer<never>, { ok: false }>;

const unreachable = (lang: Lang, code: keyof typeof networkRefusals, status: number): Refusal => ({
  ok: false,
  status,
  refusals: [{ code, sentence: networkRefusals[code][lang === 'en' ? 'en' : 'zh'] }],
});

async function refusalOf(response: Response, lang: Lang): Promise<Refusal> {
  const said = (await response.json().catch(() => undefined)) as
    | { refusals?: Said<never>[]; incident?: string; title?: string }
    | undefined;
  if (said?.refusals === undefined || said.refusals.length === 0) {
    const { refusals } = unreachable(lang, 'platform.fault', response.status);
    const told = said?.title ? [{ code: 'platform.fault' as const, sentence: said.title }] : refusals;
    return {
      ok: false,
      status: response.status,
      refusals: told,
      ...(said?.incident === undefined ? {} : { incident: said.incident }),
    };
  }
  return {
    ok: false,
    status: response.status,
    refusals: said.refusals,
    ...(said.incident === undefined ? {} : { incident: said.incident }),
  };
}

/** Calls an operation over a line. Never throws: what goes wrong is an answer with refusals. */
export async function callOver<E extends Endpoint>(line: Line, endpoint: E, inputs: Inputs<E>): Promise<Answer<E>> {
  const response = await request(line, endpoint, inputs as Inputs<Endpoint>);
  if (response === undefined) return unreachable(line.lang, 'network.unreachable', 0);
  if (!response.ok) return refusalOf(response, line.lang);
  try {
    const reply = endpoint.wire?.reply;
    let value: unknown;
    if (reply === 'text') value = await response.text();
    else if (reply === 'bytes') value = new Uint8Array(await response.arrayBuffer());
    else value = response.status === 204 ? {} : await response.json();
    return { ok: true, value: value as ReplyOf<E> };
  } catch {
    return unreachable(line.lang, 'network.unreachable', 0);
  }
}

/** The browser's own line: same origin, the page's language. */
export const browserLine = (): Line => ({ origin: '', lang: document.documentElement.lang === 'en' ? 'en' : 'zh-CN' });

let whenSignedOut: () => void = () => undefined;
/** Names what happens when the server no longer knows who is calling. */
export function onSignedOut(then: () => void): void {
  whenSignedOut = then;
}

/** Calls an operation from the browser. Pages that also render on the server read through `useAsk` instead. */
export async function call<E extends Endpoint>(
  endpoint: E,
  ...[inputs]: {} extends Inputs<E> ? [inputs?: Inputs<E>] : [inputs: Inputs<E>]
): Promise<Answer<E>> {
  const answer = await callOver(browserLine(), endpoint, (inputs ?? {}) as Inputs<E>);
  if (!answer.ok && answer.refusals.some(({ code }) => code === 'auth.not-signed-in')) whenSignedOut();
  return answer;
}

/** Opens a stream or a file by an endpoint: the address to give to `<a href>`, `<img>` or EventSource. */
export function urlOf<E extends Endpoint>(
  endpoint: E,
  ...[inputs]: {} extends Inputs<E> ? [inputs?: Inputs<E>] : [inputs: Inputs<E>]
): string {
  return addressOf(endpoint, (inputs ?? {}) as { params?: unknown; query?: unknown });
}

/** Busy, restarting or cut off in between: asking again can help. */
export const mayPass = (status: number): boolean =>
  status === 0 || status === 408 || status === 425 || status === 429 || status >= 500;
