import { allEndpoints } from '@xinbiao/contracts/all';
import { awardAct, decideAward } from '@xinbiao/contracts/award';
import {
  abandonEnvelope,
  finalizeEnvelope,
  listMyBids,
  openEnvelope,
  putPiece,
  readSealing,
  withdrawAct,
  withdrawBid,
} from '@xinbiao/contracts/bidding';
import { judgeQualification, qualificationAct, readQualification } from '@xinbiao/contracts/evaluation';
import {
  declare,
  declareAct,
  pinAct,
  pinCertificates,
  readMe,
  revokeCertificates,
  signOut,
} from '@xinbiao/contracts/identity';
import { addTime, roles, toHex, type Endpoint, type Role } from '@xinbiao/contracts/kernel';
import {
  readOpening,
  readReleaseBatch,
  releaseAct,
  releaseShares,
  type ReleasedShare,
} from '@xinbiao/contracts/opening';
import { addBlacklistAct, addToBlacklist } from '@xinbiao/contracts/registry';
import {
  bytesOf,
  canonical,
  createAuthority,
  generateEncryptionPair,
  generateSigningPair,
  issueCertificates,
  makeCertificateRequest,
  Manifest,
  manifestHashOf,
  parseCanonical,
  sha256Hex,
  signDetached,
  unwrapShare,
  type Authority,
} from '@xinbiao/contracts/trust';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newcomer, type Cast } from '../../../scripts/play/cast.ts';
import type { Person } from '../../../scripts/play/person.ts';
import { announce, release } from '../../../scripts/play/steps.ts';
import { EnvelopePiece } from '../../src/bidding/bid.entity.ts';
import { pemOf } from '../../src/identity/authorities.ts';
import type { Said } from '../client.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { castFor, handIn, publishedLots, sealBid, type PublishedLots, type SealedBid } from '../lots.ts';

/* People who mean harm, each with real keys, real sessions and the real wire. */

let house: TestHouse;
let cast: Cast;
let published: PublishedLots;
let authority: Authority;
const trusted = mkdtempSync(join(tmpdir(), 'xinbiao-trust-'));
const lot = (no: number): string => published.lots[no - 1] ?? '';
const bidder = (at: number): Person => cast.bidders[at]!;

beforeAll(async () => {
  authority = await createAuthority({
    name: '青澜市电子认证中心',
    at: new Date('2020-01-01T00:00:00.000Z'),
    years: 30,
  });
  writeFileSync(join(trusted, 'qinglan.pem'), pemOf(authority.certificate));
  house = await openHouse({ config: { trustFolder: trusted } });
  cast = await castFor(house, { bidders: 5, experts: 1 });
  published = await publishedLots(house, cast, 5);
});
afterAll(async () => {
  await house.close();
  rmSync(trusted, { recursive: true });
});

const finalize = (
  { envelopeId, manifest, signature }: SealedBid,
  change: { manifest?: string; signature?: string } = {},
) => ({ params: { envelopeId }, body: { manifest, signature, ...change } });
const handOver = (person: Person, sealed: SealedBid) => person.client.call(finalizeEnvelope, finalize(sealed));
async function uploaded(person: Person, lotId: string, price: bigint): Promise<SealedBid> {
  const sealed = await sealBid(person, lotId, { price });
  await sealed.upload();
  return sealed;
}

/** A pair in the person's own name from any authority, with what it takes to sign. */
async function pairFrom(issuer: Authority, person: Person, given: { readonly notAfter: Date }) {
  const { name, organisation } = await person.refresh();
  const subject = {
    commonName: name,
    ...(organisation ? { organisation: organisation.name, uscc: organisation.uscc } : {}),
  };
  const [signing, encryption] = [
    await generateSigningPair({ extractable: false }),
    await generateEncryptionPair({ extractable: false }),
  ];
  const serial = () => `4b${toHex(crypto.getRandomValues(new Uint8Array(12)))}`;
  const pair = await issueCertificates({
    authority: issuer,
    request: await makeCertificateRequest({ subject, signing, encryption }),
    subject,
    serials: { signing: serial(), encryption: serial() },
    notBefore: new Date('2026-01-01T00:00:00.000Z'),
    notAfter: given.notAfter,
  });
  const signed = async (text: string) => ({
    act: text,
    signature: toHex(
      await signDetached({ content: bytesOf(text), certificate: pair.signing, privateKey: signing.privateKey }),
    ),
  });
  return {
    pair,
    signing,
    encryption,
    signed,
    fingerprints: { signing: sha256Hex(pair.signing), encryption: sha256Hex(pair.encryption) },
  };
}

