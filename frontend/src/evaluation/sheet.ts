import type { Criteria, RoomReply, ScoreSheet } from '@xinbiao/contracts/evaluation';
import { bandsOf, needsReason } from './bands.ts';

/** Where in a bid's files something was found: the file's place and the page. */
export type Cite = { readonly file: number; readonly page: number };
/** One criterion as an expert has it on the desk; a score that is not given yet is null. */
export type Entry = { score: number | null; comment: string; cites: Cite[] };
export type BidEntry = { responsive: boolean | null; reason: string; items: Record<string, Entry> };
/** All that an expert has written about a lot; it stays in this browser. */
export type Draft = { readonly lotId: string; readonly criteriaHash: string; bids: Record<string, BidEntry> };

export type RoomBid = RoomReply['bids'][number];

const subjective = ({ items }: Criteria) => items.filter(({ kind }) => kind === 'subjective');

export const emptyDraft = (room: Pick<RoomReply, 'lotId' | 'criteriaHash' | 'criteria' | 'bids'>): Draft => ({
  lotId: room.lotId,
  criteriaHash: room.criteriaHash,
  bids: Object.fromEntries(
    room.bids.map(({ bidId }) => [
      bidId,
      {
        responsive: null,
        reason: '',
        items: Object.fromEntries(
          subjective(room.criteria).map(({ id }) => [id, { score: null, comment: '', cites: [] }]),
        ),
      },
    ]),
  ),
});

/** What is still missing before a sheet can be sealed. */
export type Lack = {
  readonly bidId: string;
  readonly item: string | null;
  readonly what: 'responsive' | 'whyNot' | 'score' | 'reason';
};

export function lacksOf(draft: Draft, criteria: Criteria, bidIds: readonly string[]): Lack[] {
  return bidIds.flatMap((bidId): Lack[] => {
    const bid = draft.bids[bidId];
    if (bid === undefined) return [{ bidId, item: null, what: 'responsive' }];
    const lacks: Lack[] = [];
    if (bid.responsive === null) lacks.push({ bidId, item: null, what: 'responsive' });
    if (bid.responsive === false && bid.reason.trim() === '') lacks.push({ bidId, item: null, what: 'whyNot' });
    for (const { id, guidance, max } of subjective(criteria)) {
      const entry = bid.items[id];
      if (entry === undefined || entry.score === null) lacks.push({ bidId, item: id, what: 'score' });
      else if (entry.comment.trim() === '' && needsReason(bandsOf(guidance, max), entry.score, max))
        lacks.push({ bidId, item: id, what: 'reason' });
    }
    return lacks;
  });
}

/** How many criteria of a bid are done; the conformity question counts as one. */
export function doneOf(
  draft: Draft,
  criteria: Criteria,
  bidId: string,
): { readonly done: number; readonly of: number } {
  const items = subjective(criteria);
  const open = new Set(lacksOf(draft, criteria, [bidId]).map(({ item }) => item ?? ''));
  return { done: items.filter(({ id }) => !open.has(id)).length + (open.has('') ? 0 : 1), of: items.length + 1 };
}

const longestComment = 1_000;

/** A comment with the pages it was found on written out, so that whoever reads the sheet later finds them too. */
export function commentOf(entry: Entry, fileNames: readonly string[]): string {
  const places = entry.cites.map(({ file, page }) => `${fileNames[file] ?? ''} p.${page}`).join('; ');
  const whole = places === '' ? entry.comment.trim() : `${entry.comment.trim()} [${places}]`.trim();
  return whole.length <= longestComment ? whole : entry.comment.trim().slice(0, longestComment);
}

/** The sheet as it is committed to. */
export function sheetOf(draft: Draft, room: RoomReply): ScoreSheet {
  return {
    v: 'xinbiao/score-sheet/v1',
    lotId: room.lotId,
    criteriaHash: room.criteriaHash,
    expert: room.expert,
    bids: room.bids.map(({ bidId, files }) => {
      const bid = draft.bids[bidId];
      return {
        bidId,
        responsive: bid?.responsive === true,
        reasons: bid?.responsive === false ? [bid.reason.trim().slice(0, 500)] : [],
        scores: subjective(room.criteria).map(({ id }) => {
          const entry = bid?.items[id];
          return {
            item: id,
            score: entry?.score ?? 0,
            comment: entry
              ? commentOf(
                  entry,
                  files.map(({ name }) => name),
                )
              : '',
          };
        }),
      };
    }),
  };
}

/** Hundredths so far, without the price: what this expert gave and what the machine gave. */
export const subtotalOf = (draft: Draft, bid: RoomBid): number =>
  Object.values(draft.bids[bid.bidId]?.items ?? {}).reduce((sum, { score }) => sum + (score ?? 0), 0) +
  bid.objective.reduce((sum, { score }) => sum + score, 0);

/** Does a kept draft still belong to this room? Criteria never change after publication, bids may have fallen out. */
export function fitted(kept: Draft | undefined, room: RoomReply): Draft {
  const fresh = emptyDraft(room);
  if (kept?.criteriaHash !== room.criteriaHash) return fresh;
  for (const bidId of Object.keys(fresh.bids)) {
    const bid = kept.bids[bidId];
    if (bid) fresh.bids[bidId] = bid;
  }
  return fresh;
}
