import { closeMatches, CloseDocument, isListedFor, readClose, type DisclosedBid } from '@xinbiao/contracts/bidding';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import {
  findEntry,
  listEntries,
  proveEntry,
  readCheckpoint,
  readLogKey,
  type LogEntry,
} from '@xinbiao/contracts/ledger';
import { anchorsOf, checkCloseToken, listTimeAuthorities } from '@xinbiao/contracts/timekeeping';
import { disclosedBid, readReleaseBatch, type ReleaseBatch, type ReleasedShare } from '@xinbiao/contracts/opening';
import {
  bytesOf,
  checkShare,
  keyringHash,
  leafHash,
  Malformed,
  manifestHashOf,
  Manifest,
  openCheckpoint,
  parseCanonical,
  parseVerifierKey,
  provesInclusion,
  publicLeaf,
  sha256Hex,
  unwrapShare,
  verifyDetached,
  WrapUnreadable,
  type DecryptionKey,
} from '@xinbiao/contracts/trust';
import { call, type Said } from '../app/api.ts';
import { readAnchors, type Anchors } from '../bidding/anchors.ts';
import { checkPublished } from '../bidding/noticeCheck.ts';
import type { UsableKey } from '../identity/keys.ts';
import { witnessed, type LogTrust } from '../ledger/witnessed.ts';

/** What an officer's own computer checks before it releases anything, in this order. */
export const releaseSteps = ['fetch', 'close', 'complete', 'objection', 'signatures', 'manifests', 'shares'] as const;
export type ReleaseStep = (typeof releaseSteps)[number];

/** How far a step is; `of` bids. */
export type Told = (step: ReleaseStep, at: { readonly done: number; readonly of: number }) => void;

/** A check did not hold: nothing is released, and it is said who has to act. */
export class Refusal extends Error {
  readonly step: ReleaseStep;
  /** bidder: the bid is at fault; platform: what it delivered does not fit; unknown: could not be looked at; early: nobody's, only too soon. */
  readonly owner: 'bidder' | 'platform' | 'unknown' | 'early';
  readonly bidder: string | undefined;
  readonly said: readonly Said[];
  constructor(
    step: ReleaseStep,
    owner: Refusal['owner'],
    { bidder, said = [] }: { bidder?: string; said?: readonly Said[] } = {},
  ) {
    super(`release: ${step}`);
    this.step = step;
    this.owner = owner;
    this.bidder = bidder;
    this.said = said;
  }
}

/** The notice by its leaf in the log, and the list of officers it names; what it says is looked up and checked here. */
export type Notice = { readonly leaf: string; readonly keyringHash: string };

export type Prepared = {
  readonly closeHash: string;
  readonly officer: string;
  readonly count: number;
  /** What was announced before, and the number of the next announcement. */
  readonly announcements: Pick<ReleaseBatch, 'announced' | 'attempt'>;
  readonly shares: readonly ReleasedShare[];
  /** Bidders whose wrap does not open for this officer: said in the signed batch, in the officer's name. */
  readonly unreadable: readonly string[];
};