/** Registers a pair of the city's authority that ends at the given instant, and uses it from now on. */
async function holding(person: Person, notAfter: Date): Promise<Person> {
  const { pair, signing, encryption, signed, fingerprints } = await pairFrom(authority, person, { notAfter });
  await person.client.call(pinCertificates, {
    body: {
      signing: toHex(pair.signing),
      encryption: toHex(pair.encryption),
      ...(await signed(canonical(pinAct(person.by, fingerprints)))),
    },
  });
  person.keys = {
    signing: { privateKey: signing.privateKey, certificate: pair.signing, fingerprint: fingerprints.signing },
    encryption: {
      privateKey: encryption.privateKey,
      certificate: pair.encryption,
      fingerprint: fingerprints.encryption,
    },
    chain: [],
    file: new Uint8Array(),
    filePassword: '',
  };
  await person.refresh();
  return person;
}

test('whoever lacks the role decides nothing, however well the act is signed', async () => {
  const {
    agency,
    supervisor,
    operator,
    notary,
    experts: [expert],
  } = cast;
  const named = { tenderId: published.tenderId, lotId: lot(1), code: 'QL', lotNo: 1 };
  const award = await bidder(0).sign(
    awardAct(bidder(0).by, {
      lot: named,
      bidId: randomUUID(),
      bidder: { name: '某', uscc: '某' },
      price: '1',
      rank: 1,
      total: 1,
      reportHash: '0'.repeat(64),
      resultHash: '0'.repeat(64),
      reason: '',
    }),
  );
  for (const person of [bidder(0), agency, notary, expert!])
    expect(
      await person.client.refused(decideAward, {
        params: { lotId: lot(1) },
        body: { ...award, bidId: randomUUID(), reason: '' },
      }),
    ).toEqual(['auth.not-allowed']);
  const judgement = await bidder(0).sign(qualificationAct(bidder(0).by, { lot: named, bidders: [], bids: [] }));
  for (const person of [bidder(0), supervisor, operator])
    expect(
      await person.client.refused(judgeQualification, { params: { lotId: lot(1) }, body: { ...judgement, bids: [] } }),
    ).toEqual(['auth.not-allowed']);
  for (const person of [agency, supervisor, operator, expert!])
    expect(await person.client.refused(openEnvelope, { params: { lotId: lot(1) }, body: {} })).toEqual([
      'auth.not-allowed',
    ]);
  for (const person of [bidder(0), supervisor, operator, expert!])
    expect(await person.client.refused(readReleaseBatch, { params: { lotId: lot(1) } })).toEqual(['auth.not-allowed']);
});

test('a cookie alone writes nothing, and one of an ended session reads nothing', async () => {
  const forged = await bidder(0).client.fetch(`/api/lots/${lot(1)}/envelopes`, {
    method: 'POST',
    headers: { 'x-xinbiao': '', 'content-type': 'application/json' },
    body: '{}',
  });
  expect([forged.status, ((await forged.json()) as { type: string }).type]).toEqual([403, 'request.forged']);
  const cookie = bidder(4).client.cookie();
  await bidder(4).client.call(signOut);
  const replayed = await house.anybody.fetch('/api/identity/me', { headers: { cookie } });
  expect(replayed.status).toBe(401);
  await bidder(4).signIn();
});

