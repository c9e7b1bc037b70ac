import { priceScore, rankBids, sum } from '@xinbiao/contracts/evaluation';
import { CloseDocument, PriceOffer } from '@xinbiao/contracts/bidding';
import { fromHex } from '@xinbiao/contracts/kernel';
import type { PublicLot, PublicTender, TenderBundle } from '@xinbiao/contracts/publication';
import {
  bytesOf,
  canonical,
  Keyring,
  keyringHash,
  leafName,
  leafOf,
  Manifest,
  manifestBytes,
  manifestHashOf,
  openCheckpoint,
  openPart,
  parseBody,
  parseCanonical,
  parseVerifierKey,
  provesInclusion,
  readPieces,
  sha256Hex,
  verifyDetached,
  type Outcome,
} from '@xinbiao/contracts/trust';

/** One sentence of a tender's own check, and what this browser found. */
export type TenderStep = {
  readonly name: 'log' | 'notice' | 'sealed' | 'prices' | 'scores';
  readonly outcome: Outcome;
  readonly facts: Readonly<Record<string, string | number>>;
};

type Entry = TenderBundle['entries'][number];
type BundleLot = TenderBundle['lots'][number];
type FetchPiece = (href: string) => Promise<Uint8Array<ArrayBuffer>>;

/**
 * Checks a tender's story from its public bundle, in this browser: nothing is believed because the platform says so.
 * `key` is the log's key one trusts; without one the bundle's own is taken. Steps that lie in the future are left out.
 */
export async function checkTender({
  tender,
  bundle,
  key,
  fetchPiece,
}: {
  readonly tender: PublicTender;
  readonly bundle: TenderBundle;
  readonly key?: string | undefined;
  readonly fetchPiece: FetchPiece;
}): Promise<TenderStep[]> {
  const steps: TenderStep[] = [];
  const step = async (name: TenderStep['name'], work: () => TenderStep['facts'] | Promise<TenderStep['facts']>) => {
    try {
      steps.push({ name, outcome: 'holds', facts: await work() });
    } catch (fault) {
      const unknown = fault instanceof NotToBeHad;
      steps.push({
        name,
        outcome: unknown ? 'unknown' : 'broken',
        facts: { why: fault instanceof Error ? fault.message : '' },
      });
    }
  };
  const closed = bundle.lots.filter(({ close }) => close !== null);
  const opened = bundle.lots.filter(({ bids }) => bids.some(({ partKeys }) => partKeys.length > 0));
  const ranked = tender.lots.filter(({ evaluation }) => evaluation !== null);
  await step('notice', () => checkNotice(tender, bundle));
  if (closed.length > 0)
    await step('sealed', () => ({ count: closed.reduce((count, lot) => count + checkClose(lot, bundle), 0) }));
  if (opened.length > 0) await step('prices', async () => ({ count: await checkPrices(tender, bundle, fetchPiece) }));
  if (ranked.length > 0)
    await step('scores', () => ({ count: ranked.reduce((count, lot) => count + checkScores(lot, tender), 0) }));
  await step('log', () => checkLog(bundle, key));
  return steps;
}

/** Something needed could not be fetched: no contradiction, but no proof either. */
class NotToBeHad extends Error {}
class Wrong extends Error {}
function must(truth: boolean, what: string): asserts truth {
  if (!truth) throw new Wrong(what);
}

/** Every entry stands in the signed tree, says what the bundle says it says, and names acts that were signed. */
async function checkLog({ log, entries, acts }: TenderBundle, key: string | undefined): Promise<TenderStep['facts']> {
  const checkpoint = openCheckpoint(log.checkpoint, [parseVerifierKey(key ?? log.verifierKey)]);
  for (const { index, leaf, proof, body, salt } of entries) {
    must(
      provesInclusion({
        index,
        size: checkpoint.size,
        leaf: fromHex(leaf),
        proof: proof.map(fromHex),
        root: checkpoint.root,
      }),
      `${index}`,
    );
    if (body !== null)
      must(leafName(leafOf(parseBody(body), salt === null ? undefined : fromHex(salt))) === leaf, `${index}`);
  }
  for (const act of acts) await checkAct(act, entries);
  return { count: entries.length };
}

