import type { DeskRow } from '@xinbiao/contracts/opening';

/** Openings that are not over and were, or may be, sealed to one of these certificates: their keys are needed till then. */
export const openingsBoundTo = (rows: readonly DeskRow[], certificates: readonly string[]): DeskRow[] =>
  rows.filter(({ certSha256, phase }) => certificates.includes(certSha256) && phase !== 'opened' && phase !== 'failed');
