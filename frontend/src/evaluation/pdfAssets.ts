/** What pdf.js asks for by name: character maps of Chinese files without embedded fonts, stand-in fonts, decoders. */
const files: Readonly<Record<string, string>> = {
  ...import.meta.glob<string>('../../../node_modules/pdfjs-dist/cmaps/*.bcmap', {
    query: '?url',
    import: 'default',
    eager: true,
  }),
  ...import.meta.glob<string>('../../../node_modules/pdfjs-dist/standard_fonts/*.{pfb,ttf}', {
    query: '?url',
    import: 'default',
    eager: true,
  }),
  ...import.meta.glob<string>('../../../node_modules/pdfjs-dist/wasm/{jbig2,openjpeg}.wasm', {
    query: '?url',
    import: 'default',
    eager: true,
  }),
};
const urls = new Map(Object.entries(files).map(([path, url]) => [path.split('/').at(-1) ?? '', url]));

/** Fetches them from the page's own origin, where the build put them. */
export class OwnBinaryDataFactory {
  async fetch({ filename }: { kind: string; filename: string }): Promise<Uint8Array> {
    const url = urls.get(filename);
    if (url === undefined) throw new Error(`no such file: ${filename}`);
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${response.status} ${filename}`);
    return new Uint8Array(await response.arrayBuffer());
  }
}