async function checkAct(
  { hash, act, signature }: TenderBundle['acts'][number],
  entries: readonly Entry[],
): Promise<void> {
  must(sha256Hex(bytesOf(act)) === hash, 'act');
  const entry = entries.find(({ body }) => body?.p['act'] === hash);
  const verified = await verifyDetached({
    content: bytesOf(act),
    signature: fromHex(signature),
    roots: [],
    at: new Date(entry?.body?.ts ?? Date.now()),
  });
  // Who stands behind a certificate is another question, and the command line's; that the signature is over these words is this one.
  must(verified.ok || !verified.reason.startsWith('signature.'), 'signature');
}

/** What the page shows is what was signed at publication and entered into the log. */
function checkNotice(tender: PublicTender, bundle: TenderBundle): TenderStep['facts'] {
  const { tender: bundled, entries, acts } = bundle;
  const entry = entries.find(({ leaf }) => leaf === bundled.noticeLeaf);
  if (!entry?.body) throw new NotToBeHad('notice');
  const act = acts.find(({ hash }) => hash === entry.body?.p['act']);
  if (!act) throw new NotToBeHad('act');
  must(sha256Hex(bytesOf(act.act)) === act.hash, 'act');
  const said = parseCanonical(bytesOf(act.act)) as { content?: unknown; contentHash?: unknown; keyringHash?: unknown };
  must(canonical(said.content) === bundled.content && canonical(tender.content) === bundled.content, 'content');
  must(sha256Hex(bytesOf(bundled.content)) === said.contentHash, 'content');
  const keyring = keyringHash(Keyring.parse(parseCanonical(bytesOf(bundled.keyring))));
  must(keyring === bundled.keyringHash && keyring === said.keyringHash, 'keyring');
  must(versionsIn(bundle).at(-1)?.keyringHash === tender.keyringHash, 'keyring');
  must(tender.noticeLeaf === bundled.noticeLeaf, 'notice');
  return { index: entry.index };
}

/** The publication and the amendments after it, each following the one before; officers may be replaced between two. */
function versionsIn({ tender, entries, acts }: TenderBundle): { leaf: string; keyringHash: string }[] {
  const versions = [{ leaf: tender.noticeLeaf, keyringHash: tender.keyringHash }];
  for (const { leaf, body } of entries) {
    if (body?.t !== 'tender.amend' || body.p['tender'] !== tender.id) continue;
    const act = acts.find(({ hash }) => hash === body.p['act']);
    if (!act) throw new NotToBeHad('act');
    must(sha256Hex(bytesOf(act.act)) === act.hash, 'act');
    const said = parseCanonical(bytesOf(act.act)) as { amends?: unknown; keyring?: unknown; keyringHash?: unknown };
    const hash = keyringHash(Keyring.parse(said.keyring));
    must(said.amends === versions.at(-1)?.leaf && hash === said.keyringHash, 'notice');
    versions.push({ leaf, keyringHash: hash });
  }
  return versions;
}

/** Every bid that counts was in the log before the close was. Gives how many there are. */
function checkClose(lot: BundleLot, { entries }: TenderBundle): number {
  const text = lot.close ?? '';
  const hash = sha256Hex(bytesOf(text));
  const close = entries.find(
    ({ body }) => body?.s === lot.id && body.t === 'tender.close' && body.p['document'] === hash,
  );
  must(close?.body != null, 'close');
  const { heads, deadline } = CloseDocument.parse(parseCanonical(bytesOf(text)));
  must(close.body.ts >= deadline, 'early');
  for (const { leaf } of heads) {
    const bid = entries.find((entry) => entry.leaf === leaf);
    if (!bid) throw new NotToBeHad('bid');
    must(bid.index < close.index, 'order');
  }
  return heads.length;
}

