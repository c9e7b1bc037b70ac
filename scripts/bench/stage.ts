import { abandonEnvelope, openEnvelope, putPiece, readSealing } from '@xinbiao/contracts/bidding';
import { addDays, calendarOf, dayAt, rollForward, startOfDay } from '@xinbiao/contracts/kernel';
import { createDeal, sealPart, sealPlan, type FileSource } from '@xinbiao/contracts/trust';
import { createHash, randomBytes } from 'node:crypto';
import { approveAll, assemble, demoPassword, newcomer } from '../play/cast.ts';
import type { Person } from '../play/person.ts';
import { compose, confirm, publish, submitForCheck } from '../play/steps.ts';
import { filling } from '../play/tenders.ts';
import { openTheatre, tenderDocument } from '../play/theatre.ts';

/** A house with one published lot and bidders in front of it. */
export async function handInReady(count = 1) {
  const theatre = await openTheatre();
  const { url, operator } = theatre;
  const { purchaser, purchaser2, agency, agency2, notary, centre } = await assemble(
    { url, operator },
    { bidders: 0, experts: 0 },
  );
  const bidders: Person[] = [];
  for (let at = 0; at < count; at += 1) {
    const bidder = await newcomer(
      { url },
      {
        kind: 'bidder',
        serial: 2001 + at,
        name: `投标单位${at + 1}`,
        login: `bench${at + 1}`,
        person: `投标人${at + 1}`,
      },
    );
    bidders.push(await bidder.enrol({ filePassword: demoPassword, iterations: 1000 }));
  }
  await approveAll(centre);
  const publishedAt = theatre.now();
  const deadline = new Date(
    startOfDay(rollForward(addDays(dayAt(publishedAt), 25), calendarOf())).getTime() + 9.5 * 3_600_000,
  );
  const draft = await compose({
    composer: agency,
    purchaserId: purchaser.known.organisation?.id ?? '',
    officers: [
      { group: 'purchaser', seatId: purchaser2.known.seatId },
      { group: 'independent', seatId: notary.known.seatId },
    ],
    document: { name: '招标文件.pdf', bytes: await tenderDocument('测量', publishedAt) },
    fill: filling({
      title: '测量',
      category: 'services',
      catalogCode: 'C99',
      summary: '测量。',
      publishedAt,
      deadline,
      lots: [{ title: '测量', content: '测量。', quantity: '1 项', budget: 1_000_000_000n, method: 'lowestPrice' }],
    }),
  });
  await submitForCheck(agency, draft.id);
  await confirm(agency2, draft.id);
  const [lot] = (await publish(agency, draft.id)).lots;
  const [first] = bidders;
  if (!lot || !first) throw new Error('nothing to measure');
  const params = { lotId: lot.id };
  const facts = await first.client.call(readSealing, { params });
  const { ctx } = await first.client.call(openEnvelope, { params, body: {} });
  const { envelopeId } = ctx;
  return {
    theatre,
    bidders,
    lotId: lot.id,
    ctx,
    keyring: facts.keyring,
    /** Seals a file and uploads its pieces, as a bidder does. */
    async sealAndSend(file: FileSource): Promise<void> {
      const part = { stage: 'open', name: 'technical', content: {}, files: [file] };
      const deal = await createDeal({ ctx, keyring: facts.keyring, dealSeed: new Uint8Array(randomBytes(32)) });
      const [plan] = sealPlan({ deal, parts: [part] });
      if (!plan) throw new Error('no plan');
      for await (const { bytes, sha256 } of sealPart({ deal, plan, part, hashFiles: false }))
        await first.client.call(putPiece, { params: { envelopeId, sha256 }, raw: bytes });
    },
    /** Uploads a file's bytes as they are, in pieces of the same size through the same door. */
    async sendPlain(file: FileSource): Promise<void> {
      const piece = new Uint8Array(8 * 1024 * 1024);
      let filled = 0;
      let number = 0;
      const send = async (bytes: Uint8Array): Promise<void> => {
        // Every piece differs, or the door would know it already.
        new DataView(bytes.buffer, bytes.byteOffset).setUint32(0, (number += 1));
        await first.client.call(putPiece, {
          params: { envelopeId, sha256: createHash('sha256').update(bytes).digest('hex') },
          raw: bytes,
        });
      };
      for await (const bytes of file.stream(0))
        for (let at = 0; at < bytes.length;) {
          const take = Math.min(piece.length - filled, bytes.length - at);
          piece.set(bytes.subarray(at, at + take), filled);
          filled += take;
          at += take;
          if (filled < piece.length) continue;
          await send(piece);
          filled = 0;
        }
      if (filled > 4) await send(piece.subarray(0, filled));
    },
    async close(): Promise<void> {
      await first.client.call(abandonEnvelope, { params: { envelopeId } }).catch(() => undefined);
      await theatre.close();
    },
  };
}
