import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fromHex, toHex } from '../kernel/bytes.ts';
import { bytesOf, canonical } from './canonical.ts';
import { anOfficer } from './envelope/example.ts';
import { keyringHash, type Keyring } from './envelope/keyring.ts';
import { sha256, sha256Hex } from './hash.ts';
import {
  answerOpenerTest,
  checkOpenerProof,
  checkPrecheckItem,
  dealDummy,
  dealOpenerTest,
  dummySpoil,
  precheckBatchHash,
  precheckItemHash,
  precheckItemsOf,
  type PrecheckItem,
} from './officer.ts';
import { importEncryptionKey } from './pki/index.ts';

const path = new URL('../../vectors/officers.json', import.meta.url);

type Vectors = {
  readonly about: string;
  readonly keyring: Keyring;
  readonly keyringHash: string;
  /** PKCS#8 of each officer's key, hex, by certSha256. Made for this file and for nothing else. */
  readonly keys: Readonly<Record<string, string>>;
  readonly openerAccept: {
    readonly officer: string;
    readonly seed: string;
    readonly item: PrecheckItem;
    readonly test: string;
    readonly answer: string;
  };
  readonly dummies: readonly {
    readonly seed: string;
    /** The officer for whom it does not open, if any. */
    readonly spoilt: string | null;
    readonly ctxHash: string;
    readonly stages: readonly string[];
    readonly items: Readonly<Record<string, readonly { readonly item: PrecheckItem; readonly hash: string }[]>>;
  }[];
  /** The batch that the first officer is shown: the items of all dummies in their order. */
  readonly batch: { readonly officer: string; readonly hash: string };
  readonly complaints: readonly { readonly what: string; readonly item: PrecheckItem; readonly code: string }[];
};

const seedOf = (name: string) => sha256(bytesOf(`xinbiao vectors: ${name}`));

/** The first seed of a series whose dummy is sound, or spoilt in the way that the name says. */
function seedWith(name: string, keyring: Keyring) {
  for (let at = 0; ; at += 1) {
    const seed = seedOf(`dummy ${name} ${at}`);
    const how = dummySpoil(seed, keyring)?.how;
    if (how === (name === 'noise' || name === 'off-polynomial' ? name : undefined)) return seed;
  }
}

/** Made once, by `XINBIAO_VECTORS=make`; frozen ever since. */
async function make(): Promise<Vectors> {
  const { exampleOfficers } = await makeOfficers();
  const keyring: Keyring = {
    v: 'xinbiao/keyring/v1',
    suite: 'XB1',
    groups: [
      {
        id: 'purchaser',
        t: 1,
        members: exampleOfficers.slice(0, 2).map(({ member }, at) => ({ ...member, x: at + 1 })),
      },
      {
        id: 'independent',
        t: 2,
        members: exampleOfficers.slice(2).map(({ member }, at) => ({ ...member, x: at + 1 })),
      },
    ],
  };
  const [first, , third] = exampleOfficers;
  if (!first || !third) throw new Error('no officers');
  const { certSha256: officer, certificate } = first.member;
  const seed = toHex(seedOf('opener'));
  const { item, answer } = await dealOpenerTest(fromHex(seed), { certSha256: officer, certificate });
  const dummies = await Promise.all(
    (['one', 'two', 'three', 'noise', 'off-polynomial'] as const).map(async (name) => {
      const own = toHex(seedWith(name, keyring));
      const stages = name === 'three' ? ['technical', 'price'] : ['open'];
      const sealed = await dealDummy({ seed: fromHex(own), keyring, stages });
      const items = Object.fromEntries(
        exampleOfficers.map(({ member }) => [
          member.certSha256,
          precheckItemsOf(sealed, member.certSha256).map((one) => ({ item: one, hash: precheckItemHash(one) })),
        ]),
      );
      return {
        seed: own,
        spoilt: dummySpoil(fromHex(own), keyring)?.officer ?? null,
        ctxHash: sealed.ctxHash,
        stages,
        items,
      };
    }),
  );
  const sound = dummies[0]?.items[third.member.certSha256]?.[0]?.item;
  const second = dummies[1]?.items[third.member.certSha256]?.[0]?.item;
  if (!sound || !second) throw new Error('no item');
  const lastByte = (hex: string): string =>
    hex.slice(0, -2) + (Number.parseInt(hex.slice(-2), 16) ^ 1).toString(16).padStart(2, '0');
  return {
    about: 'Proof of possession and trial of shares; see docs/protocol/02-officers.md. Made with fixed seeds, frozen.',
    keyring,
    keyringHash: keyringHash(keyring),
    keys: Object.fromEntries(exampleOfficers.map(({ member, pkcs8 }) => [member.certSha256, pkcs8])),
    openerAccept: { officer, seed, item, test: precheckItemHash(item), answer },
    dummies,
    batch: {
      officer,
      hash: precheckBatchHash(dummies.flatMap(({ items }) => (items[officer] ?? []).map((one) => one.item))),
    },
    complaints: [
      {
        what: 'the last byte of the wrap was changed',
        item: { ...sound, wrap: lastByte(sound.wrap) },
        code: 'share.unreadable',
      },
      {
        what: 'another share was committed to',
        item: { ...sound, commit: second.commit },
        code: 'share.not-committed',
      },
      {
        what: 'a share of another envelope, whole',
        item: { ...sound, wrap: second.wrap, commit: second.commit },
        code: 'share.malformed',
      },
      { what: 'a share off the polynomial', item: { ...sound, A: second.A }, code: 'share.off-polynomial' },
      {
        what: 'fewer commitments than the threshold',
        item: { ...sound, A: sound.A.slice(0, 1) },
        code: 'share.malformed',
      },
    ],
  };
}