/** Fetches what has to be opened, checks everything that can be checked, and only then opens the officer's own wraps. `now`: this computer's clock, where the house's clock is not turned by hand. */
export async function prepareRelease({
  lotId,
  notice,
  key,
  tell,
  now,
  houseNow,
}: {
  readonly lotId: string;
  readonly notice: Notice;
  readonly key: (certSha256: string) => Promise<UsableKey>;
  readonly tell: Told;
  readonly now?: Date | undefined;
  /** The house's clock, for a rehearsal whose time is turned by hand. */
  readonly houseNow: Date;
}): Promise<Prepared> {
  const { keyringHash: published } = notice;
  const [answer, anchors] = await Promise.all([call(readReleaseBatch, { params: { lotId } }), readAnchors()]);
  if (!answer.ok) throw new Refusal('fetch', 'unknown', { said: answer.refusals });
  if (anchors === undefined) throw new Refusal('fetch', 'unknown');
  const batch = answer.value;
  const of = batch.heads.length;
  tell('fetch', { done: of, of });
  if (keyringHash(batch.keyring) !== published) throw new Refusal('fetch', 'platform');

  const { document, place } = await closeDocument(batch, lotId);
  const { objectionMinutes, trust } = await past(document, { notice, anchors, now, closedAtIndex: place.index });
  // A close that only this officer is shown would have bids opened early: enough witnesses must have seen it too.
  const seen = trust ? await witnessed({ trust, ...place }) : 'holds';
  if (seen !== 'holds') throw new Refusal('close', seen === 'broken' ? 'platform' : 'unknown');
  tell('close', { done: 1, of: 1 });
  const entries = await entriesOf(lotId);
  complete(document, entries, batch.heads);
  tell('complete', { done: 1, of: 1 });
  undisturbed(document, entries, { objectionMinutes, now: now ?? houseNow });
  tell('objection', { done: 1, of: 1 });

  for (const [at, head] of batch.heads.entries()) {
    await signature(head, document, anchors);
    tell('signatures', { done: at + 1, of });
  }
  const manifests = new Map<string, Manifest>();
  const rings = new Set(batch.keyrings.map(keyringHash));
  const known = new Set([`${notice.leaf} ${notice.keyringHash}`]);
  for (const [at, head] of batch.heads.entries()) {
    const manifest = manifestOf(head, { document, lotId, rings });
    // A bid sealed before officers were replaced names an older notice, which must have been signed and logged as well.
    const { noticeHash, keyringHash: ring } = manifest.ctx;
    if (!known.has(`${noticeHash} ${ring}`)) {
      const older = await checkPublished(
        { ...document, noticeHash, keyringHash: ring, closedAtIndex: place.index },
        anchors,
      );
      if (older.outcome !== 'holds')
        throw new Refusal('manifests', older.outcome === 'unknown' ? 'unknown' : 'platform', {
          bidder: head.bidder.name,
        });
      known.add(`${noticeHash} ${ring}`);
    }
    manifests.set(head.manifestHash, manifest);
    tell('manifests', { done: at + 1, of });
  }
  if (
    manifests.size !== document.heads.length ||
    document.heads.some(({ manifestHash }) => !manifests.has(manifestHash))
  )
    throw new Refusal('manifests', 'platform');

  const { privateKey, certificate } = await key(batch.officer.certSha256);
  const shares: ReleasedShare[] = [];
  const unreadable: string[] = [];
  for (const [at, { manifestHash, bidder }] of batch.heads.entries()) {
    const manifest = manifests.get(manifestHash);
    if (!manifest) throw new Refusal('shares', 'platform');
    for (const { id: stage, groups } of manifest.stages) {
      const officer = batch.officer.certSha256;
      const place = groups.flatMap((group) => group.shares).find((share) => share.officer === officer);
      // A bid sealed before this officer came in keeps no share for it.
      if (!place) continue;
      const blob = await ownShare({ manifest, stage, officer, privateKey, certificate });
      if (blob === null) unreadable.push(bidder.name);
      shares.push({ manifestHash, stage, x: place.x, blob });
    }
    tell('shares', { done: at + 1, of });
  }
  return {
    closeHash: batch.closeHash,
    officer: batch.officer.certSha256,
    count: of,
    announcements: { announced: batch.announced, attempt: batch.attempt },
    shares,
    unreadable,
  };
}

