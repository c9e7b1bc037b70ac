import { PriceOffer } from '@xinbiao/contracts/bidding';
import { fromHex } from '@xinbiao/contracts/kernel';
import { listEntries } from '@xinbiao/contracts/ledger';
import { readPricePiece, readPublicPrice, type OpeningBid } from '@xinbiao/contracts/opening';
import { bytesOf, canonical, EnvelopeFault, openPart, readPieces, sha256Hex } from '@xinbiao/contracts/trust';
import { call } from '../app/api.ts';

export type Reopened =
  /** Opened here: the ciphertext is what was sealed, and it says what was read out. `record`: the log's entry says so too. */
  | { readonly outcome: 'holds'; readonly bytes: number; readonly record: number | null }
  | { readonly outcome: 'broken'; readonly what: 'sealed' | 'price' | 'record' }
  | { readonly outcome: 'unknown' };

/** Opens a bid's price part again with its published key, in the reader's own browser, and compares with what was read out. */
export async function reopenPrice(lotId: string, bid: OpeningBid): Promise<Reopened> {
  const given = await call(readPublicPrice, { params: { lotId, bidId: bid.bidId } });
  if (!given.ok) return { outcome: 'unknown' };
  const { suite, ctxHash, part, partKey, manifestHash } = given.value;
  if (manifestHash !== bid.manifestHash) return { outcome: 'broken', what: 'sealed' };
  let bytes = 0;
  let offline = false;
  const read = readPieces({
    part,
    async fetchPiece(index) {
      const piece = await call(readPricePiece, {
        params: { lotId, bidId: bid.bidId, sha256: part.pieces[index] ?? '' },
      });
      if (!piece.ok) {
        offline = true;
        throw new Error('no piece');
      }
      bytes += piece.value.length;
      return new Uint8Array(piece.value);
    },
  });
  try {
    const opened = await openPart({
      manifest: { ctx: { suite }, ctxHash, parts: [part] },
      stage: part.stage,
      part: part.name,
      partKey: fromHex(partKey),
      read,
    });
    await opened.verify();
    const offer = PriceOffer.safeParse(opened.content);
    if (!offer.success || offer.data.lotId !== lotId) return { outcome: 'broken', what: 'price' };
    const { price, deliveryDays, validityDays, projectLead } = offer.data;
    if (
      price !== bid.price ||
      deliveryDays !== bid.deliveryDays ||
      validityDays !== bid.validityDays ||
      projectLead !== (bid.projectLead ?? '')
    )
      return { outcome: 'broken', what: 'price' };
    const record = await recordOf(lotId, bid.bidId);
    if (record === undefined) return { outcome: 'holds', bytes, record: null };
    const same =
      record.p['manifest'] === manifestHash &&
      record.p['partKey'] === partKey &&
      record.p['offer'] === sha256Hex(bytesOf(canonical(opened.content)));
    return same ? { outcome: 'holds', bytes, record: record.index } : { outcome: 'broken', what: 'record' };
  } catch (fault) {
    if (offline) return { outcome: 'unknown' };
    if (fault instanceof EnvelopeFault) return { outcome: 'broken', what: 'sealed' };
    throw fault;
  }
}

/** What the public log says was opened. */
async function recordOf(
  lotId: string,
  bidId: string,
): Promise<{ readonly index: number; readonly p: Readonly<Record<string, unknown>> } | undefined> {
  for (let before: number | null | undefined; before !== null;) {
    const page = await call(listEntries, {
      query: { scope: lotId, limit: 100, ...(before === undefined ? {} : { before }) },
    });
    if (!page.ok) return undefined;
    const row = page.value.rows.find(({ body }) => body?.t === 'open.result' && body.p['bid'] === bidId);
    if (row?.body) return { index: row.index, p: row.body.p };
    before = page.value.next;
  }
  return undefined;
}
