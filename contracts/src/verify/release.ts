import { ClientRelease, clientReleasePath } from '../house/index.ts';
import { found, Malformed, parseCanonical, sha256Hex, type Check, type LogView } from '../trust/index.ts';

/** How to read what a house serves, by path; undefined where there is nothing. */
export type Served = (path: string) => Promise<Uint8Array | undefined>;

/**
 * Is what this house serves the release that its log names? Every file by its hash, and a page of it must run nothing
 * but those files. What is served to somebody else is another question: only that person's browser can ask it.
 */
export const releaseCheck = (served: Served, hash: (bytes: Uint8Array) => string = sha256Hex): Check<LogView> => ({
  no: 1401,
  id: 'releases.served',
  zh: '网页程序与公开日志一致',
  en: 'The pages are the release that the log names',
  run: async ({ entries }) => {
    const logged = entries.findLast(({ body }) => body?.t === 'client.release');
    const named = logged?.body?.p['release'];
    const bytes = await served(clientReleasePath);
    if (typeof named !== 'string' || bytes === undefined)
      return [found.unknown('没有网页程序的清单可核对。', 'There is no list of the pages to check against.')];
    if (hash(bytes) !== named)
      return [
        found.broken(
          '平台提供的网页程序清单不是公开日志记载的那一份。',
          'The list of the pages that is served is not the one in the log.',
          logged?.index,
        ),
      ];
    const release = readRelease(bytes);
    if (!release)
      return [found.broken('网页程序清单无法读取。', 'The list of the pages cannot be read.', logged?.index)];
    const wrong: string[] = [];
    for (const { path, sha256, size } of release.files) {
      // The frame of the pages is filled in for each visit; what it may run is looked at below.
      if (path === 'index.html') continue;
      const file = await served(`/${path}`);
      if (file === undefined || file.length !== size || hash(file) !== sha256) wrong.push(path);
    }
    const page = await served('/');
    const strangers = page ? scriptsIn(new TextDecoder().decode(page), release) : ['/'];
    if (wrong.length + strangers.length === 0)
      return [
        found.holds(
          `网页程序 ${release.version} 的 ${release.files.length} 个文件都与公开日志一致。`,
          `All ${release.files.length} files of release ${release.version} are those in the log.`,
        ),
      ];
    return [...wrong, ...strangers]
      .slice(0, 20)
      .map((path) =>
        found.broken(
          `${path} 不是公开日志记载的网页程序：不要在这个平台的网页上填报价、传文件，请用离线工具，并保存此文件作为证据。`,
          `${path} is not of the release in the log: type no price and choose no file on this page, use the offline tools, and keep the file as evidence.`,
          logged?.index,
        ),
      );
  },
});

function readRelease(bytes: Uint8Array): ClientRelease | undefined {
  try {
    return ClientRelease.safeParse(parseCanonical(bytes)).data;
  } catch (fault) {
    if (fault instanceof Malformed) return undefined;
    throw fault;
  }
}

/** Scripts of a page that are none of the release's files. Data that a page carries runs nothing. */
function scriptsIn(html: string, { files }: ClientRelease): string[] {
  const known = new Set(files.map(({ path }) => `/${path}`));
  return [...html.matchAll(/<script\b([^>]*)>/gi)].flatMap(([, attributes = '']) => {
    if (/\btype\s*=\s*"?application\/json/i.test(attributes)) return [];
    const source = /\bsrc\s*=\s*"([^"]*)"/i.exec(attributes)?.[1];
    return source !== undefined && known.has(source) ? [] : [source ?? '<script>'];
  });
}