test('a bid signed with a colleague’s key, a rival’s, or one of an authority nobody knows is not taken', async () => {
  const sealed = await uploaded(bidder(0), lot(1), 100n);
  const content = bytesOf(sealed.manifest);
  const refused = async (signature: string) =>
    bidder(0).client.refused(finalizeEnvelope, finalize(sealed, { signature }));
  expect(await refused(await bidder(1).signBytes(content))).toEqual(['certificate.not-of-this-seat']);
  expect(await refused(await cast.purchaser.signBytes(content))).toEqual(['certificate.not-of-this-seat']);
  // An authority of the same name as the real one, with another key.
  const impostor = await createAuthority({
    name: '青澜市电子认证中心',
    at: new Date('2020-01-01T00:00:00.000Z'),
    years: 30,
  });
  const forged = await pairFrom(impostor, bidder(0), { notAfter: new Date('2029-01-01T00:00:00.000Z') });
  expect(await refused((await forged.signed(sealed.manifest)).signature)).toEqual(['certificate.untrusted']);
  expect(
    await bidder(0).client.refused(pinCertificates, {
      body: {
        signing: toHex(forged.pair.signing),
        encryption: toHex(forged.pair.encryption),
        ...(await forged.signed(canonical(pinAct(bidder(0).by, forged.fingerprints)))),
      },
    }),
  ).toEqual(['certificate.untrusted']);
  // A good certificate in the own name that was never registered.
  const stray = await pairFrom(authority, bidder(0), { notAfter: new Date('2029-01-01T00:00:00.000Z') });
  expect(await refused((await stray.signed(sealed.manifest)).signature)).toEqual(['certificate.not-of-this-seat']);
  expect((await bidder(0).client.call(listMyBids)).rows.flatMap(({ head }) => head ?? [])).toEqual([]);
});

test('a certificate that expires or is revoked between sealing and handing in signs nothing any more', async () => {
  const today = house.clock.now();
  const expiring = await holding(
    await newcomer(house, {
      kind: 'bidder',
      serial: 301,
      name: '青澜迟暮科技有限公司',
      login: 'chimu',
      person: '迟暮',
    }),
    addTime(today, 10 * 86_400_000),
  );
  const revoking = await holding(
    await newcomer(house, {
      kind: 'bidder',
      serial: 302,
      name: '青澜失钥科技有限公司',
      login: 'shiyao',
      person: '施钥',
    }),
    new Date('2029-01-01T00:00:00.000Z'),
  );
  await expiring.declare();
  const [late, lost, spare] = [
    await uploaded(expiring, lot(1), 101n),
    await uploaded(revoking, lot(1), 102n),
    await uploaded(expiring, lot(2), 103n),
  ];
  await handOver(expiring, spare);
  const { signing } = (await revoking.refresh()).certificates.reduce<Record<string, string>>(
    (ids, { kind, id }) => ({ ...ids, [kind]: id }),
    {},
  );
  await revoking.client.call(revokeCertificates, {
    params: { certificateId: signing ?? '' },
    body: { reason: 'keyCompromise', password: revoking.password },
  });
  expect(await revoking.client.refused(finalizeEnvelope, finalize(lost))).toEqual(['certificate.revoked']);
  expect(await revoking.client.refused(openEnvelope, { params: { lotId: lot(1) }, body: {} })).toEqual([
    'bid.no-certificate',
  ]);
  expect(await revoking.client.refused(declare, { body: await revoking.sign(declareAct(revoking.by)) })).toEqual([
    'certificate.revoked',
  ]);
  house.clock.set(addTime(today, 11 * 86_400_000));
  expect(await expiring.client.refused(finalizeEnvelope, finalize(late))).toEqual(['certificate.expired']);
  expect(
    await expiring.client.refused(withdrawBid, {
      params: { lotId: lot(2) },
      body: await expiring.sign(
        withdrawAct(expiring.by, { lotId: lot(2), envelopeId: spare.envelopeId, manifestHash: spare.manifestHash }),
      ),
    }),
  ).toEqual(['certificate.expired']);
  expect(await expiring.client.refused(openEnvelope, { params: { lotId: lot(1) }, body: {} })).toEqual([
    'bid.no-certificate',
  ]);
});

