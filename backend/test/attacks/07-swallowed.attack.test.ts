import {
  finalizeEnvelope,
  handIn,
  listMyBids,
  SubmissionEvidence,
  type FinalizeAnswer,
  type Handed,
} from '@xinbiao/contracts/bidding';
import { addTime, fromHex } from '@xinbiao/contracts/kernel';
import { leaveWithWitnesses, stampedDigest } from '@xinbiao/contracts/timekeeping';
import {
  leafHash,
  leafOf,
  openAcknowledgement,
  receiptOf,
  signCheckpoint,
  signerKey,
  verifierKeyText,
  verifyDetached,
  bytesOf,
  type EntryBody,
} from '@xinbiao/contracts/trust';
import { createServer, request as ask, type Server } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Said } from '../../../scripts/play/client.ts';
import type { Cast } from '../../../scripts/play/cast.ts';
import { Person } from '../../../scripts/play/person.ts';
import { stampsFor } from '../../../scripts/play/stamps.ts';
import { openWitness, type Witness } from '../../../scripts/witness.ts';
import { openHouse, type TestHouse } from '../house.ts';
import {
  castFor,
  handIn as handInHonestly,
  publishedLots,
  sealBid,
  type PublishedLots,
  type SealedBid,
} from '../lots.ts';
import { takeAll } from './time.ts';
import { attack } from './table.ts';

/*
 * The platform answers “received” to one bidder and writes nothing down: a front before the real house swallows the
 * hand-in and makes up an answer. The bidder's own program must not say “submitted”, and must keep what proves it.
 */

let house: TestHouse;
let cast: Cast;
let published: PublishedLots;
let lotId = '';
let front: Server;
let victim: Person;
let witness: Witness;
let folder: string;
/** What the front answers to a hand-in; undefined lets it pass. */
let swallow: ((envelopeId: string) => { status: number; body: unknown }) | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'xinbiao-witness-'));
  house = await openHouse();
  cast = await castFor(house, { bidders: 2 });
  published = await publishedLots(house, cast, 1);
  [lotId = ''] = published.lots;
  await takeAll(cast, published);
  house.clock.set(addTime(published.deadline, -600_000));
  front = createServer((incoming, outgoing) => {
    const envelopeId = /^\/api\/envelopes\/(\w+)\/finalize$/.exec(incoming.url ?? '')?.[1];
    if (envelopeId && swallow) {
      incoming.resume().on('end', () => {
        const { status, body } = swallow!(envelopeId);
        outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
      return;
    }
    const { hostname, port } = new URL(house.url);
    incoming.pipe(
      ask({ hostname, port, method: incoming.method, path: incoming.url, headers: incoming.headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      }),
    );
  });
  await new Promise<void>((done) => front.listen(0, '127.0.0.1', done));
  const [, own] = cast.bidders;
  victim = await new Person(
    `http://127.0.0.1:${(front.address() as AddressInfo).port}`,
    own!.login,
    own!.password,
  ).signIn();
  victim.keys = own!.keys;
  witness = openWitness({
    folder,
    name: 'court.example',
    logs: [],
    now: () => Math.floor(house.clock.now().getTime() / 1000),
  });
  await new Promise<void>((done) => witness.server.listen(0, '127.0.0.1', done));
});
afterEach(() => {
  swallow = undefined;
});
afterAll(async () => {
  await witness.close();
  front.closeAllConnections();
  await new Promise((done) => {
    front.close(done);
  });
  await house.close();
  rmSync(folder, { recursive: true, force: true });
});

async function sealed(): Promise<SealedBid & { timestamps: string[] }> {
  const bid = await sealBid(victim, lotId, { price: 300_000_000n });
  await bid.upload();
  return { ...bid, timestamps: await stampsFor(victim.client, bid.signature, published.deadline) };
}

/** The hand-in as the page does it, with the key that the signed notice named. */
const submit = ({ envelopeId, manifest, manifestHash, signature, timestamps }: Awaited<ReturnType<typeof sealed>>) =>
  handIn<{ readonly code: string }>({
    bid: { envelopeId, manifest, manifestHash, signature, timestamps },
    finalize: async (stamps): Promise<FinalizeAnswer<{ readonly code: string }>> => {
      try {
        const value = await victim.client.call(finalizeEnvelope, {
          params: { envelopeId },
          body: { manifest, signature, timestamps: stamps },
        });
        return { ok: true, value };
      } catch (fault) {
        if (!(fault instanceof Said)) throw fault;
        return { ok: false, status: fault.status, refusals: fault.refusals };
      }
    },
    logKey: async () => house.house.ledger.verifierKey,
    now: () => house.clock.now(),
    wait: async () => undefined,
  });

const answerWith = (bid: SealedBid, receipt: string) => ({
  status: 200,
  body: {
    envelopeId: bid.envelopeId,
    bidId: '00000000-0000-4000-8000-000000000000',
    manifestHash: bid.manifestHash,
    seq: 1,
    receivedAt: house.clock.now().toISOString(),
    receipt,
  },
});

