import type { Readable } from 'node:stream';
import type { Context, House } from '../platform/index.ts';

/** Types that a browser may be told; everything else stays a plain download. */
const types: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  txt: 'text/plain; charset=utf-8',
  zip: 'application/zip',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
};

/** A header value that names a file in any script without letting it break out of the header (RFC 6266, RFC 8187). */
export function dispositionOf(name: string): string {
  const plain = name.replace(/[^\u0020-\u007e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

export type Given = { readonly sha256: string; readonly name: string; readonly size: number };

/** Sends a stored file by its hash, whole or the one range that was asked for; unchanged since a visit means no bytes. */
export function sendFile(
  ctx: Context,
  house: House,
  { sha256, name, size }: Given,
  { isPublic }: { isPublic: boolean },
): Readable | Uint8Array {
  ctx.set({
    etag: `"${sha256}"`,
    'cache-control': isPublic ? 'public, max-age=31536000, immutable' : 'private, no-store',
    'content-disposition': dispositionOf(name),
    'accept-ranges': 'bytes',
  });
  ctx.type = types[name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/octet-stream';
  if (
    ctx
      .get('if-none-match')
      .split(',')
      .some((tag) => tag.trim() === `"${sha256}"`)
  ) {
    ctx.status = 304;
    return new Uint8Array(0);
  }
  const range = rangeOf(ctx.get('range'), size);
  const ifRange = ctx.get('if-range');
  if (range === undefined || (ifRange !== '' && ifRange !== `"${sha256}"`)) {
    ctx.length = size;
    return house.storage.get(sha256);
  }
  if (range === 'outside') {
    ctx.status = 416;
    ctx.set('content-range', `bytes */${size}`);
    return new Uint8Array(0);
  }
  ctx.status = 206;
  ctx.set('content-range', `bytes ${range.from}-${range.to - 1}/${size}`);
  ctx.length = range.to - range.from;
  return house.storage.get(sha256, range);
}

/** One byte range of RFC 9110 §14; anything else asked for means the whole file. */
export function rangeOf(header: string, size: number): { from: number; to: number } | 'outside' | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim());
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  if (match[1] === '')
    return size === 0 || Number(match[2]) === 0 ? 'outside' : { from: Math.max(0, size - Number(match[2])), to: size };
  const from = Number(match[1]);
  const to = match[2] === '' ? size : Math.min(size, Number(match[2]) + 1);
  if (from >= size) return 'outside';
  return to <= from ? undefined : { from, to };
}