test('whoever is banned learns by which decision of which authority, and until when', async () => {
  const { name = '', uscc = '' } = bidder(3).known.organisation ?? {};
  const sealed = await uploaded(bidder(3), lot(1), 104n);
  const decision = {
    name,
    uscc,
    decisionNumber: '青财采罚〔2026〕77号',
    authority: '青澜市财政局',
    legalBasis: '政府采购法 §77',
    reason: '提供虚假材料谋取中标。',
    decidedOn: '2026-10-20',
    forbids: ['bid' as const],
    regionCode: null,
    from: '2026-10-21',
    until: '2027-10-20',
    evidence: null,
  };
  await cast.supervisor.client.call(addToBlacklist, {
    body: { decision, ...(await cast.supervisor.sign(addBlacklistAct(cast.supervisor.by, decision))) },
  });
  for (const attempt of [
    bidder(3).client.call(finalizeEnvelope, finalize(sealed)),
    bidder(3).client.call(openEnvelope, { params: { lotId: lot(1) }, body: {} }),
  ]) {
    const said = await attempt.then(
      () => undefined,
      (fault: Said) => fault,
    );
    expect([said?.status, said?.codes]).toEqual([403, ['blacklist.forbidden']]);
    for (const word of ['青财采罚〔2026〕77号', '青澜市财政局', '2027-10-20'])
      expect(said?.refusals[0]?.sentence).toContain(word);
  }
});

/** Sends a body as it is, in the name of somebody who may call. */
const raw = async (person: Person, path: string, body: BodyInit, type = 'application/json', method = 'POST') => {
  const answer = await person.client.fetch(path, { method, headers: { 'content-type': type }, body });
  const text = await answer.text();
  return [answer.status, text.startsWith('{') ? (JSON.parse(text) as { type?: string }).type : text];
};

test('bodies that are too long, no JSON, or of another type are turned away, and their bytes are not kept', async () => {
  const { envelopeId } = await bidder(2).client.call(openEnvelope, { params: { lotId: lot(1) }, body: {} });
  const path = `/api/envelopes/${envelopeId}/finalize`;
  const long = new Uint8Array(8 * 1024 * 1024 + 1).fill(7);
  expect(
    await bidder(2).client.refused(putPiece, { params: { envelopeId, sha256: sha256Hex(long) }, raw: long }),
  ).toEqual(['bid.piece-too-large']);
  expect(await house.house.vault.size(sha256Hex(long))).toBeUndefined();
  expect(
    await raw(bidder(2), `/api/envelopes/${envelopeId}/pieces/${sha256Hex(bytesOf('x'))}`, 'x', 'text/plain', 'PUT'),
  ).toEqual([415, 'request.wrong-type']);
  expect(await raw(bidder(2), path, `{"manifest":"${'a'.repeat(9 * 1024 * 1024)}"}`)).toEqual([
    413,
    'request.too-large',
  ]);
  expect(await raw(bidder(2), path, '{"manifest":')).toEqual([400, 'request.malformed']);
  // Without a length nobody knows before: the sender still reads why, however much was on its way.
  const blocks = Array.from({ length: 80 }, () => new Uint8Array(256 * 1024).fill(0x20));
  const streamed = async (to: string, method: string, type: string) => {
    const body = new ReadableStream<Uint8Array>({
      pull: (sender) => {
        const block = blocks.pop();
        if (block) sender.enqueue(block);
        else sender.close();
      },
    });
    const answer = await bidder(2).client.fetch(to, {
      method,
      headers: { 'content-type': type },
      body,
      duplex: 'half',
    } as RequestInit);
    return [answer.status, ((await answer.json()) as { type: string }).type];
  };
  expect(await streamed(path, 'POST', 'application/json')).toEqual([413, 'request.too-large']);
  blocks.push(...Array.from({ length: 80 }, () => new Uint8Array(256 * 1024)));
  expect(
    await streamed(`/api/envelopes/${envelopeId}/pieces/${'2'.repeat(64)}`, 'PUT', 'application/octet-stream'),
  ).toEqual([413, 'bid.piece-too-large']);
  expect(await raw(bidder(2), path, new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]))).toEqual([
    400,
    'request.malformed',
  ]);
  expect(await raw(bidder(2), path, '{"manifest":"{}","signature":"00"}', 'text/plain')).toEqual([
    415,
    'request.wrong-type',
  ]);
  expect(await raw(bidder(2), path, 'manifest=%7B%7D&signature=00', 'application/x-www-form-urlencoded')).toEqual([
    415,
    'request.wrong-type',
  ]);
});

