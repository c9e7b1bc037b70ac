import { z } from 'zod';
import { Hex, Sha256Hex, fromHex, toHex } from '../kernel/bytes.ts';
import { Malformed, bytesOf, canonicalBytes } from './canonical.ts';
import { dealerOf, scalarBytes, type Dealer } from './derive.ts';
import { LabelId, type Keyring, type Officer } from './envelope/keyring.ts';
import {
  checkShare,
  dealLock,
  shareBlobLength,
  shareCommit,
  unwrapShare,
  type Locked,
  type ShareBlob,
} from './envelope/lock.ts';
import type { SealedShare } from './envelope/manifest.ts';
import type { OpeningFaultCode } from './envelope/types.ts';
import { joined, labelledHash, sha256 } from './hash.ts';
import type { DecryptionKey } from './signer.ts';
import { suiteNames, suites } from './suite.ts';
import { WrapUnreadable, recipientOf, wrapFor } from './wrap.ts';

/*
 * What officers do before bids close: they prove that they hold the key they were named for, and they try the shares
 * that were sealed to them without learning whose they are, or whether they are anybody's.
 */

/**
 * One share to try, and everything an officer needs to judge it; never ciphertext, never a bidder. A share of a real
 * envelope, of a dummy and of a test look the same.
 */
export const PrecheckItem = z.strictObject({
  v: z.literal('xinbiao/precheck-item/v1'),
  suite: z.enum(suiteNames),
  ctxHash: Sha256Hex,
  stage: LabelId,
  group: LabelId,
  t: z.int().min(1).max(16),
  /** The group's commitments, A_0 to A_(t−1), compressed. */
  A: z
    .array(z.string().regex(/^0[23][0-9a-f]{64}$/))
    .min(1)
    .max(16),
  officer: Sha256Hex,
  x: z.int().min(1).max(16),
  commit: Sha256Hex,
  wrap: Hex.max(8_192),
});
export type PrecheckItem = z.infer<typeof PrecheckItem>;

/** An item's name in what officers sign. */
export const precheckItemHash = (item: PrecheckItem): string => labelledHash('xinbiao/v1/precheck-item\n', item);

/** The name of a batch as one officer sees it: its items in their order. */
export const precheckBatchHash = (items: readonly PrecheckItem[]): string =>
  labelledHash('xinbiao/v1/precheck-batch\n', items.map(precheckItemHash));

/** The items of a sealed or dummy envelope that are for one officer, one a stage. */
export const precheckItemsOf = ({ ctx: { suite }, ctxHash, stages }: Locked, officer: string): PrecheckItem[] =>
  stages.flatMap(({ id: stage, groups }) =>
    groups.flatMap(({ id: group, t, A, shares }) =>
      shares
        .filter((share) => share.officer === officer)
        .map(({ x, commit, wrap }): PrecheckItem => ({
          v: 'xinbiao/precheck-item/v1',
          suite,
          ctxHash,
          stage,
          group,
          t,
          A: [...A],
          officer,
          x,
          commit,
          wrap,
        })),
    ),
  );

/** An item as the lock that it is a part of, for the checks that locks go through. */
const lockOf = ({ suite, ctxHash, stage, group: id, t, A, officer, x, commit, wrap }: PrecheckItem): Locked => ({
  ctx: { suite },
  ctxHash,
  stages: [
    {
      id: stage,
      gate: 'none',
      keyCommit: '0'.repeat(64),
      groups: [{ id, t, A, shares: [{ x, officer, commit, wrap }] }],
    },
  ],
});

type OfficerKey = {
  /** ECDH P-256 with usage deriveBits, need not be extractable; or a key that lies elsewhere. */
  readonly privateKey: DecryptionKey;
  /** DER of the encryption certificate. */
  readonly certificate: Uint8Array;
};

export type PrecheckAnswer =
  | { readonly answer: 'accept' }
  | { readonly answer: 'complaint'; readonly code: OpeningFaultCode };

