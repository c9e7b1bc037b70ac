import { z } from 'zod';

const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/** The check character of a unified social credit code's first 17. Source: GB 32100-2015 §5. */
export function usccCheck(first17: string): string {
  const sum = weights.reduce((total, weight, at) => total + weight * alphabet.indexOf(first17.charAt(at)), 0);
  return alphabet.charAt((31 - (sum % 31)) % 31);
}

/** Is this a unified social credit code (统一社会信用代码) with the right check character? */
export const isUscc = (code: string): boolean =>
  code.length === 18 &&
  [...code].every((character) => alphabet.includes(character)) &&
  usccCheck(code) === code.charAt(17);

export const Uscc = z
  .string()
  .transform((code) => code.normalize('NFKC').toUpperCase().trim())
  .pipe(z.string().refine(isUscc));
