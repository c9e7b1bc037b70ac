import { createOperator, preparePerson } from '../src/identity/index.ts';
import { addDays, dayAt, instantOf, startOfDay } from '@xinbiao/contracts/kernel';
import {
  createDeal,
  finishManifest,
  sealPart,
  sealPlan,
  textOf,
  type Deal,
  type PartContent,
  type SealedPartSummary,
  type SealedPiece,
} from '@xinbiao/contracts/trust';
import { openEnvelope, partContents, putPiece, readSealing, type SealingFacts } from '@xinbiao/contracts/bidding';
import { listAppointments, type TenderDraft } from '@xinbiao/contracts/tendering';
import { transact } from '../src/platform/index.ts';
import { assemble, demoPassword, type Cast } from '../../scripts/play/cast.ts';
import { offerOf, type Offer } from '../../scripts/play/bid.ts';
import { acceptOpening } from '../../scripts/play/officer.ts';
import { Person } from '../../scripts/play/person.ts';
import { compose, confirm, publish, submitForCheck } from '../../scripts/play/steps.ts';
import { filling } from '../../scripts/play/tenders.ts';
import type { TestHouse } from './house.ts';

/** Everybody needed for bidding and opening, registered over HTTP, with keys. */
export async function castFor(
  house: TestHouse,
  given: { readonly bidders?: number; readonly experts?: number } = {},
): Promise<Cast> {
  const prepared = await preparePerson({ login: 'operator', name: '平台运维', password: demoPassword });
  await transact(house.house.fork(), (tx) => createOperator(tx, prepared, house.clock.now()));
  const operator = await new Person(house.url, 'operator', demoPassword).signIn();
  return assemble(
    { url: house.url, operator },
    {
      bidders: given.bidders ?? 4,
      experts: given.experts ?? 0,
      iterations: 1000,
    },
  );
}

export type PublishedLots = { readonly tenderId: string; readonly lots: readonly string[]; readonly deadline: Date };

/** A published tender of so many lots; the clock stands at its publication. Both groups have two officers, one of whom suffices. */
export async function publishedLots(
  house: { readonly clock: { readonly now: () => Date } },
  cast: Cast,
  count: number,
  /** What is otherwise in the draft, its sealing for instance. */
  over: (draft: TenderDraft) => TenderDraft = (draft) => draft,
  /** Officers whose proof has run out accept anew, with one click each. */
  renew = true,
): Promise<PublishedLots> {
  const publishedAt = house.clock.now();
  const deadline = new Date(startOfDay(addDays(dayAt(publishedAt), 30)).getTime() + 10 * 3_600_000);
  const { agency, agency2, purchaser, purchaser2, notary, witness } = cast;
  const seat = (group: 'purchaser' | 'independent', person: Person) => ({ group, seatId: person.known.seatId });
  const draft = await compose({
    composer: agency,
    purchaserId: purchaser.known.organisation?.id ?? '',
    officers: [
      seat('purchaser', purchaser),
      seat('purchaser', purchaser2),
      seat('independent', notary),
      seat('independent', witness),
    ],
    document: { name: '招标文件.pdf', bytes: new TextEncoder().encode('%PDF-1.7 招标文件') },
    fill: (draft) =>
      over(
        filling({
          title: '实验室设备采购',
          catalogCode: 'A02',
          summary: '采购实验室设备。',
          publishedAt,
          deadline,
          lots: Array.from({ length: count }, (_, at) => ({
            title: `第 ${at + 1} 包设备`,
            content: '实验台。',
            quantity: '1 批',
            budget: 500_000_000n,
          })),
        })(draft),
      ),
  });
  await submitForCheck(agency, draft.id);
  await confirm(agency2, draft.id);
  for (const officer of renew ? [purchaser, purchaser2, notary, witness] : []) {
    const { certificate } = await officer.client.call(listAppointments);
    if (certificate?.provenUntil && instantOf(certificate.provenUntil) <= publishedAt) await acceptOpening(officer);
  }
  const { lots } = await publish(agency, draft.id);
  return { tenderId: draft.id, lots: lots.map(({ id }) => id), deadline };
}

/** A bid sealed in memory, not handed in yet: its pieces, manifest and signature, for tests that change one of them. */
export type SealedBid = {
  readonly envelopeId: string;
  readonly deal: Deal;
  readonly facts: SealingFacts;
  readonly pieces: readonly SealedPiece[];
  readonly manifestHash: string;
  readonly manifest: string;
  readonly signature: string;
  readonly upload: () => Promise<void>;
};

/** Seals a bid as the page does. `deal` and `parts` let a test seal badly. */
export async function sealBid(
  person: Person,
  lotId: string,
  offer: Offer,
  given: {
    readonly spoil?: (deal: Deal) => Deal | Promise<Deal>;
    readonly parts?: (parts: PartContent[]) => PartContent[];
  } = {},
): Promise<SealedBid> {
  const { client } = person;
  const facts = await client.call(readSealing, { params: { lotId } });
  const { envelopeId, ctx, gates } = await client.call(openEnvelope, { params: { lotId }, body: {} });
  const { price, technical } = offerOf(facts, person, offer);
  const whole = partContents(facts.stages, { price, technical }, offer.files ?? []);
  const parts = given.parts?.(whole) ?? whole;
  const dealt = await createDeal({
    ctx,
    keyring: facts.keyring,
    dealSeed: crypto.getRandomValues(new Uint8Array(32)),
    stages: facts.stages.map(({ id }) => id),
    gates,
  });
  const deal = (await given.spoil?.(dealt)) ?? dealt;
  const summaries: SealedPartSummary[] = [];
  const pieces: SealedPiece[] = [];
  for (const [at, plan] of sealPlan({ deal, parts }).entries()) {
    const sealing = sealPart({ deal, plan, part: parts[at]! });
    const own: string[] = [];
    for await (const piece of sealing) {
      own.push(piece.sha256);
      pieces.push(piece);
    }
    summaries.push({ plan, head: sealing.head, pieces: own });
  }
  const { bytes, manifestHash } = finishManifest({
    deal,
    parts: summaries,
    client: { bundleSha256: null, version: 'test' },
  });
  return {
    envelopeId,
    deal,
    facts,
    pieces,
    manifestHash,
    manifest: textOf(bytes),
    signature: await person.signBytes(bytes),
    upload: async () => {
      for (const { sha256, bytes: raw } of pieces) await client.call(putPiece, { params: { envelopeId, sha256 }, raw });
    },
  };
}

/** As an officer's client does. */
export { release } from '../../scripts/play/steps.ts';
export { handIn } from '../../scripts/play/bid.ts';
