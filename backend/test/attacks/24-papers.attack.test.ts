import { printNotice } from '@xinbiao/contracts/tendering';
import { checkPaper, paperSignatures } from '@xinbiao/contracts/trust';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makePaper } from '../../src/platform/pdf/index.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { castFor, publishedLots } from '../lots.ts';
import { attack } from './table.ts';

describe(attack(24), () => {
  let house: TestHouse;
  let pdf: Buffer;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'attack-24-'));
    house = await openHouse();
    const { tenderId } = await publishedLots(house, await castFor(house, { bidders: 0 }), 1);
    pdf = Buffer.from(await house.anybody.call(printNotice, { params: { tenderId } }));
  });
  afterAll(async () => {
    await house.close();
    rmSync(folder, { recursive: true });
  });

  const check = async (bytes: Uint8Array) =>
    checkPaper(bytes, {
      ...house.house.identity.authorities.anchors(house.clock.now()),
      timestampRoots: house.house.time.roots,
    });

  test('the paper as the house issued it holds', async () => {
    expect(await check(pdf)).toMatchObject({ ok: true, signatures: [{ stamps: [{}] }] });
  });

  test('a page laid over the first by a proper incremental update is refused', async () => {
    const text = pdf.toString('latin1');
    const previous = /startxref\n(\d+)\n%%EOF\n$/.exec(text)?.[1] ?? '';
    const root = /\/Root (\d+ 0 R)/.exec(text)?.[1] ?? '';
    const page = [...text.matchAll(/\n(\d+) 0 obj\n<<\n\/Type \/Page\n[\s\S]*?\nendobj/g)].at(-1);
    const object = (page?.[0] ?? '').slice(1).replace(/\/Contents \[[^\]]*\]/, '/Contents [ ]');
    expect(object).toContain('/Contents [ ]');
    const table = pdf.length + object.length + 1;
    const update = `${object}\nxref\n0 1\n0000000000 65535 f \n${page?.[1]} 1\n${String(pdf.length).padStart(10, '0')} 00000 n \ntrailer\n<< /Size 999 /Root ${root} /Prev ${previous} >>\nstartxref\n${table}\n%%EOF\n`;
    const grown = Buffer.concat([pdf, Buffer.from(update, 'latin1')]);
    writeFileSync(join(folder, 'grown.pdf'), grown);
    // Readers show the empty page: the update is a good one, and the first signature still verifies.
    expect(execFileSync('pdfsig', ['grown.pdf'], { cwd: folder, encoding: 'utf8' })).toContain('Signature is Valid');
    expect(await check(grown)).toEqual({ ok: false, reason: 'paper.changed-after-signing' });
  });

  test('every byte that is changed is noticed, wherever it stands', async () => {
    const [signature] = paperSignatures(pdf);
    const whole = await check(pdf);
    for (let at = 7; at < pdf.length; at += Math.ceil(pdf.length / 400)) {
      const changed = Buffer.from(pdf);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const found = await check(changed);
      const isInside = signature !== undefined && at > signature.gapStart && at < signature.gapEnd;
      // Certificates that travel along are no part of what is signed: without them less is known, never anything else.
      if (isInside && found.ok)
        expect(found.signatures[0]?.certificate).toEqual(whole.ok && whole.signatures[0]?.certificate);
      else expect(found.ok, `byte ${at}`).toBe(false);
    }
  });

  test('a paper cut off anywhere, or one signed by nobody, is refused', async () => {
    for (let end = 0; end < pdf.length; end += Math.ceil(pdf.length / 60))
      expect((await check(pdf.subarray(0, end))).ok, `cut at ${end}`).toBe(false);
  });

  test('the glyphs of a paper are drawn: what is read out as text is there as ink', async () => {
    const words = '公开招标公告采购人投标截止时间开标地点预算最高限价评审方法综合评分法'.repeat(6);
    const paper = (text: string) => ({
      title: '公告',
      number: 'T',
      facts: [],
      sections: [{ paragraphs: [text] }],
      check: { url: 'https://example.org', label: '核对' },
      footer: '平台',
      at: new Date(0),
    });
    const ink = async (text: string, subset: boolean): Promise<number> => {
      writeFileSync(join(folder, 'ink.pdf'), await makePaper(paper(text), { subset }));
      execFileSync('pdftoppm', ['-r', '72', '-gray', '-singlefile', 'ink.pdf', 'ink'], { cwd: folder });
      return readFileSync(join(folder, 'ink.pgm'))
        .subarray(20)
        .filter((grey) => grey < 128).length;
    };
    const [whole, subset, empty] = [await ink(words, false), await ink(words, true), await ink('', true)];
    expect(subset).toBe(whole);
    expect(subset - empty).toBeGreaterThan(words.length * 8);
  });
});
