import { OutageCertificate } from '@xinbiao/contracts/bidding';
import type { EntityManager } from '@mikro-orm/core';
import { instantText, toHex } from '@xinbiao/contracts/kernel';
import type { LogEntry, SignedAct } from '@xinbiao/contracts/ledger';
import type { TenderBundle } from '@xinbiao/contracts/publication';
import { canonical, Manifest, parseCanonical, sha256Hex } from '@xinbiao/contracts/trust';
import { Award } from '../award/index.ts';
import { countedBids, Envelope, LotClose, LotOutage, Redelivery } from '../bidding/index.ts';
import { Attestation } from '../timekeeping/index.ts';
import { drawRecordsOf } from '../draw/index.ts';
import { openedBids, publicEvaluation, resultOf } from '../evaluation/index.ts';
import { Certificate } from '../identity/index.ts';
import { actOf, entriesOfScope, entryByLeaf, publicAct } from '../ledger/index.ts';
import { publicEvidence } from '../opening/index.ts';
import type { House } from '../platform/index.ts';
import { lotsOf, noticesOf, proofsOf, type Lot, type Tender } from '../tendering/index.ts';

const mostEntries = 20_000;

/** Everything public of a tender, complete enough to be checked without this house. */
export async function bundleOf(house: House, em: EntityManager, tender: Tender, now: Date): Promise<TenderBundle> {
  // The publication itself; amendments come along as entries and acts.
  const [publication] = await noticesOf(em, tender.id);
  if (!publication) throw new Error('a published tender has lost its notice');
  const { leaf: noticeLeaf, keyringHash, keyring } = publication;
  const checkpoint = await house.ledger.published(em, { patience: 1500 });
  const lots = await lotsOf(em, tender.id);
  const notice = await entryByLeaf(em, noticeLeaf);
  const scoped = await Promise.all(
    [tender.id, ...lots.map(({ id }) => id)].map((scope) => entriesOfScope(em, scope, checkpoint.size, mostEntries)),
  );
  const proofs = await Promise.all((await proofsOf(em, tender.id)).map(({ leaf }) => entryByLeaf(em, leaf)));
  const entries = [
    ...new Map(
      [notice, ...proofs, ...scoped.flat()].flatMap((entry) => entry ?? []).map((entry) => [entry.index, entry]),
    ).values(),
  ]
    .filter(({ index }) => index < checkpoint.size)
    .toSorted((a, b) => a.index - b.index);
  const acts = await actsOf(em, entries);
  const shown = await Promise.all(lots.map((lot) => bundledLot(em, lot)));
  const naming = new Set([
    ...acts.map(({ certificateSha256 }) => certificateSha256),
    ...shown.flatMap(({ bids }) => bids.flatMap(({ certificateSha256 }) => certificateSha256 ?? [])),
  ]);
  const certificates = await em.find(
    Certificate,
    { fingerprint: { $in: [...naming] } },
    { orderBy: { fingerprint: 'asc' } },
  );
  return {
    v: 'xinbiao/tender-bundle/v1',
    madeAt: instantText(now),
    log: {
      origin: house.ledger.origin,
      verifierKey: house.ledger.verifierKey,
      checkpoint: checkpoint.note,
      size: checkpoint.size,
      policy: policyOf(acts, notice?.body?.p['act']),
    },
    tender: {
      id: tender.id,
      code: tender.code,
      noticeLeaf,
      keyringHash,
      content: canonical(tender.content),
      keyring: canonical(keyring),
    },
    entries: await Promise.all(
      entries.map(async (entry) => ({
        ...entry,
        proof: await house.ledger.inclusionProof(em, entry.index, checkpoint.size),
      })),
    ),
    acts,
    certificates: certificates.map(({ fingerprint, der }) => ({ sha256: fingerprint, der })),
    roots: house.identity.authorities.roots.map(named),
    timeRoots: house.time.roots.map(named),
    outages: await outagesIn(em, tender.id),
    crls: house.identity.authorities.anchors(now).crls?.map(named) ?? [],
    lots: shown,
  };
}

