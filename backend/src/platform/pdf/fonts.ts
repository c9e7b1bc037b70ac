import * as fontkit from 'fontkit';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { PDFDocument, PDFFont } from 'pdf-lib';

export type Weight = 'regular' | 'bold';
type Typeface = fontkit.Font;

const files: Readonly<Record<Weight, string>> = {
  regular: '@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf',
  bold: '@expo-google-fonts/noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf',
};

const opened = new Map<Weight, { typeface: Typeface; bytes: Uint8Array; widths: Map<number, number> }>();

/** Ten megabytes each, so read once, and only when the first paper is made. */
function open(weight: Weight): { typeface: Typeface; bytes: Uint8Array; widths: Map<number, number> } {
  const known = opened.get(weight);
  if (known) return known;
  const bytes = readFileSync(createRequire(import.meta.url).resolve(files[weight]));
  const typeface = fontkit.create(bytes);
  if (!('createSubset' in typeface)) throw new Error('the paper font is a collection');
  const fresh = { typeface, bytes, widths: new Map<number, number>() };
  opened.set(weight, fresh);
  return fresh;
}

/** Has the font a picture for this character? */
export const canDraw = (character: string, weight: Weight): boolean =>
  open(weight).typeface.hasGlyphForCodePoint(character.codePointAt(0) ?? 0);

/** How wide text runs at a size, in points; without kerning, because it is drawn without. */
export function widthOf(text: string, { weight, size }: { weight: Weight; size: number }): number {
  const { typeface, widths } = open(weight);
  let units = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    const known = widths.get(point) ?? typeface.glyphForCodePoint(point).advanceWidth;
    widths.set(point, known);
    units += known;
  }
  return (units * size) / typeface.unitsPerEm;
}

/**
 * Embeds both weights, each reduced to the characters used. pdf-lib's own fontkit loses two thirds of the Chinese
 * glyphs while subsetting, silently; upstream's does not, but hands out the subset whole instead of as a stream.
 */
export async function embedFonts(
  document: PDFDocument,
  { subset = true } = {},
): Promise<Readonly<Record<Weight, PDFFont>>> {
  document.registerFontkit({ create: (bytes: Uint8Array) => asPdfLibExpects(bytes) });
  const embed = (weight: Weight): Promise<PDFFont> =>
    document.embedFont(open(weight).bytes, {
      subset,
      features: { kern: false, liga: false, clig: false, calt: false },
    });
  return { regular: await embed('regular'), bold: await embed('bold') };
}

type Streamed = { encodeStream(): { on(event: string, listener: (bytes: Uint8Array) => void): unknown } };

function asPdfLibExpects(bytes: Uint8Array): never {
  // Fresh for each document: fontkit remembers with each glyph the character it first stood for, and that goes into the text layer.
  const typeface = fontkit.create(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const adapted: unknown = new Proxy(typeface, {
    get(font, name) {
      if (name === 'createSubset') return () => streamed(font);
      const value: unknown = Reflect.get(font, name);
      return typeof value === 'function' ? value.bind(font) : value;
    },
  });
  return adapted as never; // pdf-lib's Fontkit type describes its own fork
}

function streamed(font: object): object {
  if (!('createSubset' in font) || typeof font.createSubset !== 'function')
    throw new Error('the paper font cannot be reduced');
  const subset: { encode(): Uint8Array } & object = font.createSubset();
  const encodeStream: Streamed['encodeStream'] = () => {
    const stream = {
      on(event: string, listener: (bytes: Uint8Array) => void) {
        if (event === 'data') listener(subset.encode());
        if (event === 'end') listener(new Uint8Array());
        return stream;
      },
    };
    return stream;
  };
  return Object.assign(subset, { encodeStream });
}
