import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { PDFDocument } from 'pdf-lib';
import { create } from 'qrcode';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { widthOf } from './fonts.ts';
import { linesOf } from './lines.ts';
import { makePaper, Undrawable, type Paper } from './paper.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'paper-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const rowOf = (at: number): string[] => [
  String(at + 1),
  ['青澜启文教育装备有限公司', '杭州龘靐科技发展（集团）股份有限公司宁波分公司', '合肥市庐阳区理化仪器厂'][at % 3] ??
    '',
  `${(3_486_000 + at).toLocaleString('en')}.00`,
  at % 4 === 0 ? '商务条款全部响应；技术条款第 3.2 项正偏离，详见投标文件第 17 页。' : '',
];
/** The most frequent characters of modern Chinese text. */
const commonest =
  '的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严';

const aPaper = (overrides: Partial<Paper> = {}): Paper => ({
  title: '青澜市第二中学理化生实验室设备采购项目开标记录',
  subtitle: '第 1 包：物理实验室设备',
  number: 'QL-ZC-2026-0418-KB-01',
  facts: [
    ['采购人', '青澜市第二中学'],
    ['最高限价', '¥3,486,000.00（人民币叁佰肆拾捌万陆仟元整）'],
    ['公告指纹', '9e417c0d52abf3186d90b7e204c51fa8c36b88d1e07f2495a1be63f47d0c5e92'],
  ],
  sections: [
    { heading: '一、经过', paragraphs: ['“开标”由采购人一方与独立一方各一人到场打开，任何一方都不能单独打开。'], events: [{ when: '11-03', what: '发布公告', record: '记录 1' }, { when: '12-01', what: '公布结果', done: false }] },
    { heading: '二、报价一览', table: { columns: [{ label: '序号', width: 1, align: 'centre' }, { label: '投标人', width: 4 }, { label: '报价（元）', width: 2, align: 'right' }, { label: '备注', width: 4 }], rows: Array.from({ length: 40 }, (_, at) => rowOf(at)) } },
  ],
  check: { url: 'https://example.org/check/QL-ZC-2026-0418-KB-01', label: '扫码核对这份文件' },
  footer: '青澜市公共资源交易平台 · 服务器时间 2026-11-24 09:52:07.311',
  at: new Date('2026-11-24T01:52:07Z'),
  ...overrides,
}); // prettier-ignore

type Picture = { readonly width: number; readonly height: number; readonly grey: Uint8Array };

/** One page as an independent renderer draws it. */
function rendered(pdf: Uint8Array, page: number, dpi = 100): Picture {
  writeFileSync(join(folder, 'p.pdf'), pdf);
  execFileSync(
    'pdftoppm',
    ['-r', String(dpi), '-gray', '-f', String(page), '-l', String(page), '-singlefile', 'p.pdf', 'p'],
    { cwd: folder },
  );
  const bytes = readFileSync(join(folder, 'p.pgm'));
  const head = /^P5\s(\d+)\s(\d+)\s255\s/.exec(bytes.subarray(0, 40).toString('latin1'));
  if (!head) throw new Error('not a grey picture');
  return { width: Number(head[1]), height: Number(head[2]), grey: bytes.subarray(head[0].length) };
}
const dark = ({ grey }: Picture): number => grey.reduce((count, value) => count + (value < 128 ? 1 : 0), 0);
const textOf = (pdf: Uint8Array): string => {
  writeFileSync(join(folder, 't.pdf'), pdf);
  return execFileSync('pdftotext', ['-layout', 't.pdf', '-'], { cwd: folder, encoding: 'utf8' });
};

test('prints the same ink with the reduced font as with the whole one', async () => {
  // Without digits: pdf-lib gives the whole font's digits a wrong width. The next test looks at them one by one.
  const words = aPaper({
    number: '青澜开标记录',
    facts: [['采购人', '青澜市第二中学'], ['采购方式', '公开招标']],
    sections: [{ heading: '一、经过', paragraphs: [commonest, commonest] }, { table: { columns: [{ label: '投标人', width: 1 }], rows: [[commonest]] } }],
  }); // prettier-ignore
  const [reduced, whole] = [await makePaper(words), await makePaper(words, { subset: false })];
  expect(reduced.length).toBeLessThan(400_000);
  expect(whole.length).toBeGreaterThan(5_000_000);
  const [a, b] = [rendered(reduced, 1), rendered(whole, 1)];
  const differing = a.grey.reduce((count, value, at) => count + (Math.abs(value - (b.grey[at] ?? 0)) > 64 ? 1 : 0), 0);
  expect(dark(b)).toBeGreaterThan(20_000);
  expect(Math.abs(dark(a) - dark(b)) / dark(b)).toBeLessThan(0.01);
  expect(differing / dark(b)).toBeLessThan(0.02);
});

