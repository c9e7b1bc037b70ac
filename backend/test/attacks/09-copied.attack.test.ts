import {
  abandonEnvelope,
  finalizeEnvelope,
  openEnvelope,
  partContents,
  putPiece,
  readSealing,
  type SealingFacts,
} from '@xinbiao/contracts/bidding';
import { readOpening } from '@xinbiao/contracts/opening';
import {
  canonicalBytes,
  createDeal,
  ctxHashOf,
  openPart,
  partKeyIn,
  recoverStageKey,
  sealEnvelope,
  textOf,
  type EnvelopeContext,
  type Manifest,
} from '@xinbiao/contracts/trust';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { aBid, aGroup, aKeyring, readFrom, sharesOf } from '../../../contracts/src/trust/envelope/example.ts';
import { offerOf } from '../../../scripts/play/bid.ts';
import type { Cast } from '../../../scripts/play/cast.ts';
import { Said } from '../../../scripts/play/client.ts';
import type { Person } from '../../../scripts/play/person.ts';
import { BidIdentifier } from '../../src/bidding/bid.entity.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { castFor, publishedLots, release, type PublishedLots } from '../lots.ts';
import { outsiderFinds } from '../stories/outsider.ts';
import { attack } from './table.ts';

/** While it looks away the server takes any manifest that can be read, whatever it was sealed for. */
const server = vi.hoisted(() => ({ looksAway: false }));
vi.mock('@xinbiao/contracts/trust', async (original) => {
  const trust = await original<typeof import('@xinbiao/contracts/trust')>();
  const checkManifest: typeof trust.checkManifest = (question) => {
    if (!server.looksAway) return trust.checkManifest(question);
    const manifest = trust.Manifest.parse(trust.parseCanonical(question.bytes));
    const { tenderId, lotId, seq, supersedes } = question.expect;
    const taken = { ...manifest, ctx: { ...manifest.ctx, tenderId, lotId, seq, supersedes } };
    return { ok: true, manifest: taken, manifestHash: trust.manifestHashOf(manifest) };
  };
  return { ...trust, checkManifest };
});

/** What an officer's page does before it touches a key; the pages are compiled by a configuration of their own. */
type OfficerPage = {
  readonly prepareRelease: (given: {
    readonly lotId: string;
    readonly notice: { readonly leaf: string; readonly keyringHash: string };
    readonly houseNow: Date;
    readonly tell: () => void;
    readonly key: () => never;
  }) => Promise<unknown>;
  readonly Refusal: new () => Error;
};
const officerPage = new URL('../../../frontend/src/opening/release.ts', import.meta.url).href;

type Sealed = { readonly manifest: Manifest; readonly pieces: ReadonlyMap<string, Uint8Array> };

