import { finalizeEnvelope, readClose, readOwnManifest, readSealing } from '@xinbiao/contracts/bidding';
import { addTime } from '@xinbiao/contracts/kernel';
import { takeDocuments } from '@xinbiao/contracts/tendering';
import { listTimeAuthorities } from '@xinbiao/contracts/timekeeping';
import { Said } from '../../../scripts/play/client.ts';
import { openHouse } from '../house.ts';
import { castFor, handIn, publishedLots, sealBid } from '../lots.ts';

/* A whole house in a time zone of its own: what it decides around deadlines, printed as JSON for the parent to compare. */

const deadlines = JSON.parse(process.argv[2] ?? '[]') as readonly string[];
const told = [];
for (const text of deadlines) {
  const deadline = new Date(text);
  const house = await openHouse({ at: addTime(deadline, -30 * 86_400_000).toISOString() });
  try {
    const cast = await castFor(house, { bidders: 2 });
    const { tenderId, lots } = await publishedLots(house, cast, 1, (draft) => ({ ...draft, deadline: text }));
    const [lotId = ''] = lots;
    const [early, late] = cast.bidders;
    if (!early || !late) throw new Error('two bidders');
    for (const { client } of cast.bidders) await client.call(takeDocuments, { params: { tenderId } });
    house.clock.set(addTime(deadline, -1));
    const receipt = await handIn(early, lotId, { price: 300_000_000n });
    const kept = await early.client.call(readOwnManifest, { params: { envelopeId: receipt.envelopeId } });
    const sealed = await sealBid(late, lotId, { price: 300_000_000n });
    await sealed.upload();
    house.clock.set(deadline);
    const { envelopeId, manifest, signature } = sealed;
    const refused = await late.client
      .call(finalizeEnvelope, { params: { envelopeId }, body: { manifest, signature, timestamps: [] } })
      .then(
        () => ['taken'],
        (fault: unknown) => (fault instanceof Said ? fault.refusals.map(({ sentence }) => sentence) : [String(fault)]),
      );
    await house.tick();
    const close = JSON.parse((await house.anybody.call(readClose, { params: { lotId } })).document) as {
      deadline: string;
      closedAt: string;
      heads: { receivedAt: string }[];
    };
    told.push({
      decided: {
        deadline: (await early.client.call(readSealing, { params: { lotId } })).deadline,
        receivedAt: receipt.receivedAt,
        refused,
        closed: [close.deadline, close.closedAt, ...close.heads.map(({ receivedAt }) => receivedAt)],
      },
      signature: kept.signature,
      tokens: kept.timestamps,
      roots: (await house.anybody.call(listTimeAuthorities)).roots,
    });
  } finally {
    await house.close();
  }
}
process.stdout.write(JSON.stringify(told));
