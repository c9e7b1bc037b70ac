import type { HeldContribution } from '@xinbiao/contracts/draw';
import { ownStore } from '../app/ownStore.ts';

const held = ownStore<HeldContribution>('xinbiao-draws', 'contributions');
const keyOf = (seatId: string, drawId: string) => `${seatId}/${drawId}`;

/** What this browser holds of a draw for a seat; undefined on another computer. */
export const readHeld = (seatId: string, drawId: string): Promise<HeldContribution | undefined> =>
  held.read(keyOf(seatId, drawId));

/** Keeps it; resolves once it is on disk, so that nothing is committed to that could be lost. */
export async function keepHeld(seatId: string, contribution: HeldContribution): Promise<void> {
  await held.change(keyOf(seatId, contribution.drawId), () => contribution);
}
