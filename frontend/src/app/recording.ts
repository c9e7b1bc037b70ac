/** An answer as it came over the line; the body in base64. */
export type Recorded = { readonly path: string; readonly status: number; readonly type: string; readonly body: string };

/** Does something and keeps every answer that it got from the house, other than what is about the visitor. */
export async function recording<T>(work: () => Promise<T>): Promise<{ value: T; answers: Recorded[] }> {
  const { fetch: real } = globalThis;
  const answers = new Map<string, Promise<Recorded>>();
  globalThis.fetch = async (input, init) => {
    const response = await real(input, init);
    const path = typeof input === 'string' ? input : undefined;
    if (
      path?.startsWith('/api/') &&
      (init?.method ?? 'GET') === 'GET' &&
      !/^\/api\/(session|identity\/me)\b/.test(path)
    )
      answers.set(path, recorded(path, response.clone()));
    return response;
  };
  try {
    const value = await work();
    return { value, answers: await Promise.all(answers.values()) };
  } finally {
    globalThis.fetch = real;
  }
}

async function recorded(path: string, response: Response): Promise<Recorded> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  let binary = '';
  for (let at = 0; at < bytes.length; at += 32_768) binary += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return { path, status: response.status, type: response.headers.get('content-type') ?? '', body: btoa(binary) };
}

/** Answers from what was recorded; whatever was not is not to be had. Nothing leaves the page. */
export function replaying(answers: readonly Recorded[]): typeof fetch {
  const kept = new Map(answers.map((answer) => [answer.path, answer]));
  return async (input) => {
    const found = typeof input === 'string' ? kept.get(input) : undefined;
    if (!found) throw new TypeError('not recorded');
    const binary = atob(found.body);
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const hasBody = found.status !== 204 && found.status !== 304;
    return new Response(hasBody ? bytes : null, { status: found.status, headers: { 'content-type': found.type } });
  };
}
