import {
  commitContribution,
  DrawDistrust,
  escrowContribution,
  giveDrawShares,
  joinDraw,
  joinDrawAct,
  listMyDraws,
  nextStep,
  readDraw,
  revealContribution,
  type DrawView,
  type FreezeProof,
} from '@xinbiao/contracts/draw';
import { actBy, type Me } from '@xinbiao/contracts/identity';
import { readEntryReceipt, readLogKey } from '@xinbiao/contracts/ledger';
import { toHex } from '@xinbiao/contracts/kernel';
import { call } from '../app/api.ts';
import { recall } from '../app/log.ts';
import { useSession } from '../app/session.store.ts';
import { encryptionKeyOf, NoKey, signAct } from '../identity/keys.ts';
import { keepHeld, readHeld } from './drawStore.ts';

/**
 * done: made a step; wait: nothing to do now; elsewhere: this seat agreed on another computer; agree: it has not agreed
 * yet; noKey: its key is not here; distrust: what the platform shows does not fit; refused: the server said no.
 */
export type Contributed =
  | { readonly state: 'done' | 'wait' | 'elsewhere' | 'agree' | 'noKey' }
  | { readonly state: 'distrust'; readonly what: DrawDistrust['what'] }
  | { readonly state: 'refused'; readonly sentence: string };

const said = (answer: { ok: true } | { ok: false; refusals: readonly { sentence: string }[] }): Contributed =>
  answer.ok ? { state: 'done' } : { state: 'refused', sentence: answer.refusals[0]?.sentence ?? '' };

/** Agrees to contribute: makes the number and keeps it. What follows goes by itself, as long as this browser is open. */
export async function agree(view: DrawView, me: Me): Promise<Contributed> {
  const party = me.organisation?.uscc;
  if (party === undefined) return { state: 'wait' };
  if (!(await readHeld(me.seatId, view.drawId)))
    await keepHeld(me.seatId, {
      drawId: view.drawId,
      party,
      seed: toHex(crypto.getRandomValues(new Uint8Array(32))),
      poolHash: null,
    });
  if (view.allowed.includes('join')) {
    const params = { drawId: view.drawId };
    return said(await call(joinDraw, { params, body: await signAct(joinDrawAct(actBy(me), params)) }));
  }
  return contribute(view, me);
}

/** Makes the step that is due, if there is one: commits, deals, reveals, helps out. */
export async function contribute(view: DrawView, me: Me): Promise<Contributed> {
  const { drawId } = view;
  const held = await readHeld(me.seatId, drawId);
  const mine = view.contributors.find(({ party }) => party === view.mine);
  if (!held) {
    if (!mine || view.state === 'drawn' || view.state === 'void') return { state: 'wait' };
    // The shares one holds of others' numbers need the key alone, not one's own number.
    return { state: mine.commitment === null ? 'agree' : 'elsewhere' };
  }
  try {
    const { key, certificate } = await dealKey(view, held.party);
    const next = await nextStep({
      view,
      held,
      by: actBy(me),
      keys: { privateKey: key, certificate },
      proof: () => freezeProof(view),
    });
    const params = { drawId };
    switch (next.do) {
      case 'commit':
        await keepHeld(me.seatId, { ...held, poolHash: next.poolHash });
        return said(
          await call(commitContribution, {
            params,
            body: { ...(await signAct(next.act)), commitment: next.commitment },
          }),
        );
      case 'escrow':
        return said(
          await call(escrowContribution, { params, body: { ...(await signAct(next.act)), escrow: next.escrow } }),
        );
      case 'reveal':
        return said(await call(revealContribution, { params, body: { r: next.r } }));
      case 'recover':
        return said(await call(giveDrawShares, { params, body: { shares: [...next.shares] } }));
      case 'wait':
      case 'nothing':
        return { state: 'wait' };
    }
  } catch (error) {
    if (error instanceof DrawDistrust) return { state: 'distrust', what: error.what };
    if (error instanceof NoKey) return { state: 'noKey' };
    throw error;
  }
}

/** The key that the others deal to: the one of the certificate that stands in the pool. */
async function dealKey(view: DrawView, party: string) {
  const entered = view.pool?.contributors.find((one) => one.party === party);
  const { privateKey, certificate } = await encryptionKeyOf(undefined, entered?.certSha256);
  return { key: privateKey, certificate: new Uint8Array(certificate) };
}

/** Where the log shows the freeze. The log's key is the one this browser has known before, where it has. */
async function freezeProof(view: DrawView): Promise<FreezeProof | undefined> {
  const index = view.steps.find(({ type }) => type === 'draw.freeze')?.index;
  if (index === undefined || index === null) return undefined;
  const receipt = await call(readEntryReceipt, { params: { index } });
  if (!receipt.ok) return undefined;
  const kept = recall()?.verifierKey;
  if (kept !== undefined) return { receipt: receipt.value, verifierKeys: [kept] };
  const key = await call(readLogKey);
  return key.ok ? { receipt: receipt.value, verifierKeys: [key.value.verifierKey] } : undefined;
}

/** Takes part in whatever waits for this seat and has been agreed to, on any page of the desk; gives how many steps were made. */
export async function contributeDue(seatId: string): Promise<number> {
  const session = useSession();
  const mine = await call(listMyDraws);
  if (!mine.ok || !session.me) return 0;
  let steps = 0;
  for (const { drawId, waiting } of mine.value.rows) {
    if (waiting === null || waiting === 'join' || !(await readHeld(seatId, drawId))) continue;
    const view = await call(readDraw, { params: { drawId } });
    if (view.ok && (await contribute(view.value, session.me)).state === 'done') steps += 1;
  }
  return steps;
}