test('whoever leaves in the middle of sending leaves nothing behind, and is no incident', async () => {
  const { envelopeId } = await bidder(2).client.call(openEnvelope, { params: { lotId: lot(1) }, body: {} });
  for (const [path, type] of [
    [`/api/envelopes/${envelopeId}/pieces/${'1'.repeat(64)}`, 'application/octet-stream'],
    [`/api/lots/${lot(1)}/envelopes`, 'application/json'],
  ] as const) {
    const leaving = new AbortController();
    const body = new ReadableStream<Uint8Array>({
      start: (sender) => {
        sender.enqueue(new Uint8Array(100_000));
      },
      pull: () => new Promise(() => undefined),
    });
    const sending = bidder(2).client.fetch(path, {
      method: type === 'application/json' ? 'POST' : 'PUT',
      headers: { 'content-type': type },
      body,
      duplex: 'half',
      signal: leaving.signal,
    } as RequestInit);
    setTimeout(() => {
      leaving.abort();
    }, 200);
    await expect(sending).rejects.toThrow();
  }
  await expect.poll(async () => house.house.fork().count(EnvelopePiece, { envelopeId })).toBe(0);
  expect(house.faults).toEqual([]);
  await bidder(2).client.call(abandonEnvelope, { params: { envelopeId } });
});

test('depth, doubled keys and other tricks of JSON reach no signature check', async () => {
  const sealed = await uploaded(bidder(2), lot(1), 105n);
  const deep = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  const refused = async (manifest: string) =>
    bidder(2).client.refused(
      finalizeEnvelope,
      finalize(sealed, { manifest, signature: await bidder(2).signBytes(bytesOf(manifest)) }),
    );
  const doubled = sealed.manifest.replace('"v":', '"v":"xinbiao/manifest/v0","v":');
  for (const manifest of [
    deep(100_000),
    `[${'['.repeat(50_000)}`,
    doubled,
    `${sealed.manifest} `,
    sealed.manifest.replace('{', '{"__proto__":{"ctx":1},'),
    sealed.manifest.normalize('NFD').replace('test', 'te\u0301st'),
  ])
    expect(new Set(await refused(manifest)), manifest.slice(0, 60)).toEqual(new Set(['bid.manifest-refused']));
  expect(await raw(bidder(2), `/api/envelopes/${sealed.envelopeId}/finalize`, deep(200_000))).toEqual([
    400,
    'request.malformed',
  ]);

  const act =
    (await handOver(bidder(2), sealed),
    withdrawAct(bidder(2).by, { lotId: lot(1), envelopeId: sealed.envelopeId, manifestHash: sealed.manifestHash }));
  const text = canonical(act);
  for (const other of [
    text.replace('{"by":', '{"by":{},"by":'),
    text.replace('"type":"bid.withdraw"', '"type":"bid.withdraw","type":"bid.withdraw"'),
    text.replace('{', '{"__proto__":{},'),
    ` ${text}`,
    deep(60_000),
    'null',
    '1e999',
  ])
    expect(['act.malformed', 'act.not-what-is-decided', 'request.malformed'], other.slice(0, 60)).toEqual(
      expect.arrayContaining(
        await bidder(2).client.refused(withdrawBid, { params: { lotId: lot(1) }, body: await bidder(2).sign(other) }),
      ),
    );
  expect((await bidder(2).client.call(readSealing, { params: { lotId: lot(1) } })).head?.manifestHash).toBe(
    sealed.manifestHash,
  );
});