/** Opens every published price again with its published key and compares it with the price that was read out. */
async function checkPrices(tender: PublicTender, bundle: TenderBundle, fetchPiece: FetchPiece): Promise<number> {
  let count = 0;
  for (const lot of bundle.lots) {
    const shown = tender.lots.find(({ id }) => id === lot.id)?.opening?.bids ?? [];
    const heads = lot.close === null ? [] : CloseDocument.parse(parseCanonical(bytesOf(lot.close))).heads;
    for (const bid of lot.bids) {
      const key = bid.partKeys.find(({ part }) => part === 'price');
      if (!key || bid.manifest === null) continue;
      const manifest = Manifest.parse(parseCanonical(bytesOf(bid.manifest)));
      const hash = manifestHashOf(manifest);
      must(
        heads.some(({ bidId, manifestHash }) => bidId === bid.bidId && manifestHash === hash),
        'manifest',
      );
      // Sealed for this notice and these officers, not for others that say something else.
      must(
        versionsIn(bundle).some(
          ({ leaf, keyringHash: ring }) => manifest.ctx.noticeHash === leaf && manifest.ctx.keyringHash === ring,
        ),
        'context',
      );
      if (bid.signature !== null) {
        const signed = await verifyDetached({
          content: manifestBytes(manifest),
          signature: fromHex(bid.signature),
          roots: [],
          at: new Date(bundle.madeAt),
        });
        must(signed.ok || !signed.reason.startsWith('signature.'), 'signature');
      }
      const part = manifest.parts.find(({ name }) => name === 'price');
      must(part !== undefined, 'part');
      const read = readPieces({
        part,
        fetchPiece: (index) => {
          const piece = bid.pieces.find(({ sha256 }) => sha256 === part.pieces[index]);
          if (!piece) throw new NotToBeHad('piece');
          return fetchPiece(piece.href);
        },
      });
      const opened = await openPart({ manifest, stage: part.stage, part: 'price', partKey: fromHex(key.key), read });
      await opened.verify();
      const offer = PriceOffer.parse(opened.content);
      must(
        shown.some(({ bidId, price }) => bidId === bid.bidId && price === offer.price),
        'price',
      );
      const result = bundle.entries.find(
        ({ body }) => body?.s === lot.id && body.t === 'open.result' && body.p['bid'] === bid.bidId,
      )?.body;
      if (!result) throw new NotToBeHad('result');
      must(
        result.p['price'] === offer.price && result.p['manifest'] === hash && result.p['partKey'] === key.key,
        'record',
      );
      count += 1;
    }
  }
  return count;
}

/** Adds up the published points again and ranks by the published rule. Gives how many bids were scored. */
function checkScores(lot: PublicLot, tender: PublicTender): number {
  const { evaluation } = lot;
  const terms = tender.content.lots.find(({ no }) => no === lot.no);
  if (!evaluation || !terms) return 0;
  const { scores, basePrice, method } = evaluation;
  for (const score of scores) {
    if (method === 'lowestPrice') continue;
    const weight = BigInt(terms.priceWeight ?? 0);
    must(
      basePrice !== null &&
        priceScore({ base: BigInt(basePrice), price: BigInt(score.price), weight }) === BigInt(score.priceScore),
      'priceScore',
    );
    const items = (kind: 'objective' | 'subjective') =>
      sum(score.items.filter((item) => item.kind === kind).map((item) => BigInt(item.score)));
    must(items('objective') === BigInt(score.objective) && items('subjective') === BigInt(score.subjective), 'items');
    must(score.priceScore + score.objective + score.subjective === score.total, 'total');
  }
  const ranks = rankBids(
    method,
    scores.map(({ bidId, price, total }) => ({ id: bidId, price: BigInt(price), total: BigInt(total) })),
  );
  for (const { id, rank } of ranks)
    must(
      scores.some((score) => score.bidId === id && score.rank === rank),
      'rank',
    );
  return scores.length;
}