test('prints every single glyph: none of the commonest characters and digits comes out blank', async () => {
  const characters = [...commonest, ...'0123456789¥%'];
  const size = 10;
  const columns = 20;
  // A grid of single glyphs: a table cell each, so that each has a known box.
  const rows = Array.from({ length: Math.ceil(characters.length / columns) }, (_, row) => Array.from({ length: columns }, (_cell, at) => characters[row * columns + at] ?? ''));
  const pdf = await makePaper(aPaper({ facts: [], sections: [{ table: { columns: Array.from({ length: columns }, () => ({ label: '一', width: 1, align: 'left' as const })), rows } }] }));
  writeFileSync(join(folder, 'g.pdf'), pdf);
  const boxes = execFileSync('pdftotext', ['-bbox', 'g.pdf', '-'], { cwd: folder, encoding: 'utf8' });
  const pages = boxes.split('<page ').slice(1);
  let seen = 0;
  for (const [at, page] of pages.entries()) {
    const picture = rendered(pdf, at + 1, 144);
    for (const [, x0, y0, x1, y1, word] of page.matchAll(/<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*)<\/word>/g)) {
      if (word === undefined || !characters.includes(word)) continue;
      seen += 1;
      let inked = 0;
      for (let y = Math.floor(Number(y0) * 2); y < Number(y1) * 2; y += 1) for (let x = Math.floor(Number(x0) * 2); x < Number(x1) * 2; x += 1) if ((picture.grey[y * picture.width + x] ?? 255) < 128) inked += 1;
      expect({ word, inked: inked > size }).toEqual({ word, inked: true });
    }
  }
  expect(seen).toBeGreaterThan(characters.length);
}); // prettier-ignore

test('keeps the whole text readable by machine, on as many pages as it needs, each with number, page and check', async () => {
  const pdf = await makePaper(aPaper());
  const text = textOf(pdf);
  const pages = (await PDFDocument.load(pdf, { updateMetadata: false })).getPageCount();
  expect(pages).toBeGreaterThan(1);
  for (let page = 1; page <= pages; page += 1) expect(text).toContain(`第 ${page} 页，共 ${pages} 页`);
  expect(text.match(/https:\/\/example\.org\/check/g)).toHaveLength(pages);
  expect(text.match(/投标人/g)).toHaveLength(pages); // the table's head is repeated
  for (let at = 0; at < 40; at += 1) expect(text).toContain(`${(3_486_000 + at).toLocaleString('en')}.00`);
  expect(text).toContain('9e417c0d52abf3186d90b7e204c51fa8c36b88d1e07f2495a1be63f47d0c5e92');
});

test('is the same file when made again of the same paper, in the language and with the title it says', async () => {
  const pdf = await makePaper(aPaper());
  expect(Buffer.compare(pdf, await makePaper(aPaper()))).toBe(0);
  const document = await PDFDocument.load(pdf, { updateMetadata: false });
  expect([document.getTitle(), document.catalog.toString()]).toEqual([
    aPaper().title,
    expect.stringContaining('/Lang (zh-CN)'),
  ]);
  const { width, height } = document.getPage(0).getSize();
  expect([Math.round(width * 100), Math.round(height * 100)]).toEqual([59528, 84189]);
});

test('leaves 20 mm of white on every side', async () => {
  const picture = rendered(await makePaper(aPaper()), 1, 127); // 5 pixels to the millimetre
  const margin = 20 * 5 - 2;
  for (let y = 0; y < picture.height; y += 1)
    for (let x = 0; x < picture.width; x += 1) {
      const outside = x < margin || y < margin || x >= picture.width - margin || y >= picture.height - margin;
      if (outside && (picture.grey[y * picture.width + x] ?? 255) < 200)
        throw new Error(`ink at ${x / 5} mm, ${y / 5} mm`);
    }
});

