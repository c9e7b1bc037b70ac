import { createHash } from 'node:crypto';
import { PDFDocument, PDFHexString, PDFName, PDFString, rgb, type PDFFont, type PDFPage } from 'pdf-lib';
import { create as qrOf } from 'qrcode';
import { canDraw, embedFonts, widthOf, type Weight } from './fonts.ts';
import { linesOf, type Style } from './lines.ts';

export type Column = {
  readonly label: string;
  /** Share of the width, relative to the other columns. */ readonly width: number;
  readonly align?: 'left' | 'right' | 'centre';
};
export type Table = { readonly columns: readonly Column[]; readonly rows: readonly (readonly string[])[] };
/** What happened, on the line that runs through every tender's story. */
export type PaperEvent = {
  readonly when: string;
  readonly what: string;
  readonly record?: string;
  readonly done?: boolean;
};
export type Section = {
  readonly heading?: string;
  readonly paragraphs?: readonly string[];
  readonly table?: Table;
  readonly events?: readonly PaperEvent[];
};
export type Paper = {
  readonly title: string;
  readonly subtitle?: string;
  /** The document's own number. */
  readonly number: string;
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly sections: readonly Section[];
  /** Where anyone can check this paper. */
  readonly check: { readonly url: string; readonly label: string };
  /** Who issues it and when, by the server's clock; stands on every page. */
  readonly footer: string;
  /** Goes into the file as its date: the same paper at the same instant is the same bytes. */
  readonly at: Date;
  readonly language?: 'zh-CN' | 'en';
};

