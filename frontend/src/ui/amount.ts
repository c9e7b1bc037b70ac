import { formatYuan } from '@xinbiao/contracts/kernel';
import type { Lang } from '../locales/index.ts';

/** sign `¥3,486,000.00`, plain without a sign (the unit is in the table's header), overview `386 万元`. */
export type MoneyForm = 'sign' | 'plain' | 'overview';

export function moneyWords(fen: bigint, lang: Lang, form: MoneyForm = 'sign'): string {
  if (form === 'plain') return formatYuan(fen);
  if (form === 'sign') return lang === 'zh-CN' ? `¥${formatYuan(fen)}` : `CNY ${formatYuan(fen)}`;
  const [unit, words] = lang === 'zh-CN' ? overviewZh(fen) : overviewEn(fen);
  const tenths = (fen * 10n) / unit;
  const whole = (tenths / 10n).toString().replace(/\B(?=(\d{3})+$)/g, ',');
  const text = tenths % 10n === 0n || tenths >= 1000n ? whole : `${whole}.${tenths % 10n}`;
  return lang === 'zh-CN' ? `${text} ${words}` : `CNY ${text}${words}`;
}

function overviewZh(fen: bigint): [bigint, string] {
  if (fen >= 10_000_000_000n) return [10_000_000_000n, '亿元'];
  return fen >= 1_000_000n ? [1_000_000n, '万元'] : [100n, '元'];
}
function overviewEn(fen: bigint): [bigint, string] {
  if (fen >= 100_000_000n) return [100_000_000n, ' m'];
  return fen >= 100_000n ? [100_000n, ' k'] : [100n, ''];
}

/** Bytes as people read them: `6.4 MB`. */
export function sizeWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let at = -1;
  while (value >= 1000 && at < units.length - 1) {
    value /= 1000;
    at += 1;
  }
  return `${value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[at]}`;
}

/** A public number with separators: `18,929`. */
export const countWords = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');
