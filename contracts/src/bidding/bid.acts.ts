import { makeAct, type ActBy } from '../identity/act.schema.ts';

/** What a bidder signs to take a bid back: that bid and no later one. */
export const withdrawAct = (
  by: ActBy,
  bid: { readonly lotId: string; readonly envelopeId: string; readonly manifestHash: string },
) => makeAct('bid.withdraw', by, bid);