/** Somebody who may call it, so that the body is read. */
const callerOf = ({ access }: Endpoint): Person => {
  const people: readonly [Role, Person][] = [
    ['bidder', bidder(1)],
    ['agency', cast.agency2],
    ['purchaser', cast.purchaser2],
    ['notary', cast.notary],
    ['supervisor', cast.supervisor],
    ['tradingCentre', cast.witness],
    ['operator', cast.operator],
    ['administrator', cast.centre],
  ];
  return people.find(([role]) => (roles[role] as readonly string[]).includes(access))?.[1] ?? cast.experts[0]!;
};

test('no operation breaks on rubbish, wherever it is put', async () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const bodies = [
    '',
    'null',
    '[]',
    '"x"',
    '1e400',
    '{"__proto__":{"admin":true},"constructor":{"prototype":{}}}',
    nested(20_000),
    `{"act":"${'\\u0000'.repeat(500)}","signature":"${'0'.repeat(64)}","reason":"${'\\ud800'}"}`,
    '{"act":"{}","signature":"3080"}',
  ];
  const queries = [
    '?limit=-1&from=x&to=y',
    '?q=%F0%9F%92%A9%25_\\&after=%00',
    '?from=0&to=99999999999999999999',
    '?a[__proto__]=1&q=a&q=b',
  ];
  const ids = ['..%2f..%2fetc%2fpasswd', '%00', "'%20or%201=1", 'x'.repeat(3_000), '1e9', '__proto__'];
  const sendings = allEndpoints
    .filter(
      ({ path, wire }) =>
        wire?.reply !== 'events' && !path.startsWith('/identity/sign-') && path !== '/identity/password',
    )
    .flatMap((endpoint) => {
      const { client } = callerOf(endpoint);
      const reads = endpoint.method === 'GET';
      const send = (path: string, body?: string) => async (): Promise<string | undefined> => {
        const { status } = await client.fetch(`/api${path}`, {
          method: endpoint.method,
          headers: {
            'content-type': endpoint.wire?.body === 'bytes' ? 'application/octet-stream' : 'application/json',
          },
          ...(body === undefined || reads ? {} : { body }),
        });
        return status >= 500
          ? `${status} ${endpoint.method} ${path.slice(0, 120)} ${(body ?? '').slice(0, 60)}`
          : undefined;
      };
      const right = endpoint.path.replace(/[:*](\w+)/g, (_, name: string) =>
        name === 'lotId'
          ? lot(1)
          : name === 'tenderId'
            ? published.tenderId
            : /sha|hash/i.test(name)
              ? '0'.repeat(64)
              : /envelope/i.test(name)
                ? '0'.repeat(32)
                : randomUUID(),
      );
      return [
        ...(reads ? queries.map((query) => send(`${right}${query}`)) : bodies.map((body) => send(right, body))),
        ...(/[:*]/.test(endpoint.path) ? ids.map((id) => send(endpoint.path.replace(/[:*](\w+)/g, id), '{}')) : []),
      ];
    });
  const broken: (string | undefined)[] = [];
  for (let at = 0; at < sendings.length; at += 16)
    broken.push(...(await Promise.all(sendings.slice(at, at + 16).map((send) => send()))));
  expect(sendings.length).toBeGreaterThan(1_000);
  expect(broken.filter((one) => one !== undefined)).toEqual([]);
  expect(house.faults).toEqual([]);
});

test('a double click hands in one bid, and both answers are its receipt', async () => {
  const sealed = await uploaded(bidder(0), lot(3), 110n);
  const answers = await Promise.all([
    handOver(bidder(0), sealed),
    handOver(bidder(0), sealed),
    handOver(bidder(0), sealed),
  ]);
  const entry = (receipt: string): string => receipt.split('\n').slice(0, 4).join('\n');
  expect(
    new Set(
      answers.map(
        ({ receivedAt, manifestHash, seq, receipt }) => `${receivedAt} ${manifestHash} ${seq} ${entry(receipt)}`,
      ),
    ).size,
  ).toBe(1);
  expect((await bidder(0).client.call(listMyBids)).rows.find(({ lotId }) => lotId === lot(3))?.envelopes).toHaveLength(
    1,
  );
});