/** A receipt by a log that the operator keeps for this one victim. */
function madeUp(manifestHash: string): string {
  const own = signerKey(house.house.ledger.origin, new Uint8Array(32).fill(66), 1);
  const salt = new Uint8Array(32).fill(1);
  const body: EntryBody = {
    v: 1,
    t: 'bid.receipt',
    s: lotId,
    ts: house.clock.now().toISOString(),
    p: { manifest: manifestHash, seq: 1, supersedes: null, signature: 'ab'.repeat(32) },
  };
  const checkpoint = signCheckpoint({ size: 1, root: leafHash(leafOf(body, salt)) }, own);
  expect(verifierKeyText(own)).not.toBe(house.house.ledger.verifierKey);
  return receiptOf({ index: 0, proof: [], checkpoint, body, salt });
}

function doubtOf(handed: Handed<{ readonly code: string }>): string {
  expect(handed.outcome).toBe('unproven');
  return handed.outcome === 'unproven' ? handed.doubt : '';
}
const victimsBids = async () =>
  (await cast.bidders[1]!.client.call(listMyBids)).rows.flatMap(({ head }) => (head ? [head] : []));

describe(attack(7), () => {
  test('“received” without a receipt, with rubbish, or with a receipt by another log is not submitted', async () => {
    const bid = await sealed();
    for (const [receipt, doubt] of [
      ['', 'malformed'],
      ['c2sp.org/tlog-proof@v1\nnonsense', 'malformed'],
      [madeUp(bid.manifestHash), 'not-signed'],
    ] as const) {
      swallow = () => answerWith(bid, receipt);
      expect(doubtOf(await submit(bid))).toBe(doubt);
    }
    expect(await victimsBids()).toEqual([]);
  });

  test('a true receipt of somebody else’s bid, or of another entry, is not submitted either', async () => {
    const other = await handInHonestly(cast.bidders[0]!, lotId, { price: 310_000_000n });
    const bid = await sealed();
    swallow = () => answerWith(bid, other.receipt);
    expect(doubtOf(await submit(bid))).toBe('another-bid');
    const notice = await house.anybody.fetch('/api/log/entry/0/receipt');
    const text = await notice.text();
    swallow = () => answerWith(bid, text);
    expect(doubtOf(await submit(bid))).toBe('another-bid');
  });

  test('a receipt with the victim’s own words over another’s proof is not submitted', async () => {
    const other = await handInHonestly(cast.bidders[0]!, lotId, { price: 309_000_000n });
    const bid = await sealed();
    const swapped = Buffer.from(
      Buffer.from(/^extra (\S+)$/m.exec(other.receipt)?.[1] ?? '', 'base64')
        .toString()
        .replace(other.manifestHash, bid.manifestHash),
    ).toString('base64');
    const forged = other.receipt.replace(/^extra \S+$/m, `extra ${swapped}`);
    expect(forged).not.toBe(other.receipt);
    swallow = () => answerWith(bid, forged);
    expect(doubtOf(await submit(bid))).toBe('not-included');
  });

  test('the bidder keeps evidence that stands without the platform: signature, timestamp, and a witness’s word', async () => {
    const bid = await sealed();
    swallow = () => answerWith(bid, madeUp(bid.manifestHash));
    const handed = await submit(bid);
    if (handed.outcome !== 'unproven') throw new Error('believed');
    // The witness is asked directly, past the platform.
    const { port } = witness.server.address() as AddressInfo;
    const acknowledged = await (
      await fetch(`http://127.0.0.1:${port}/drop-box`, { method: 'POST', body: bid.manifestHash })
    ).text();
    const evidence = SubmissionEvidence.parse({ ...handed.evidence, acknowledgements: [acknowledged] });
    expect(evidence.answers).toHaveLength(1);
    // Months later, before a court: who signed what, and that it existed before the deadline.
    const { roots } = house.house.identity.authorities;
    expect(
      await verifyDetached({
        content: bytesOf(evidence.manifest),
        signature: fromHex(evidence.signature),
        roots: [...roots],
        at: published.deadline,
      }),
    ).toMatchObject({ ok: true });
    const stamp = await house.house.time.check(evidence.timestamps[0] ?? '', stampedDigest(evidence.signature));
    expect(stamp.ok && stamp.time.getTime() < published.deadline.getTime()).toBe(true);
    const { hash, by } = openAcknowledgement(acknowledged, [witness.key]);
    expect(hash).toBe(evidence.manifestHash);
    expect((by[0]?.time ?? Infinity) * 1000).toBeLessThan(published.deadline.getTime());
    // Asking through the platform reaches only witnesses that its policy gives addresses for.
    const { acknowledgements } = await victim.client.call(leaveWithWitnesses, { body: { hash: bid.manifestHash } });
    for (const note of acknowledgements) expect(() => openAcknowledgement(note, [witness.key])).toThrow();
  });

  test('once the platform does its duty the same bytes are taken, provably', async () => {
    const bid = await sealed();
    swallow = () => answerWith(bid, madeUp(bid.manifestHash));
    expect((await submit(bid)).outcome).toBe('unproven');
    swallow = undefined;
    const handed = await submit(bid);
    expect(handed).toMatchObject({ outcome: 'proven', answer: { manifestHash: bid.manifestHash } });
    expect((await victimsBids()).map(({ manifestHash }) => manifestHash)).toEqual([bid.manifestHash]);
  });
});