/** The witness policy that the notice prints; the house's own may have changed since. */
function policyOf(acts: readonly SignedAct[], notice: unknown): string | null {
  const act = acts.find(({ hash }) => hash === notice);
  const trust = act && (parseCanonical(act.act) as { trust?: { policy?: string } }).trust;
  return trust?.policy ?? null;
}

const named = (der: Uint8Array) => ({ sha256: sha256Hex(der), der: toHex(der) });

/** Certificates of unavailability, once each, with the witnesses' notes that they name. */
async function outagesIn(em: EntityManager, tenderId: string): Promise<TenderBundle['outages']> {
  const found = new Map((await em.find(LotOutage, { tenderId })).map((one) => [one.hash, one.certificate]));
  return Promise.all(
    [...found].map(async ([hash, certificate]) => {
      const { attestations } = OutageCertificate.parse(parseCanonical(certificate));
      const notes = await em.find(Attestation, { hash: { $in: attestations } }, { orderBy: { hash: 'asc' } });
      return { hash, certificate, attestations: notes.map(({ note }) => note) };
    }),
  );
}

/** The signed documents that public entries name. */
async function actsOf(em: EntityManager, entries: readonly LogEntry[]): Promise<SignedAct[]> {
  const hashes = new Set(entries.flatMap(({ body }) => (typeof body?.p['act'] === 'string' ? [body.p['act']] : [])));
  const found = await Promise.all([...hashes].map((hash) => publicAct(em, hash)));
  return found.flatMap((act) => act ?? []);
}

async function bundledLot(em: EntityManager, lot: Lot): Promise<TenderBundle['lots'][number]> {
  const close = lot.state === 'bidding' ? null : await em.findOne(LotClose, { lotId: lot.id });
  const isPublic = (await publicEvaluation(em, lot)) !== undefined;
  const award = await em.findOne(Award, { lotId: lot.id });
  return {
    id: lot.id,
    no: lot.no,
    state: lot.state,
    close: close?.document ?? null,
    bids: close ? await bundledBids(em, lot) : [],
    result: isPublic ? ((await resultOf(em, lot.id))?.row.result ?? null) : null,
    draws: await drawRecordsOf(em, lot.id),
    award: award ? ((await actOf(em, award.entryId))?.act ?? null) : null,
  };
}

async function bundledBids(em: EntityManager, lot: Lot): Promise<TenderBundle['lots'][number]['bids']> {
  const opened = new Map((await openedBids(em, lot.id)).map((bid) => [bid.bidId, bid.opened]));
  const counted = await countedBids(em, lot.id);
  const envelopes = await em.find(
    Envelope,
    { id: { $in: counted.map(({ envelopeId }) => envelopeId) } },
    { fields: ['id', 'timestamps'] },
  );
  const faults = await publicEvidence(em, lot.id);
  const again = new Map(
    (await em.find(Redelivery, { envelopeId: { $in: envelopes.map(({ id }) => id) } })).map((one) => [
      one.envelopeId,
      one.acknowledgements,
    ]),
  );
  const stamped = new Map(envelopes.map(({ id, timestamps }) => [id, timestamps ?? []]));
  return counted.map(({ bidId, envelopeId, manifest, signature }) => {
    const key = opened.get(bidId)?.priceKey ?? null;
    const price =
      key === null ? undefined : Manifest.parse(parseCanonical(manifest)).parts.find(({ name }) => name === 'price');
    return {
      bidId,
      manifest: key === null ? null : manifest,
      signature: key === null ? null : signature,
      certificateSha256: key === null ? null : Manifest.parse(parseCanonical(manifest)).ctx.bidderCertSha256,
      timestamps: key === null ? [] : (stamped.get(envelopeId) ?? []),
      acknowledgements: key === null ? [] : (again.get(envelopeId) ?? []),
      partKeys: key === null ? [] : [{ part: 'price', key }],
      pieces: (price?.pieces ?? []).map((sha256) => ({
        part: 'price',
        sha256,
        href: `/api/lots/${lot.id}/opening/bids/${bidId}/pieces/${sha256}`,
      })),
      faults: faults.get(bidId) ?? [],
    };
  });
}