test('of two tabs that hand in at once one is received, and the other is told to seal again', async () => {
  const [one, other] = [await uploaded(bidder(1), lot(3), 111n), await uploaded(bidder(1), lot(3), 112n)];
  const answers = await Promise.all(
    [one, other].map((sealed) =>
      handOver(bidder(1), sealed).then(
        ({ manifestHash }) => manifestHash,
        (fault: Said) => fault.codes.join(),
      ),
    ),
  );
  expect(answers).toContain('bid.head-moved');
  const head = (await bidder(1).client.call(readSealing, { params: { lotId: lot(3) } })).head?.manifestHash;
  expect(answers.filter((answer) => answer !== 'bid.head-moved')).toEqual([head]);
});

test('an act signed for one lot decides nothing in another', async () => {
  const [here, there] = [
    await handIn(bidder(2), lot(3), { price: 113n }),
    await handIn(bidder(2), lot(4), { price: 114n }),
  ];
  const act = await bidder(2).sign(
    withdrawAct(bidder(2).by, { lotId: lot(3), envelopeId: here.envelopeId, manifestHash: here.manifestHash }),
  );
  expect(await bidder(2).client.refused(withdrawBid, { params: { lotId: lot(4) }, body: act })).toEqual([
    'act.not-what-is-decided',
  ]);
  const mixed = await bidder(2).sign(
    withdrawAct(bidder(2).by, { lotId: lot(4), envelopeId: here.envelopeId, manifestHash: here.manifestHash }),
  );
  expect(await bidder(2).client.refused(withdrawBid, { params: { lotId: lot(4) }, body: mixed })).toEqual([
    'act.not-what-is-decided',
  ]);
  expect((await bidder(2).client.call(readSealing, { params: { lotId: lot(4) } })).head?.manifestHash).toBe(
    there.manifestHash,
  );
  // What was withdrawn is not withdrawn again by the same words once another bid stands.
  await bidder(2).client.call(withdrawBid, { params: { lotId: lot(3) }, body: act });
  const again = await handIn(bidder(2), lot(3), { price: 115n });
  expect(await bidder(2).client.refused(withdrawBid, { params: { lotId: lot(3) }, body: act })).toEqual([
    'act.not-what-is-decided',
  ]);
  expect((await bidder(2).client.call(readSealing, { params: { lotId: lot(3) } })).head?.manifestHash).toBe(
    again.manifestHash,
  );
});

test('a manifest altered anywhere is not taken, signed anew or not, and neither is another’s envelope', async () => {
  const sealed = await uploaded(bidder(0), lot(4), 116n);
  const text = sealed.manifest;
  for (let at = 1; at < text.length; at += Math.ceil(text.length / 40)) {
    const altered = text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1);
    expect(
      (await bidder(0).client.refused(finalizeEnvelope, finalize(sealed, { manifest: altered }))).length,
      `at ${at}`,
    ).toBeGreaterThan(0);
  }
  // The bidder itself signs a manifest whose context is of another lot, another keyring, or a later turn.
  const manifest = parseCanonical(text) as { ctx: Record<string, unknown> };
  for (const change of [
    { lotId: lot(3) },
    { keyringHash: '0'.repeat(64) },
    { noticeHash: '0'.repeat(64) },
    { seq: 2 },
    { supersedes: '0'.repeat(64) },
    { envelopeId: '0'.repeat(32) },
    { bidderCertSha256: bidder(1).held.signing.fingerprint },
  ]) {
    const other = canonical({ ...manifest, ctx: { ...manifest.ctx, ...change } });
    expect(
      new Set(
        await bidder(0).client.refused(
          finalizeEnvelope,
          finalize(sealed, { manifest: other, signature: await bidder(0).signBytes(bytesOf(other)) }),
        ),
      ),
      JSON.stringify(change),
    ).toEqual(new Set(['bid.manifest-refused']));
  }
  expect(
    await bidder(1).client.refused(
      finalizeEnvelope,
      finalize(sealed, { signature: await bidder(1).signBytes(bytesOf(text)) }),
    ),
  ).toEqual(['bid.envelope-unknown']);
  expect((await handOver(bidder(0), sealed)).manifestHash).toBe(sealed.manifestHash);
  await handIn(bidder(1), lot(4), { price: 117n });
});