/** The close document must be the one whose hash stands in the log, and the log's entry must really be there. */
async function closeDocument(
  batch: ReleaseBatch,
  lotId: string,
): Promise<{ document: CloseDocument; place: { index: number; leaf: string; checkpoint: string } }> {
  if (sha256Hex(bytesOf(batch.closeDocument)) !== batch.closeHash) throw new Refusal('close', 'platform');
  const read = CloseDocument.safeParse(parseCanonical(batch.closeDocument));
  if (!read.success || read.data.lotId !== lotId) throw new Refusal('close', 'platform');
  const page = await call(readClose, { params: { lotId } });
  if (!page.ok) throw new Refusal('close', 'unknown', { said: page.refusals });
  if (page.value.hash !== batch.closeHash) throw new Refusal('close', 'platform');
  const [entry, key, note] = await Promise.all([
    call(findEntry, { params: { hash: page.value.leaf } }),
    call(readLogKey),
    call(readCheckpoint),
  ]);
  if (!entry.ok || !key.ok || !note.ok) throw new Refusal('close', 'unknown', { said: entry.ok ? [] : entry.refusals });
  const { body, index } = entry.value;
  if (
    body?.t !== 'tender.close' ||
    body.s !== lotId ||
    body.p['document'] !== batch.closeHash ||
    body.ts < read.data.deadline
  )
    throw new Refusal('close', 'platform');
  await notEarly(body.p, batch.closeHash, read.data.deadline);
  const leaf = leafHash(publicLeaf(body));
  const tree = openCheckpoint(note.value, [parseVerifierKey(key.value.verifierKey)]);
  const proof = await call(proveEntry, { query: { index, size: tree.size } });
  if (!proof.ok) throw new Refusal('close', 'unknown', { said: proof.refusals });
  if (
    toHex(leaf) !== page.value.leaf ||
    !provesInclusion({ index, size: tree.size, leaf, proof: proof.value.proof.map(fromHex), root: tree.root })
  )
    throw new Refusal('close', 'platform');
  return { document: read.data, place: { index, leaf: page.value.leaf, checkpoint: note.value } };
}

/** An authority's word that the close was made before the deadline stops everything; that there is none, the outsider's check says. */
async function notEarly(entry: Readonly<Record<string, unknown>>, hash: string, deadline: string): Promise<void> {
  if (typeof entry['token'] !== 'string') return;
  const authorities = await call(listTimeAuthorities);
  if (!authorities.ok) throw new Refusal('close', 'unknown', { said: authorities.refusals });
  const stamp = await checkCloseToken({
    entry,
    document: fromHex(hash),
    deadline: new Date(deadline),
    anchors: anchorsOf(authorities.value),
  });
  const isStranger = stamp.outcome === 'refused' && stamp.reason === 'certificate.untrusted';
  if (stamp.outcome === 'early' || (stamp.outcome === 'refused' && !isStranger)) throw new Refusal('close', 'platform');
}

/** This computer's clock may be this wrong, and nobody's bid is any the worse for it. */
const tolerance = 5 * 60_000;

/** Is the deadline over? A server that could name the deadline itself could have bids opened before it: it is the one that was signed, and this computer has a clock too. */
async function past(
  { tenderId, lotId, deadline, closedAt }: CloseDocument,
  {
    notice,
    anchors,
    now,
    closedAtIndex,
  }: {
    readonly notice: Notice;
    readonly anchors: Anchors;
    readonly now: Date | undefined;
    readonly closedAtIndex: number;
  },
): Promise<{ objectionMinutes: number; trust: LogTrust | undefined }> {
  const signed = await checkPublished(
    { tenderId, lotId, deadline, noticeHash: notice.leaf, keyringHash: notice.keyringHash, closedAtIndex },
    anchors,
  );
  if (signed.outcome === 'unknown') throw new Refusal('close', 'unknown');
  if (signed.outcome === 'broken' || closedAt < deadline) throw new Refusal('close', 'platform');
  if (now && now.getTime() + tolerance < Date.parse(deadline)) throw new Refusal('close', 'platform');
  return signed;
}

/** Is the time over in which a missing bid can be reported, as the signed notice fixes it, and was none proven? The server's word counts for neither. */
function undisturbed(
  { closedAt }: CloseDocument,
  entries: readonly LogEntry[],
  { objectionMinutes, now }: { readonly objectionMinutes: number; readonly now: Date },
): void {
  if (now.getTime() < Date.parse(closedAt) + objectionMinutes * 60_000) throw new Refusal('objection', 'early');
  if (entries.some(({ body }) => body?.t === 'open.omission')) throw new Refusal('objection', 'platform');
}

/** Everything public that was logged about the lot. */
async function entriesOf(lotId: string): Promise<LogEntry[]> {
  const rows: LogEntry[] = [];
  for (let before: number | null | undefined; before !== null;) {
    const page = await call(listEntries, {
      query: { scope: lotId, limit: 100, ...(before === undefined ? {} : { before }) },
    });
    if (!page.ok) throw new Refusal('complete', 'unknown', { said: page.refusals });
    rows.push(...page.value.rows);
    before = page.value.next;
  }
  return rows.reverse();
}