describe(attack(9), () => {
  let house: TestHouse;
  let cast: Cast;
  let here: PublishedLots;
  let there: PublishedLots;
  beforeAll(async () => {
    house = await openHouse();
    cast = await castFor(house, { bidders: 4 });
    here = await publishedLots(house, cast, 3);
    there = await publishedLots(house, cast, 1);
  });
  afterAll(async () => {
    expect(house.faults).toEqual([]);
    await house.close();
  });
  afterEach(() => {
    server.looksAway = false;
    vi.unstubAllGlobals();
  });
  const bidder = (at: number): Person => cast.bidders[at]!;
  const lot = (at: number): string => here.lots[at]!;

  /** Seals a whole bid under any context, as an honest program would under the right one. */
  async function sealed(facts: SealingFacts, person: Person, ctx: EnvelopeContext): Promise<Sealed> {
    const deal = await createDeal({
      ctx,
      keyring: facts.keyring,
      dealSeed: crypto.getRandomValues(new Uint8Array(32)),
    });
    const { price, technical } = offerOf(facts, person, { price: 98_000_000n });
    const pieces = new Map<string, Uint8Array>();
    const { manifest } = await sealEnvelope(
      {
        deal,
        parts: partContents(facts.stages, { price, technical }, []),
        client: { bundleSha256: null, version: 'x' },
      },
      { deliver: (_, { sha256, bytes }) => Promise.resolve(void pieces.set(sha256, bytes)) },
    );
    return { manifest, pieces };
  }
  const begin = async (person: Person, lotId: string) => {
    const facts = await person.client.call(readSealing, { params: { lotId } });
    const { ctx } = await person.client.call(openEnvelope, { params: { lotId }, body: {} });
    return { facts, ctx };
  };
  async function handIn(person: Person, envelopeId: string, { manifest, pieces }: Sealed) {
    for (const [sha256, raw] of pieces) await person.client.call(putPiece, { params: { envelopeId, sha256 }, raw });
    const bytes = canonicalBytes(manifest);
    const body = { manifest: textOf(bytes), signature: await person.signBytes(bytes), timestamps: [] };
    return person.client.call(finalizeEnvelope, { params: { envelopeId }, body });
  }
  const refusal = (attempt: Promise<unknown>): Promise<string[]> =>
    attempt.then(
      () => ['taken'],
      (fault: unknown) => {
        if (!(fault instanceof Said)) throw fault;
        return fault.refusals.map(({ code, facts }) =>
          code === 'bid.manifest-refused' ? String(facts?.['fault']) : code,
        );
      },
    );

  const fields = ['tenderId', 'lotId', 'bidderCertSha256', 'seq'] as const;
  const codes = {
    tenderId: 'ctx.tender-differs',
    lotId: 'ctx.lot-differs',
    bidderCertSha256: 'ctx.bidder-differs',
    seq: 'ctx.sequence-differs',
  };
  const wrongs = Array.from({ length: 16 }, (_, mask) => fields.filter((_field, at) => (mask >> at) & 1));
  const other = (): Pick<EnvelopeContext, (typeof fields)[number]> => ({
    tenderId: there.tenderId,
    lotId: there.lots[0]!,
    bidderCertSha256: bidder(1).held.signing.fingerprint,
    seq: 7,
  });

  test.each(wrongs.map((wrong) => [wrong.join(', ') || 'nothing', wrong] as const))(
    'an envelope sealed for another %s is refused by the server, which says exactly that',
    async (_, wrong) => {
      const person = bidder(0);
      const { facts, ctx } = await begin(person, lot(0));
      const changed = { ...ctx, ...Object.fromEntries(wrong.map((field) => [field, other()[field]])) };
      const said = await refusal(handIn(person, ctx.envelopeId, await sealed(facts, person, changed)));
      expect(said).toEqual(wrong.length === 0 ? ['taken'] : wrong.map((field) => codes[field]));
      if (wrong.length > 0) await person.client.call(abandonEnvelope, { params: { envelopeId: ctx.envelopeId } });
    },
  );

  test('another’s envelope under one’s own label is refused in the same lot, in another, and in another tender', async () => {
    const { facts, ctx } = await begin(bidder(1), lot(0));
    const victim = await sealed(facts, bidder(1), ctx);
    await handIn(bidder(1), ctx.envelopeId, victim);
    // The thief has every byte and labels it as the house expects; so does the victim, who would use it twice.
    for (const [thief, lotId] of [
      [bidder(2), lot(0)],
      [bidder(2), lot(1)],
      [bidder(2), there.lots[0]!],
      [bidder(1), lot(0)],
      [bidder(1), lot(1)],
      [bidder(1), there.lots[0]!],
    ] as const) {
      const own = await begin(thief, lotId);
      const manifest = { ...victim.manifest, ctx: own.ctx, ctxHash: ctxHashOf(own.ctx) };
      expect(await refusal(handIn(thief, own.ctx.envelopeId, { manifest, pieces: victim.pieces }))).toEqual([
        'bid.copied',
      ]);
      await thief.client.call(abandonEnvelope, { params: { envelopeId: own.ctx.envelopeId } });
    }
  });

  test('under any other label a copy opens for nobody, whatever a server let pass', async () => {
    const groups = [await aGroup('purchaser', 1, 2), await aGroup('independent', 1, 2)];
    const bid = await aBid(aKeyring(groups), [{ stage: 'open', name: 'price', content: { total: '1' }, files: [] }]);
    const key = partKeyIn(bid.manifest, bid.deal.stageKeys.get('open')!, 'open', 'price');
    const officers = groups.flatMap((group) => group.officers);
    for (const wrong of wrongs.filter(({ length }) => length > 0)) {
      const ctx = { ...bid.manifest.ctx, ...Object.fromEntries(wrong.map((field) => [field, other()[field]])) };
      const manifest = { ...bid.manifest, ctx, ctxHash: ctxHashOf(ctx) };
      const recovered = recoverStageKey({ manifest, stage: 'open', shares: await sharesOf(manifest, officers) });
      expect(recovered.ok).toBe(false);
      expect(new Set(recovered.faults.map(({ code, party }) => `${code} ${party}`))).toEqual(
        new Set(['share.malformed bidder', 'shares.too-few bidder']),
      );
      // Not even the true key of the part opens it under the other label.
      await expect(
        openPart({ manifest, stage: 'open', part: 'price', partKey: key, read: readFrom(bid.sealed.get('price')!) }),
      ).rejects.toMatchObject({ fault: { code: 'part.wrong-key', party: 'bidder' } });
    }
  });

  test('a copy that a dishonest server took shows nothing of the bid it was made from, and its bidder is named', async () => {
    const lotId = lot(1);
    const first = await begin(bidder(1), lotId);
    const victim = await sealed(first.facts, bidder(1), first.ctx);
    await handIn(bidder(1), first.ctx.envelopeId, victim);
    const own = await begin(bidder(2), lotId);
    // Its database forgets what it has seen.
    await house.house.fork().nativeDelete(BidIdentifier, {});
    const copy = { ...victim.manifest, ctx: own.ctx, ctxHash: ctxHashOf(own.ctx) };
    await handIn(bidder(2), own.ctx.envelopeId, { manifest: copy, pieces: victim.pieces });
    const third = await begin(bidder(3), lotId);
    await handIn(bidder(3), third.ctx.envelopeId, await sealed(third.facts, bidder(3), third.ctx));

    // In the next lot it looks away altogether: one bid for another lot, one for another version.
    const next = lot(2);
    for (const [at, change] of [
      [1, { lotId: lot(0) }],
      [2, { seq: 9 }],
      [3, {}],
    ] as const) {
      const { facts, ctx } = await begin(bidder(at), next);
      const wrong = await sealed(facts, bidder(at), { ...ctx, ...change });
      server.looksAway = true;
      await handIn(bidder(at), ctx.envelopeId, wrong);
      server.looksAway = false;
    }
    house.clock.set(here.deadline);
    await house.tick();
    await house.house.ledger.sequencer.drain();

    // The officer's own page finds the bids that were sealed for elsewhere, and releases nothing.
    const { keyringHash, noticeHash } = third.facts;
    vi.stubGlobal('document', { documentElement: { lang: 'zh-CN' } });
    const wire = globalThis.fetch;
    vi.stubGlobal('fetch', (path: string, init: RequestInit = {}) => {
      const headers = new Headers(init.headers);
      headers.set('cookie', cast.purchaser.client.cookie());
      return wire(house.url + path, { ...init, headers });
    });
    let asked = 0;
    const { prepareRelease, Refusal } = (await import(officerPage)) as OfficerPage;
    const prepared = await prepareRelease({
      lotId: next,
      notice: { leaf: noticeHash, keyringHash },
      houseNow: house.clock.now(),
      tell: () => undefined,
      key: () => {
        asked += 1;
        throw new Error('no key is needed here');
      },
    }).catch((fault: unknown) => fault);
    expect(prepared).toBeInstanceOf(Refusal);
    expect(prepared).toMatchObject({ step: 'manifests', owner: 'platform' });
    expect(asked).toBe(0);
    vi.unstubAllGlobals();

    const roots = house.house.identity.authorities.roots.map((der) => new Uint8Array(der));
    // Officers who look away open both lots; whoever checks the public record then finds what was sealed for elsewhere.
    for (const officer of [cast.purchaser, cast.notary])
      for (const one of [lotId, next]) await release(officer, one, roots, house.clock.now());
    await house.tick();
    // Whatever windows there are for a bid that does not open at once pass without a word from its bidder.
    for (let hours = 1; hours <= 6; hours += 1) {
      house.clock.set(new Date(here.deadline.getTime() + hours * 3_600_000));
      await house.tick();
    }
    const { bids } = await house.anybody.call(readOpening, { params: { lotId } });
    const of = (person: Person) => bids.find((bid) => bid.bidder.name === person.known.organisation?.name);
    expect(of(bidder(1))).toMatchObject({ state: 'opened', price: '98000000' });
    expect(of(bidder(3))).toMatchObject({ state: 'opened' });
    expect(of(bidder(2))).toMatchObject({ state: 'faulty', price: null });
    expect(of(bidder(2))?.faults.every(({ party }) => party === 'bidder')).toBe(true);

    const found = await outsiderFinds(house, here.tenderId);
    expect(found.filter((finding) => finding.includes('sealed for another')).length).toBeGreaterThan(0);
  });
});