test('an officer’s release of one lot opens no other, and one that was tampered with none', async () => {
  house.clock.set(published.deadline);
  await house.tick();
  const sharesOf = async (officer: Person, lotId: string) => {
    const batch = await officer.client.call(readReleaseBatch, { params: { lotId } });
    const { encryption } = officer.held;
    const shares = await Promise.all(
      batch.heads.map(async ({ manifest: text }): Promise<ReleasedShare> => {
        const manifest = Manifest.parse(parseCanonical(text));
        const blob = await unwrapShare({
          manifest,
          stage: 'open',
          officerCertSha256: batch.officer.certSha256,
          privateKey: encryption.privateKey,
          certificate: encryption.certificate,
        });
        return { manifestHash: manifestHashOf(manifest), stage: 'open', x: batch.officer.x, blob: toHex(blob) };
      }),
    );
    return releaseAct(officer.by, { lotId, closeHash: batch.closeHash, officer: batch.officer.certSha256, shares });
  };
  const { purchaser, notary } = cast;
  const act = await sharesOf(notary, lot(3));
  const signed = await notary.sign(act);
  expect(
    (await notary.client.refused(releaseShares, { params: { lotId: lot(4) }, body: signed })).length,
  ).toBeGreaterThan(0);
  expect(await purchaser.client.refused(releaseShares, { params: { lotId: lot(3) }, body: signed })).toEqual([
    'opening.not-an-officer',
  ]);
  expect(
    await notary.client.refused(releaseShares, {
      params: { lotId: lot(3) },
      body: { ...signed, act: signed.act.replace(/"blob":"../, '"blob":"00') },
    }),
  ).toEqual(['signature.wrong-content']);
  const roots = house.house.identity.authorities.roots.map((der) => new Uint8Array(der));
  await announce(notary, act);
  await notary.client.call(releaseShares, { params: { lotId: lot(3) }, body: signed });
  await release(purchaser, lot(3), roots, house.clock.now());
  await house.tick();
  expect((await house.anybody.call(readOpening, { params: { lotId: lot(3) } })).phase).toBe('opened');
  expect((await house.anybody.call(readOpening, { params: { lotId: lot(4) } })).phase).toBe('releasing');
});

test('a judgement of one lot says nothing of another, and none twice', async () => {
  const { agency } = cast;
  const view = await agency.client.call(readQualification, { params: { lotId: lot(3) } });
  const bids = view.bids.map(({ bidId }) => ({
    bidId,
    findings: view.criteria.qualifications.map(({ id }) => ({ qualification: id, met: true, reason: '' })),
  }));
  const bidders = view.bids.map(({ bidId, bidder: { name, uscc } }) => ({ bidId, name, uscc }));
  const signed = await agency.sign(
    qualificationAct(agency.by, {
      lot: { tenderId: view.tenderId, lotId: view.lotId, code: view.code, lotNo: view.lotNo },
      bidders,
      bids,
    }),
  );
  expect(
    await agency.client.refused(judgeQualification, { params: { lotId: lot(4) }, body: { ...signed, bids } }),
  ).toEqual(['evaluation.not-opened']);
  expect(
    await cast.agency2.client.refused(judgeQualification, { params: { lotId: lot(3) }, body: { ...signed, bids } }),
  ).toEqual(['act.not-what-is-decided']);
  await agency.client.call(judgeQualification, { params: { lotId: lot(3) }, body: { ...signed, bids } });
  expect(
    await agency.client.refused(judgeQualification, { params: { lotId: lot(3) }, body: { ...signed, bids } }),
  ).toEqual(['evaluation.not-opened']);
  expect(await house.anybody.call(readMe).catch((fault: Said) => fault.status)).toBe(401);
  expect(house.faults).toEqual([]);
  await house.house.ledger.sequencer.drain();
  expect(await house.house.ledger.fsck(house.house.fork())).toEqual([]);
});