/**
 * Are the bids listed exactly those that the lot's disclosed receipts and withdrawals leave standing, and does each say
 * itself that it replaces what its receipt says? Whoever writes the log could have one bid replace another's.
 */
function complete(document: CloseDocument, entries: readonly LogEntry[], heads: readonly Head[]): void {
  const seen = entries.flatMap((entry): DisclosedBid[] => {
    if (entry.body?.t !== 'bid.receipt' && entry.body?.t !== 'bid.withdraw') return [];
    const bids = disclosedBid(entry);
    // What a row says counts only when it makes the leaf that the log holds.
    if (bids.length === 0) throw new Refusal('complete', 'platform');
    return bids;
  });
  if (!closeMatches(document, seen)) throw new Refusal('complete', 'platform');
  for (const one of seen) {
    if (one.type !== 'bid.receipt') continue;
    const head = heads.find(({ manifestHash }) => manifestHash === one.manifestHash);
    const manifest = head && readManifest(head);
    // A manifest that is not the listed one is refused where it is read.
    if (manifest && manifest.ctx.supersedes !== one.supersedes) throw new Refusal('complete', 'platform');
  }
}

/** What the bidder signed, if it is the manifest that is listed. */
function readManifest({ manifest, manifestHash }: Head): Manifest | undefined {
  try {
    const read = Manifest.safeParse(parseCanonical(manifest)).data;
    return read && manifestHashOf(read) === manifestHash ? read : undefined;
  } catch (fault) {
    if (fault instanceof Malformed) return undefined;
    throw fault;
  }
}

type Head = ReleaseBatch['heads'][number];

/** The bidder's signature comes first: before it holds, no wrap is touched. */
async function signature(
  { manifest, manifestHash, signature: made, bidder, bidderCertificate }: Head,
  document: CloseDocument,
  anchors: Anchors,
): Promise<void> {
  const listed = document.heads.find((one) => one.manifestHash === manifestHash);
  if (!listed) throw new Refusal('signatures', 'platform', { bidder: bidder.name });
  const checked = await verifyDetached({
    content: bytesOf(manifest),
    signature: fromHex(made),
    ...anchors,
    at: new Date(listed.receivedAt),
  });
  const fingerprint = sha256Hex(fromHex(bidderCertificate));
  if (!checked.ok || checked.certificate.fingerprint !== fingerprint || listed.bidder?.certSha256 !== fingerprint)
    throw new Refusal('signatures', 'platform', { bidder: bidder.name });
}

function manifestOf(
  { manifest: text, manifestHash, bidder, bidderCertificate }: Head,
  {
    document,
    lotId,
    rings,
  }: { readonly document: CloseDocument; readonly lotId: string; readonly rings: ReadonlySet<string> },
): Manifest {
  const read = Manifest.safeParse(parseCanonical(text));
  const listed = document.heads.some((one) => one.manifestHash === manifestHash);
  if (!read.success || manifestHashOf(read.data) !== manifestHash || !listed)
    throw new Refusal('manifests', 'platform', { bidder: bidder.name });
  const { ctx } = read.data;
  if (
    ctx.lotId !== lotId ||
    !isListedFor(document, { manifestHash, ctx }) ||
    !rings.has(ctx.keyringHash) ||
    ctx.bidderCertSha256 !== sha256Hex(fromHex(bidderCertificate))
  )
    throw new Refusal('manifests', 'platform', { bidder: bidder.name });
  return read.data;
}

/** The officer's own share in hex, as it was committed to; null where the wrap does not open or holds something else. */
async function ownShare({
  manifest,
  stage,
  officer,
  privateKey,
  certificate,
}: {
  readonly manifest: Manifest;
  readonly stage: string;
  readonly officer: string;
  readonly privateKey: DecryptionKey;
  readonly certificate: Uint8Array;
}): Promise<string | null> {
  try {
    const blob = await unwrapShare({ manifest, stage, officerCertSha256: officer, privateKey, certificate });
    const check = checkShare({ manifest, stage, officer, blob });
    // A share off its polynomial is released all the same: it is what convicts the bidder. Only what was never committed to is not.
    return check.ok || check.fault.code !== 'share.not-committed' ? toHex(blob) : null;
  } catch (fault) {
    if (fault instanceof WrapUnreadable) return null;
    throw fault;
  }
}
