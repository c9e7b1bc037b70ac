import { z } from 'zod';

/**
 * Does a text pile more than thirty marks on one letter? No writing does (UAX #15, stream-safe text), and bringing
 * such a pile into its normal form takes time that grows with its square.
 */
export const pilesMarks = (value: string): boolean => /\p{M}{31}/u.test(value);

/** Text that people write: NFC, trimmed, no control characters but newline and tab, no direction overrides. */
export const text = (max: number, min = 1) =>
  z
    .string()
    .transform((value) => value.normalize('NFC').trim())
    .pipe(
      z
        .string()
        .min(min)
        .max(max)
        .regex(/^[^\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]*$/u),
    );

/** Text that may be left empty. */
export const optionalText = (max: number) => text(max, 0);

/** What search boxes send: case and width folded. */
export const fold = (value: string): string => value.normalize('NFKC').toLowerCase().trim();