/** The share that an item holds for this officer, or why it is none. What is unwrapped never leaves the caller. */
async function openItem(
  item: PrecheckItem,
  { privateKey, certificate }: OfficerKey,
): Promise<{ readonly blob: Uint8Array<ArrayBuffer> } | { readonly code: OpeningFaultCode }> {
  const { stage, officer, t, A } = item;
  if (A.length !== t) return { code: 'share.malformed' };
  const manifest = lockOf(item);
  try {
    const blob = await unwrapShare({ manifest, stage, officerCertSha256: officer, privateKey, certificate });
    const check = checkShare({ manifest, stage, officer, blob });
    return check.ok ? { blob } : { code: check.fault.code };
  } catch (fault) {
    if (fault instanceof WrapUnreadable) return { code: 'share.unreadable' };
    throw fault;
  }
}

/** Tries one share: the wrap opens, holds what was committed to, and lies on the group's polynomial. Says nothing else. */
export async function checkPrecheckItem(given: { readonly item: PrecheckItem } & OfficerKey): Promise<PrecheckAnswer> {
  const opened = await openItem(given.item, given);
  return 'blob' in opened ? { answer: 'accept' } : { answer: 'complaint', code: opened.code };
}

/** Of so many dummies one does not open for one officer, so that a complaint tells nothing of bids either. */
const oneIn = 16;

/** For which officer a dummy was spoilt, and how: with noise, or with a share off the polynomial. Most are sound. */
export function dummySpoil(
  seed: Uint8Array<ArrayBuffer>,
  keyring: Keyring,
): { readonly officer: string; readonly how: 'noise' | 'off-polynomial' } | undefined {
  const [chance = 0, who = 0, how = 0] = dummyDealer(seed, keyring).dealer.bytes('dummy-spoil', 3);
  const members = keyring.groups.flatMap((group) => group.members);
  const member = members[who % members.length];
  return chance % oneIn === 0 && member
    ? { officer: member.certSha256, how: how % 2 === 0 ? 'noise' : 'off-polynomial' }
    : undefined;
}

function dummyDealer(seed: Uint8Array<ArrayBuffer>, { suite }: Keyring): { ctxHash: string; dealer: Dealer } {
  if (seed.length !== 32) throw new Malformed('seed');
  const ctxHash = labelledHash('xinbiao/v1/dummy\n', { seed: toHex(seed) });
  return { ctxHash, dealer: dealerOf(seed, ctxHash, suites[suite]) };
}

/**
 * An envelope of nobody's, dealt as a bidder's browser deals: whoever sees only shares cannot tell it from a real one,
 * and whoever is given `seed` later can rebuild it byte for byte. Some do not open for one of the officers.
 */
export async function dealDummy({
  seed,
  keyring,
  stages,
}: {
  /** 32 random bytes, never used for another dummy. */
  readonly seed: Uint8Array<ArrayBuffer>;
  readonly keyring: Keyring;
  readonly stages: readonly string[];
}): Promise<Locked> {
  const { ctxHash, dealer } = dummyDealer(seed, keyring);
  const spoil = dummySpoil(seed, keyring);
  const dealt = await Promise.all(
    stages.map(async (stage) => {
      const { lock } = await dealLock({ ctxHash, stage, keyring, dealer });
      if (!spoil) return lock;
      const groups = lock.groups.map(async (group) => ({
        ...group,
        shares: await Promise.all(
          group.shares.map(async (share) =>
            share.officer === spoil.officer
              ? spoiltShare(share, { ctxHash, keyring, dealer, how: spoil.how, place: { stage, group: group.id } })
              : share,
          ),
        ),
      }));
      return { ...lock, groups: await Promise.all(groups) };
    }),
  );
  return { ctx: { suite: keyring.suite }, ctxHash, stages: dealt };
}

