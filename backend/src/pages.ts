import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { extname, join, normalize, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type Koa from 'koa';
import type { House, State } from './platform/index.ts';

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.bcmap': 'application/octet-stream',
  '.ttf': 'font/ttf',
  '.pfb': 'application/octet-stream',
};
/** What the built front end gives the server to render with. */
type Renderer = {
  readonly chooseLang: (cookie: string | undefined, accepted: string | undefined) => 'zh-CN' | 'en';
  readonly render: (
    url: string,
    visit: { readonly lang: 'zh-CN' | 'en'; readonly origin: string; readonly cookie?: string },
  ) => Promise<{ readonly status: number }>;
  readonly fill: (template: string, page: { readonly status: number }) => string;
};

/** Pages: built files as they are, everything else rendered here for the first sight and taken over by the browser. */
export async function openPages(house: House): Promise<Koa.Middleware<State>> {
  if (!house.config.pages) return (_ctx, next) => next();
  const built = fileURLToPath(new URL('../../frontend/dist', import.meta.url));
  const client = join(built, 'client');
  if (!existsSync(join(client, 'index.html')))
    throw new Error('the pages are not built: run npm start, or node frontend/build.ts');
  const template = readFileSync(join(client, 'index.html'), 'utf8');
  const renderer = (await import(pathToFileURL(join(built, 'server', 'entry-server.js')).href)) as Renderer;
  return async (ctx, next) => {
    if (ctx.path === '/api' || ctx.path.startsWith('/api/')) return next();
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') {
      ctx.status = 405;
      return;
    }
    if (sendFile(ctx, client)) return;
    const cookie = ctx.get('cookie');
    const lang = renderer.chooseLang(ctx.cookies.get('lang'), ctx.get('accept-language'));
    try {
      const page = await renderer.render(ctx.url, {
        lang,
        origin: house.inside.origin ?? originOf(ctx),
        ...(cookie === '' ? {} : { cookie }),
      });
      ctx.status = page.status;
      ctx.body = renderer.fill(template, page);
    } catch (fault) {
      const incident = house.report(fault);
      ctx.status = 500;
      ctx.body = `<!doctype html><meta charset="utf-8"><title>信标</title><p>页面出了故障，编号 ${incident}。This page failed; incident ${incident}.</p>`;
    }
    ctx.type = 'text/html; charset=utf-8';
    ctx.set('cache-control', 'no-store');
    ctx.vary('Accept-Language');
    ctx.vary('Cookie');
  };
}

/** The page's own calls come in by the socket that is open anyway. */
function originOf(ctx: Koa.Context): string {
  const { localPort } = ctx.req.socket;
  return `${ctx.secure ? 'https' : 'http'}://127.0.0.1:${localPort ?? 80}`;
}

function sendFile(ctx: Koa.Context, client: string): boolean {
  let path: string;
  try {
    path = normalize(join(client, decodeURIComponent(ctx.path)));
  } catch {
    return false;
  }
  const type = types[extname(path)];
  if (
    !type ||
    !path.startsWith(client + sep) ||
    path.endsWith('index.html') ||
    path.includes('\0') ||
    !existsSync(path) ||
    !statSync(path).isFile()
  )
    return false;
  ctx.type = type;
  ctx.length = statSync(path).size;
  ctx.set(
    'cache-control',
    ctx.path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'public, max-age=3600',
  );
  ctx.body = createReadStream(path);
  return true;
}