async function makeOfficers() {
  const exampleOfficers = [];
  for (const name of ['甲', '乙', '丙', '丁', '戊']) {
    const keys = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);
    const { certificate, certSha256 } = await anOfficer(`开标人${name}`, keys);
    exampleOfficers.push({
      member: { x: 1, certSha256, certificate: toHex(certificate), name: `开标人${name}`, organisation: '示范单位' },
      pkcs8: toHex(new Uint8Array(await crypto.subtle.exportKey('pkcs8', keys.privateKey))),
    });
  }
  return { exampleOfficers };
}

const vectors = async (): Promise<Vectors> => {
  if (process.env['XINBIAO_VECTORS'] === 'make' && !existsSync(path))
    writeFileSync(path, `${JSON.stringify(await make(), null, 1)}\n`);
  return JSON.parse(readFileSync(path, 'utf8')) as Vectors;
};

const { keyring, keys, ...given } = await vectors();
const memberOf = (certSha256: string) => {
  const member = keyring.groups.flatMap(({ members }) => members).find((one) => one.certSha256 === certSha256);
  if (!member) throw new Error('not a member');
  return member;
};
const keyOf = async (certSha256: string) => ({
  privateKey: await importEncryptionKey(fromHex(keys[certSha256] ?? '')),
  certificate: fromHex(memberOf(certSha256).certificate),
});

test('the published keyring has its hash, and each key its certificate', () => {
  expect(keyringHash(keyring)).toBe(given.keyringHash);
  for (const { certSha256, certificate } of keyring.groups.flatMap(({ members }) => members))
    expect(sha256Hex(fromHex(certificate))).toBe(certSha256);
});

test('the published test is dealt again from its seed, and its key gives the answer', async () => {
  const { officer, seed, item, test: hash, answer } = given.openerAccept;
  const dealt = await dealOpenerTest(fromHex(seed), memberOf(officer));
  expect(canonical(dealt.item)).toBe(canonical(item));
  expect([precheckItemHash(item), dealt.answer]).toEqual([hash, answer]);
  expect(await answerOpenerTest({ item, ...(await keyOf(officer)) })).toBe(answer);
  expect(await checkOpenerProof({ seed, answer, officer: memberOf(officer) })).toBe(true);
});

test('the published dummies are dealt again byte for byte, and open for all officers but the one they were spoilt for', async () => {
  for (const { seed, spoilt, ctxHash, stages, items } of given.dummies) {
    expect(dummySpoil(fromHex(seed), keyring)?.officer ?? null).toBe(spoilt);
    const sealed = await dealDummy({ seed: fromHex(seed), keyring, stages });
    expect(sealed.ctxHash).toBe(ctxHash);
    for (const [officer, shown] of Object.entries(items)) {
      const own = precheckItemsOf(sealed, officer);
      expect(canonical(own)).toBe(canonical(shown.map(({ item }) => item)));
      for (const { item, hash } of shown) {
        expect(precheckItemHash(item)).toBe(hash);
        const { answer } = await checkPrecheckItem({ item, ...(await keyOf(officer)) });
        expect(answer).toBe(officer === spoilt ? 'complaint' : 'accept');
      }
    }
  }
});

test('the published batch has its hash, and the broken shares their faults', async () => {
  const { officer, hash } = given.batch;
  expect(precheckBatchHash(given.dummies.flatMap(({ items }) => (items[officer] ?? []).map(({ item }) => item)))).toBe(
    hash,
  );
  for (const { item, code } of given.complaints)
    expect(await checkPrecheckItem({ item, ...(await keyOf(item.officer)) })).toEqual({ answer: 'complaint', code });
});
