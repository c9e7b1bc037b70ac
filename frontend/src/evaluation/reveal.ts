import { listTasks, readProgress, revealSheet, ScoreSheet } from '@xinbiao/contracts/evaluation';
import { call } from '../app/api.ts';
import { readKept } from './sheetStore.ts';

/** waiting: not all sheets are in; done: this sheet is open; elsewhere: it was sealed on another computer; refused: the server said no. */
export type Revealed = 'waiting' | 'done' | 'elsewhere' | 'refused';

/** Reveals this seat's sheet of a lot if all sheets are in: nobody has to press anything. */
export async function revealIfDue(seatId: string, lotId: string): Promise<Revealed> {
  const progress = await call(readProgress, { params: { lotId } });
  if (!progress.ok) return 'waiting';
  const { state, revealOpen, commitment } = progress.value;
  if (state === 'revealed' || state === 'opened') return 'done';
  if (state !== 'committed' || !revealOpen || commitment === null) return 'waiting';
  const kept = await readKept(seatId, lotId);
  const sealed = kept?.sealed.find((one) => one.commitment === commitment);
  if (!sealed) return 'elsewhere';
  const answer = await call(revealSheet, {
    params: { lotId },
    body: { salt: sealed.reveal.salt, sheet: ScoreSheet.parse(sealed.reveal.sheet) },
  });
  return answer.ok ? 'done' : 'refused';
}

/** Reveals whatever waits for it, on any page of the desk; gives how many sheets were revealed. */
export async function revealDue(seatId: string): Promise<number> {
  const tasks = await call(listTasks);
  if (!tasks.ok) return 0;
  let count = 0;
  for (const task of tasks.value.rows)
    if (task.next === 'reveal' && (await revealIfDue(seatId, task.lotId)) === 'done') count += 1;
  return count;
}
