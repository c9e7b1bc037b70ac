import { fromHex } from '@xinbiao/contracts/kernel';
import { bytesOf, sha256Hex } from '@xinbiao/contracts/trust';
import { makePaper, signPaper, Undrawable, type Paper } from '../platform/pdf/index.ts';
import type { House } from '../platform/index.ts';
import { IssuedPaper } from './paper.entity.ts';
import { houseSeal } from './seal.ts';

/** Milliseconds from UTC at the place of the house's tenders. */
const placeOffset = 8 * 3_600_000;
/** `2026-11-24 09:30:00` at the tender's place. */
export const localTime = (at: Date): string =>
  new Date(at.getTime() + placeOffset).toISOString().slice(0, 19).replace('T', ' ');

/** Who issues a paper and when, for its foot. */
export const issuedBy = (house: House, at: Date, lang: 'zh' | 'en' = 'zh'): string =>
  lang === 'zh'
    ? `${house.config.cityName.zh}公共资源交易平台　${localTime(at)}（北京时间，以服务器时钟为准）`
    : `${house.config.cityName.en} procurement platform · ${localTime(at)} (UTC+8, the server’s clock)`;

/**
 * A paper with the house's seal and a timestamp, where the house has a seal; without it its foot says so. What was
 * issued once is given out again byte for byte: nobody can make the house sign, or ask the time, by reloading a page.
 */
export async function issuePaper(house: House, paper: Paper, reason: string): Promise<Uint8Array> {
  const { at, footer: _, ...says } = paper;
  const seal = await houseSeal(house);
  const signer = seal ? sha256Hex(seal.certificate) : null;
  const content = sha256Hex(bytesOf(JSON.stringify({ ...says, reason, signer })));
  const issued = await house.fork().findOne(IssuedPaper, { content });
  if (issued) return whole(house, issued.sha256);
  const unsealed = paper.language === 'en' ? ' · not sealed' : ' · 未加盖电子印章';
  const made = await drawn(seal ? paper : { ...paper, footer: `${paper.footer}${unsealed}` });
  const stamp = async (digest: Uint8Array): Promise<Uint8Array[]> => (await house.time.stamp(digest)).map(fromHex);
  const bytes = seal ? await signPaper(made, { ...seal, reason, signedAt: at, stamp }) : made;
  const { sha256 } = await house.storage.put(bytes);
  await house
    .fork()
    .upsert(
      IssuedPaper,
      { content, number: paper.number, sha256, at },
      { onConflictFields: ['content'], onConflictAction: 'ignore' },
    );
  // Two who ask first at the same moment get the same file.
  const first = await house.fork().findOneOrFail(IssuedPaper, { content });
  return first.sha256 === sha256 ? bytes : whole(house, first.sha256);
}

const whole = async ({ storage }: House, sha256: string): Promise<Uint8Array> =>
  storage.read(sha256, 0, (await storage.size(sha256)) ?? 0);

/** A paper is made whatever people have typed: what the font cannot draw becomes a white square. */
async function drawn(paper: Paper): Promise<Uint8Array> {
  try {
    return await makePaper(paper);
  } catch (fault) {
    if (!(fault instanceof Undrawable)) throw fault;
    const missing = new Set(fault.characters);
    const clean = (value: unknown): unknown => {
      if (typeof value === 'string')
        return [...value].map((character) => (missing.has(character) ? '□' : character)).join('');
      if (Array.isArray(value)) return value.map(clean);
      if (value instanceof Date || typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, clean(inner)]));
    };
    return makePaper(clean(paper) as Paper);
  }
}

/** Where a reader checks a paper: the address in its QR names the paper, and the page on which its content stands. */
export const checkOf = (
  house: House,
  { number, see, lang = 'zh' }: { readonly number: string; readonly see: string; readonly lang?: 'zh' | 'en' },
): Paper['check'] => ({
  url: `${house.config.publicUrl}/check?paper=${encodeURIComponent(number)}&see=${encodeURIComponent(see)}`,
  label: lang === 'zh' ? '扫码核对这份文件' : 'Scan to check this paper',
});