test('prints the code of its check page module by module', async () => {
  const picture = rendered(await makePaper(aPaper()), 1, 508); // 20 pixels to the millimetre
  const { modules } = create(aPaper().check.url, { errorCorrectionLevel: 'M' });
  const side = (15 * 20) / modules.size;
  const top = (297 - 20 - 15) * 20;
  for (let row = 0; row < modules.size; row += 1)
    for (let at = 0; at < modules.size; at += 1) {
      const grey =
        picture.grey[Math.round(top + (row + 0.5) * side) * picture.width + Math.round(20 * 20 + (at + 0.5) * side)] ??
        255;
      expect(grey < 128).toBe(Boolean(modules.get(row, at)));
    }
});

test('moves a heading to the next page together with the table it announces', async () => {
  for (let filler = 20; filler < 36; filler += 1) {
    const table = { columns: [{ label: '甲列', width: 1 }], rows: [['第一行'], ['第二行']] };
    const text = textOf(
      await makePaper(
        aPaper({
          facts: [],
          sections: [{ paragraphs: Array.from({ length: filler }, () => '一段。') }, { heading: '报价一览', table }],
        }),
      ),
    );
    const page = text.split('\f').find((one) => one.includes('报价一览'));
    expect(page).toContain('第二行');
  }
});

test('refuses characters the font cannot draw, wherever they stand, and names them', async () => {
  await expect(makePaper(aPaper({ title: '𠮷野家采购' }))).rejects.toThrow(/U\+20BB7/);
  expect(textOf(await makePaper(aPaper({ title: '⾏政⼄方' })))).toContain('行政乙方');
  await expect(makePaper(aPaper({ footer: '签发 😀' }))).rejects.toThrow(Undrawable);
  const hidden = aPaper({ sections: [{ table: { columns: [{ label: '甲', width: 1 }], rows: [['a\tb']] } }] });
  await expect(makePaper(hidden)).rejects.toMatchObject({ characters: ['\t'] });
});

test('breaks a row that is longer than a page over pages, and loses nothing of it', async () => {
  const long = Array.from({ length: 400 }, (_, at) => `第${at}句，`).join('');
  const text = textOf(await makePaper(aPaper({ facts: [['甲', long]], sections: [{ table: { columns: [{ label: '甲', width: 1 }, { label: '乙', width: 3 }], rows: [['一', long], ['二', '末行']] } }] })));
  for (const sentence of ['第0句', '第200句', '第399句']) expect(text.replaceAll(/\s/g, '').split(sentence)).toHaveLength(3);
  expect(text).toContain('末行');
}); // prettier-ignore

test('never breaks an amount in a column, however narrow it was planned', async () => {
  const table = {
    columns: [
      { label: '投标人', width: 9 },
      { label: '报价（元）', width: 1, align: 'right' as const },
    ],
    rows: [['甲公司', '1,234,567,890.12']],
  };
  expect(textOf(await makePaper(aPaper({ sections: [{ table }] })))).toContain('1,234,567,890.12');
});

const style = { weight: 'regular', size: 10.5 } as const;

test('never lets a line run over, begins none with a closing mark and ends none with an opening one', () => {
  const piece = fc.constantFrom(
    '采购',
    '投标人',
    '，',
    '。',
    '（',
    '）',
    '《',
    '》',
    '“',
    '”',
    ' ',
    'QL-ZC-2026',
    '3,486,000.00',
    '元',
    '：',
    'the ',
    'bid',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 80 }), fc.integer({ min: 120, max: 480 }), (pieces, width) => {
      // Runs of marks could be longer than a line, and a space before or after one parts it; nobody writes either.
      const text = pieces
        .join('')
        .replaceAll(/ *([，。）》”：])[，。）》”： ]*/g, '$1')
        .replaceAll(/[（《“ ]*([（《“]) */g, '$1');
      const lines = linesOf(text, width, style);
      for (const [at, line] of lines.entries()) {
        expect(widthOf(line, style)).toBeLessThanOrEqual(width + 0.1);
        if (at > 0) expect(line).not.toMatch(/^[，。）》”：]/);
        if (at < lines.length - 1) expect(line).not.toMatch(/[（《“]$/);
      }
      expect(lines.join('').replaceAll(/\s/g, '')).toBe(text.replaceAll(/\s/g, ''));
    }),
    { numRuns: 2000 },
  );
});

test('keeps words and amounts whole, and cuts only what is longer than a line', () => {
  expect(linesOf('总价 3,486,000.00 元', 80, style)).toEqual(['总价', '3,486,000.00 元']);
  expect(linesOf('ab'.repeat(40), 100, style).every((line) => line.length > 5)).toBe(true);
  expect(linesOf('', 100, style)).toEqual(['']);
});