/** Text that the paper's font cannot draw: it would come out as a blank, so no paper is made. */
export class Undrawable extends Error {
  readonly characters: readonly string[];
  constructor(characters: readonly string[]) {
    super(
      `the paper font has no glyph for ${characters.map((character) => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`).join(' ')}`,
    );
    this.name = 'Undrawable';
    this.characters = characters;
  }
}

const mm = 72 / 25.4;
const sheet = { width: 210 * mm, height: 297 * mm, margin: 20 * mm };
const column = sheet.width - 2 * sheet.margin;
const qrSize = 15 * mm;
/** The lowest line text may stand on: above footer, its hairline and some air. */
const floor = sheet.margin + qrSize + 22;

const ink = rgb(0, 0, 0);
const faded = rgb(0.36, 0.36, 0.36);
const hairline = rgb(0.78, 0.78, 0.78);

const body = { weight: 'regular', size: 10.5 } as const;
const strong = { weight: 'bold', size: 10.5 } as const;
const small = { weight: 'regular', size: 9 } as const;
const cell = { weight: 'regular', size: 9.5 } as const;
const leading = 16;
const cellLeading = 14;

/** Makes a formal paper: A4, black on white, with a text layer, and a way to check it on every page. Throws Undrawable. */
export async function makePaper(
  paper: Paper,
  { subset = true }: { /** Only tests compare with the whole font. */ subset?: boolean } = {},
): Promise<Uint8Array> {
  const clean = refuseUndrawable(paper);
  const document = await PDFDocument.create({ updateMetadata: false });
  describe(document, clean);
  const fonts = await embedFonts(document, { subset });
  const press = new Press(document, fonts);

  drawHead(press, clean);
  drawFacts(press, clean.facts);
  for (const section of clean.sections) drawSection(press, section);
  drawFeet(press, clean);
  return document.save({ useObjectStreams: false });
}

function describe(document: PDFDocument, paper: Paper): void {
  document.setTitle(paper.title, { showInWindowTitleBar: true });
  document.setSubject(paper.number);
  document.setCreator('信标 Xinbiao');
  document.setProducer('pdf-lib');
  document.setCreationDate(paper.at);
  document.setModificationDate(paper.at);
  document.catalog.set(PDFName.of('Lang'), PDFString.of(paper.language ?? 'zh-CN'));
  const id = PDFHexString.of(createHash('sha256').update(JSON.stringify(paper)).digest('hex').slice(0, 32));
  document.context.trailerInfo.ID = document.context.obj([id, id]);
}

/** Radicals look like the characters they are pasted for, and share their glyphs, but nobody finds them by searching. */
const radicals = /[\u2e80-\u2fdf]/g;

/** Finds what would print as a blank before anything is drawn; returns the paper in NFC, as it will be drawn. */
function refuseUndrawable(paper: Paper): Paper {
  const missing = new Set<string>();
  const look = (value: unknown): unknown => {
    if (typeof value === 'string') {
      const text = value
        .normalize('NFC')
        .replaceAll('\r\n', '\n')
        .replaceAll('\u00a0', ' ')
        .replaceAll(radicals, (radical) => radical.normalize('NFKC'));
      for (const character of text)
        if (character !== '\n' && !(canDraw(character, 'regular') && canDraw(character, 'bold')))
          missing.add(character);
      return text;
    }
    if (Array.isArray(value)) return value.map(look);
    if (value instanceof Date || typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, look(inner)]));
  };
  const clean = look(paper);
  if (missing.size > 0) throw new Undrawable([...missing]);
  return clean as Paper; // the same shape, strings normalised
}

/* ---------- the press: where the pen stands, and when the page ends ---------- */

class Press {
  readonly document: PDFDocument;
  private readonly fonts: Readonly<Record<Weight, PDFFont>>;
  page: PDFPage;
  /** Distance from the bottom of the page to the top of what comes next. */
  y: number;
  private readonly top = sheet.height - sheet.margin;

  constructor(document: PDFDocument, fonts: Readonly<Record<Weight, PDFFont>>) {
    this.document = document;
    this.fonts = fonts;
    this.page = document.addPage([sheet.width, sheet.height]);
    this.y = this.top;
  }

  turn(): void {
    this.page = this.document.addPage([sheet.width, sheet.height]);
    this.y = this.top;
  }

  /** Turns the page unless this much fits; never for nothing at the top of a page. */
  need(height: number): boolean {
    if (this.y - height >= floor || this.y === this.top) return false;
    this.turn();
    return true;
  }

  get room(): number {
    return this.y - floor;
  }

  down(height: number): void {
    this.y = this.y === this.top ? this.y : this.y - height;
  }

  /** One line whose box of `height` begins at `top`. */
  line(text: string, { x, top, height, style, colour = ink, align = 'left', width = 0 }: LineBox): void {
    if (text === '') return;
    const slack = width - widthOf(text, style);
    // A full-width mark is half empty; its empty half hangs outside, so that edges look straight.
    const hangLeft = /^[（《〈「『【〔“‘]/.test(text) ? style.size / 2 : 0;
    const hangRight = /[，。、；：）》〉」』】〕]$/.test(text) ? style.size / 2 : 0;
    const shift = { left: -hangLeft, right: slack + hangRight, centre: slack / 2 }[align];
    // Han glyphs fill the em from -0.12 to 0.88, so this centres them in the line's box.
    const baseline = top - height / 2 - style.size * 0.38;
    this.page.drawText(text, {
      x: x + shift,
      y: baseline,
      size: style.size,
      font: this.fonts[style.weight],
      color: colour,
    });
  }

  rule(from: number, to: number, { y = this.y, thickness = 0.5, colour = hairline } = {}): void {
    this.page.drawLine({ start: { x: from, y }, end: { x: to, y }, thickness, color: colour });
  }

  /** Running text, broken over lines and pages; at least two lines stay together. */
  text(
    text: string,
    {
      style,
      x = sheet.margin,
      width = column,
      height = leading,
      colour = ink,
    }: { style: Style; x?: number; width?: number; height?: number; colour?: ReturnType<typeof rgb> },
  ): void {
    const lines = linesOf(text, width, style);
    for (const [place, line] of lines.entries()) {
      const together = place === 0 || place === lines.length - 2 ? Math.min(2, lines.length - place) : 1;
      this.need(together * height);
      this.line(line, { x, top: this.y, height, style, colour });
      this.y -= height;
    }
  }
}

type LineBox = {
  readonly x: number;
  readonly top: number;
  readonly height: number;
  readonly style: Style;
  readonly colour?: ReturnType<typeof rgb>;
  readonly align?: 'left' | 'right' | 'centre';
  readonly width?: number;
};

/* ---------- the parts ---------- */

function drawHead(press: Press, { title, subtitle, number }: Paper): void {
  const right = sheet.width - sheet.margin;
  press.rule(sheet.margin, right, { thickness: 2, colour: ink, y: press.y - 1 });
  press.y -= 16;
  press.text(title, { style: { weight: 'bold', size: 20 }, height: 29 });
  press.y -= 3;
  if (subtitle !== undefined) press.text(subtitle, { style: { weight: 'regular', size: 12 }, height: 19 });
  press.text(number, { style: small, height: 15, colour: faded });
  press.y -= 9;
}

function drawFacts(press: Press, facts: Paper['facts']): void {
  const right = sheet.width - sheet.margin;
  const widest = Math.max(0, ...facts.map(([label]) => widthOf(label, body)));
  const labelWidth = Math.min(Math.max(widest, 4 * body.size) + 18, column * 0.36);
  for (const [place, [label, value]] of facts.entries()) {
    const labels = linesOf(label, labelWidth - 12, body);
    const values = linesOf(value, column - labelWidth, body);
    const count = Math.max(labels.length, values.length);
    press.need(Math.min(count, 20) * leading + 8);
    if (place === 0 || press.y === sheet.height - sheet.margin) press.rule(sheet.margin, right);
    press.y -= 4;
    for (let at = 0; at < count; at += 1) {
      press.need(leading);
      press.line(labels[at] ?? '', { x: sheet.margin, top: press.y, height: leading, style: body, colour: faded });
      press.line(values[at] ?? '', { x: sheet.margin + labelWidth, top: press.y, height: leading, style: body });
      press.y -= leading;
    }
    press.y -= 4;
    press.rule(sheet.margin, right);
  }
  if (facts.length > 0) press.y -= 6;
}

function drawSection(press: Press, { heading, paragraphs = [], table, events = [] }: Section): void {
  press.down(12);
  if (heading !== undefined) {
    // A heading never stands alone at the foot.
    press.need(23 + (table && paragraphs.length === 0 ? 4 + openingHeight(table) : 4 * leading));
    press.text(heading, { style: { weight: 'bold', size: 12.5 }, height: 20 });
    press.y -= 3;
  }
  for (const paragraph of paragraphs) {
    press.text(paragraph, { style: body });
    press.down(4);
  }
  if (table) drawTable(press, table);
  if (events.length > 0) drawEvents(press, events);
}

const padding = 5;

type Box = { readonly x: number; readonly width: number; readonly align: 'left' | 'right' | 'centre' };
type Cells = readonly (readonly string[])[];
const headStyle = { ...cell, weight: 'bold' } as const;
const heightOf = (cells: Cells): number =>
  Math.max(1, ...cells.map((lines) => lines.length)) * cellLeading + 2 * padding;

/** The table's words broken into the lines of their cells. */
function layTable({ columns, rows }: Table): { boxes: readonly Box[]; head: Cells; body: readonly Cells[] } {
  const widths = widthsOf({ columns, rows });
  let x = sheet.margin;
  const boxes = columns.map(({ align = 'left' }, at): Box => {
    // Outer edges of the table line up with the text, so only inner edges are padded.
    const [before, after] = [at === 0 ? 0 : padding, at === columns.length - 1 ? 0 : padding];
    const width = widths[at] ?? 0;
    const box = { x: x + before, width: width - before - after, align };
    x += width;
    return box;
  });
  const linesIn = (texts: readonly string[], style: Style): Cells =>
    boxes.map(({ width }, at) => linesOf(texts[at] ?? '', width, style));
  return { boxes, head: linesIn(columns.map(({ label }) => label), headStyle), body: rows.map((row) => linesIn(row, cell)) }; // prettier-ignore
}

/** What of a table must stand together: its head and two rows, unless they are long. */
function openingHeight(table: Table): number {
  const { head, body: rows } = layTable(table);
  return rows.slice(0, 2).reduce((total, cells) => total + Math.min(heightOf(cells), 6 * cellLeading), heightOf(head));
}

function drawTable(press: Press, table: Table): void {
  const { boxes, head, body: rows } = layTable(table);
  const right = sheet.width - sheet.margin;
  const drawLines = (cells: Cells, { style, from, to }: { style: Style; from: number; to: number }): void => {
    for (let at = from; at < to; at += 1) {
      for (const [place, box] of boxes.entries())
        press.line(cells[place]?.[at] ?? '', { ...box, top: press.y, height: cellLeading, style });
      press.y -= cellLeading;
    }
  };
  const drawHeading = (): void => {
    press.rule(sheet.margin, right, { thickness: 1, colour: ink });
    press.y -= padding;
    drawLines(head, { style: headStyle, from: 0, to: (heightOf(head) - 2 * padding) / cellLeading });
    press.y -= padding;
    press.rule(sheet.margin, right, { thickness: 0.5, colour: ink });
  };

  press.down(4);
  press.need(openingHeight(table));
  drawHeading();
  const fullPage = sheet.height - sheet.margin - floor - heightOf(head);
  for (const cells of rows) {
    const height = heightOf(cells);
    // A row stays whole when it can; one that fills half a page is broken where the page ends.
    if (height > press.room && (height <= fullPage / 2 || press.room < 4 * cellLeading)) {
      press.turn();
      drawHeading();
    }
    press.y -= padding;
    const count = (height - 2 * padding) / cellLeading;
    for (let from = 0; from < count;) {
      const to = Math.min(count, from + Math.max(1, Math.floor((press.room - padding) / cellLeading)));
      drawLines(cells, { style: cell, from, to });
      from = to;
      if (from < count) {
        press.turn();
        drawHeading();
        press.y -= padding;
      }
    }
    press.y -= padding;
    press.rule(sheet.margin, right);
  }
  press.rule(sheet.margin, right, { thickness: 1, colour: ink });
  press.y -= 10;
}

/** Widths as planned, but columns of amounts are never so narrow that an amount would break: half of one reads as another. */
function widthsOf({ columns, rows }: Table): readonly number[] {
  const whole = columns.reduce((total, { width }) => total + width, 0);
  const needed = columns.map(({ align }, at) =>
    align === 'right' ? Math.max(0, ...rows.map((row) => widthOf(row[at] ?? '', cell))) + 2 * padding : 0,
  );
  const planned = columns.map(({ width }) => (width / whole) * column);
  const lacking = planned.map((width, at) => Math.max(0, (needed[at] ?? 0) - width));
  const missing = lacking.reduce((total, width) => total + width, 0);
  const spare = planned.map((width, at) => Math.max(0, width - (needed[at] || 3 * cell.size + 2 * padding)));
  const all = spare.reduce((total, width) => total + width, 0);
  if (missing === 0 || all < missing) return planned;
  return planned.map((width, at) => width + (lacking[at] ?? 0) - ((spare[at] ?? 0) / all) * missing);
}

/** The spine: ● happened, ○ to come. */
function drawEvents(press: Press, events: readonly PaperEvent[]): void {
  const axis = sheet.margin + 4;
  const text = sheet.margin + 18;
  const whenWidth = Math.max(...events.map(({ when }) => widthOf(when, small))) + 14;
  press.down(2);
  for (const [place, { when, what, record, done = true }] of events.entries()) {
    const lines = linesOf(what, column - 18 - whenWidth, body);
    const height = (lines.length + (record === undefined ? 0 : 1)) * leading + 4;
    press.need(height);
    const dot = press.y - leading / 2;
    if (place < events.length - 1) {
      const end = Math.max(press.y - height - leading / 2 + 3.2, floor - 4);
      press.page.drawLine({
        start: { x: axis, y: dot - 3.2 },
        end: { x: axis, y: end },
        thickness: 0.75,
        color: faded,
        ...(events[place + 1]?.done === false ? { dashArray: [2, 2] } : {}),
      });
    }
    press.page.drawCircle({
      x: axis,
      y: dot,
      size: 3,
      borderWidth: 0.9,
      borderColor: ink,
      ...(done ? { color: ink } : {}),
    });
    press.line(when, { x: text, top: press.y, height: leading, style: small, colour: faded });
    for (const [at, line] of lines.entries())
      press.line(line, { x: text + whenWidth, top: press.y - at * leading, height: leading, style: body });
    if (record !== undefined)
      press.line(record, {
        x: text + whenWidth,
        top: press.y - lines.length * leading,
        height: leading,
        style: small,
        colour: faded,
      });
    press.y -= height;
  }
  press.y -= 4;
}

/** Footer last: only now is the number of pages known. */
function drawFeet(press: Press, { check, footer, number, language = 'zh-CN' }: Paper): void {
  const pages = press.document.getPages();
  const right = sheet.width - sheet.margin;
  const textLeft = sheet.margin + qrSize + 10;
  const top = sheet.margin + qrSize;
  for (const [at, page] of pages.entries()) {
    press.page = page;
    press.rule(sheet.margin, right, { y: top + 9 });
    drawQr(page, check.url);
    const count = language === 'en' ? `Page ${at + 1} of ${pages.length}` : `第 ${at + 1} 页，共 ${pages.length} 页`;
    const width = right - textLeft;
    const aside = widthOf(count, small) + 12;
    press.line(check.label, { x: textLeft, top: top + 1, height: 14, style: { ...strong, size: 9 } });
    press.line(count, { x: textLeft, top: top + 1, height: 14, style: small, align: 'right', width });
    const address = linesOf(check.url, width, { ...small, size: 8 }).slice(0, 2);
    for (const [place, line] of address.entries())
      press.line(line, {
        x: textLeft,
        top: top - 14 - place * 11,
        height: 11,
        style: { ...small, size: 8 },
        colour: faded,
      });
    const [issued = ''] = linesOf(footer, width - aside, { ...small, size: 8 });
    press.line(issued, {
      x: textLeft,
      top: sheet.margin + 10,
      height: 11,
      style: { ...small, size: 8 },
      colour: faded,
    });
    if (at > 0)
      press.line(number, {
        x: textLeft,
        top: sheet.margin + 10,
        height: 11,
        style: { ...small, size: 8 },
        colour: faded,
        align: 'right',
        width,
      });
  }
}

function drawQr(page: PDFPage, url: string): void {
  const { modules } = qrOf(url, { errorCorrectionLevel: 'M' });
  const size = qrSize / modules.size;
  // One path instead of a thousand squares: no hairs of white between modules, and a smaller file.
  let path = '';
  for (let row = 0; row < modules.size; row += 1)
    for (let at = 0; at < modules.size; at += 1) if (modules.get(row, at)) path += `M${at} ${row}h1v1h-1z`;
  page.drawSvgPath(path, { x: sheet.margin, y: sheet.margin + qrSize, scale: size, color: ink });
}
