import { z } from 'zod';

/** Money: an integer number of fen (分). No other type ever holds money. */
export type Fen = bigint & { readonly __brand: 'Fen' };

export const fen = (amount: bigint | number): Fen => BigInt(amount) as Fen;

/** Largest amount the platform takes: 90 trillion yuan, inside what both databases keep exactly. */
export const maxFen = fen(9_007_199_254_740_991n);

/** Money on the wire: a decimal string of fen, no sign but `-`, no leading zero. Stays a string in JSON that is signed. */
export const FenText = z
  .string()
  // What is no number must not reach the comparisons behind, which would throw.
  .regex(/^(0|-?[1-9]\d{0,15})$/, { abort: true })
  .refine((text) => {
    const v = BigInt(text);
    return v <= maxFen && v >= -BigInt(maxFen);
  });
/** Money that must be more than nothing. */
export const PositiveFenText = FenText.refine((text) => BigInt(text) > 0n);

/** Parts per million; 100 % is 1 000 000. */
export const Ppm = z.int().min(0).max(1_000_000);

/** Division that names its rounding: half away from zero (四舍五入). */
export function divideHalfUp(numerator: bigint, denominator: bigint): bigint {
  if (denominator === 0n) throw new RangeError('division by zero');
  const negative = numerator < 0n !== denominator < 0n;
  const n = numerator < 0n ? -numerator : numerator;
  const d = denominator < 0n ? -denominator : denominator;
  const rounded = (2n * n + d) / (2n * d);
  return negative ? -rounded : rounded;
}

/** Reads yuan as people type them (`3,486,000`, `1234.5`); undefined when it is not money to the fen. */
export function parseYuan(text: string): Fen | undefined {
  const plain = text.normalize('NFKC').replace(/[,\s¥]/g, '');
  const match = /^(\d{1,14})(?:\.(\d{1,2}))?$/.exec(plain);
  if (!match) return undefined;
  const amount = BigInt(match[1] ?? '0') * 100n + BigInt((match[2] ?? '').padEnd(2, '0'));
  return amount <= maxFen ? fen(amount) : undefined;
}

/** `3,486,000.00`, without a currency sign. */
export function formatYuan(amount: bigint): string {
  const sign = amount < 0n ? '-' : '';
  const digits = (amount < 0n ? -amount : amount).toString().padStart(3, '0');
  return `${sign}${digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',')}.${digits.slice(-2)}`;
}

const numerals = '零壹贰叁肆伍陆柒捌玖';
const places = ['', '拾', '佰', '仟'];
const sections = ['', '万', '亿', '万亿'];

/** Capital numerals as cheques and bids write them: 叁佰肆拾捌万陆仟元整. Source: 支付结算办法 annex 1. */
export function capitals(amount: bigint): string {
  const sign = amount < 0n ? '负' : '';
  const absolute = amount < 0n ? -amount : amount;
  const yuan = absolute / 100n;
  const jiao = Number((absolute / 10n) % 10n);
  const fenDigit = Number(absolute % 10n);
  const whole = yuan === 0n ? '' : `${wholeCapitals(yuan)}元`;
  if (jiao === 0 && fenDigit === 0) return `${sign}${whole || '零元'}整`;
  const tenths = jiao === 0 ? (whole ? '零' : '') : `${numerals[jiao] ?? ''}角`;
  return `${sign}${whole}${tenths}${fenDigit === 0 ? '整' : `${numerals[fenDigit] ?? ''}分`}`;
}

function wholeCapitals(yuan: bigint): string {
  const groups: string[] = [];
  for (let rest = yuan; rest > 0n; rest /= 10_000n) groups.unshift((rest % 10_000n).toString().padStart(4, '0'));
  let text = '';
  let zero = false;
  groups.forEach((group, at) => {
    if (group === '0000') {
      zero = true;
      return;
    }
    for (const [place, digit] of [...group].entries()) {
      if (digit === '0') {
        zero = true;
        continue;
      }
      text += `${zero && text ? '零' : ''}${numerals[Number(digit)] ?? ''}${places[3 - place] ?? ''}`;
      zero = false;
    }
    text += sections[groups.length - 1 - at] ?? '';
    zero = false;
  });
  return text.replace('万亿', groups.length === 4 && groups[1] !== '0000' ? '万' : '万亿');
}