async function spoiltShare(
  { x, officer, commit }: SealedShare,
  given: {
    readonly ctxHash: string;
    readonly keyring: Keyring;
    readonly dealer: Dealer;
    readonly how: 'noise' | 'off-polynomial';
    readonly place: { readonly stage: string; readonly group: string };
  },
): Promise<SealedShare> {
  const { ctxHash, keyring, dealer, how } = given;
  const place = { ...given.place, x };
  const member = keyring.groups.flatMap(({ members }) => members).find(({ certSha256 }) => certSha256 === officer);
  if (!member) throw new Malformed('keyring');
  const at = `${place.stage}/${place.group}/${x}`;
  const content: ShareBlob = {
    v: 'xinbiao/share/v1',
    ctxHash,
    ...place,
    officer,
    // Below the order of every suite's curve.
    share: `00${toHex(dealer.bytes(`dummy-share/${at}`, 31))}`,
    salt: toHex(dealer.shareSalt(place)),
  };
  const blob = how === 'noise' ? dealer.bytes(`dummy-noise/${at}`, shareBlobLength(place)) : canonicalBytes(content);
  // The sound share's wrap is never written, so its secrets are free.
  const secrets = { contentKey: dealer.contentKey(place), iv: dealer.iv(place), ephemeral: dealer.ephemeral(place) };
  const wrap = toHex(await wrapFor(recipientOf(fromHex(member.certificate)), blob, secrets));
  return { x, officer, commit: how === 'noise' ? commit : shareCommit(blob, dealer.suite), wrap };
}

/** The stage of a test. No bid has it, so no share of a bid is ever answered as if it were a test. */
export const openerStage = 'opener-test';
const openerGroup = 'test';

/** H(label ‖ blob): only who opened the wrap can say it, and it tells nothing of what was in it. */
export const openerAnswer = (blob: Uint8Array): string =>
  toHex(sha256(joined(bytesOf('xinbiao/v1/opener-answer\n'), blob)));

type Named = Pick<Officer, 'certSha256' | 'certificate'>;

/** A share sealed to one officer in order to see it opened: the item to send, and the answer that proves possession. */
export async function dealOpenerTest(
  seed: Uint8Array<ArrayBuffer>,
  { certSha256, certificate }: Named,
): Promise<{ readonly item: PrecheckItem; readonly answer: string }> {
  if (seed.length !== 32) throw new Malformed('seed');
  const ctxHash = labelledHash('xinbiao/v1/opener-test\n', { seed: toHex(seed), officer: certSha256 });
  const suite = suites[recipientOf(fromHex(certificate)).kind === 'SM2' ? 'XB1-SM' : 'XB1'];
  const dealer = dealerOf(seed, ctxHash, suite);
  const member: Officer = { x: 1, certSha256, certificate, name: '-', organisation: '-' };
  const keyring: Keyring = {
    v: 'xinbiao/keyring/v1',
    suite: suite.name,
    groups: [{ id: openerGroup, t: 1, members: [member] }],
  };
  const { lock } = await dealLock({ ctxHash, stage: openerStage, keyring, dealer });
  const [item] = precheckItemsOf({ ctx: { suite: suite.name }, ctxHash, stages: [lock] }, certSha256);
  const place = { stage: openerStage, group: openerGroup, x: 1 };
  const content: ShareBlob = {
    v: 'xinbiao/share/v1',
    ctxHash,
    ...place,
    officer: certSha256,
    // With a threshold of one the share is the secret itself.
    share: toHex(scalarBytes(dealer.coefficient(openerStage, openerGroup, 0))),
    salt: toHex(dealer.shareSalt(place)),
  };
  const blob = canonicalBytes(content);
  if (!item || shareCommit(blob, suite) !== item.commit) throw new Error('a test that its own dealer cannot answer');
  return { item, answer: openerAnswer(blob) };
}

/**
 * The officer's answer to a test. Throws Malformed on anything that is not a test, a share of a bid for instance, and
 * WrapUnreadable where the key does not open it.
 */
export async function answerOpenerTest({
  item,
  ...key
}: { readonly item: PrecheckItem } & OfficerKey): Promise<string> {
  if (item.stage !== openerStage || item.group !== openerGroup || item.t !== 1) throw new Malformed('opener test');
  const opened = await openItem(item, key);
  if ('blob' in opened) return openerAnswer(opened.blob);
  if (opened.code === 'share.unreadable') throw new WrapUnreadable();
  throw new Malformed('opener test');
}

/** Does a logged proof hold? Anybody can deal the test again from its seed and compare. */
export async function checkOpenerProof(proof: {
  readonly seed: string;
  readonly answer: string;
  readonly officer: Named;
}): Promise<boolean> {
  const { answer } = await dealOpenerTest(fromHex(proof.seed), proof.officer);
  return answer === proof.answer;
}
