import type { SheetReveal } from '@xinbiao/contracts/trust';
import { ownStore } from '../app/ownStore.ts';
import type { Draft } from './sheet.ts';

/** What this browser keeps of an expert's sheet, per seat and lot. */
export type Kept = {
  readonly draft: Draft;
  readonly savedAt: string;
  /** Every sealed sheet with its salt, until it is revealed: a replacement does not drop the one before it. */
  readonly sealed: readonly {
    readonly commitment: string;
    readonly reveal: SheetReveal;
    readonly at: string;
    /** The server said it has it. */ readonly taken: boolean;
  }[];
};

const sheets = ownStore<Kept>('xinbiao-sheets', 'sheets');
const keyOf = (seatId: string, lotId: string) => `${seatId}/${lotId}`;

/** What was kept; undefined on another computer, or where the browser keeps nothing. */
export const readKept = (seatId: string, lotId: string): Promise<Kept | undefined> => sheets.read(keyOf(seatId, lotId));

/** Keeps it, changed from what is there now; resolves once it is on disk. */
export const changeKept = (seatId: string, lotId: string, change: (kept: Kept | undefined) => Kept): Promise<Kept> =>
  sheets.change(keyOf(seatId, lotId), change);
