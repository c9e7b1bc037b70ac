import { z } from 'zod';
import { Hex, Sha256Hex, fromHex } from '../../kernel/bytes.ts';
import { labelledHash, sha256Hex } from '../hash.ts';
import { suiteNames, suites } from '../suite.ts';
import { isOfOtherSuite } from '../wrap.ts';

/** Ids that go into key derivation labels: short, lower case, without a separator. */
export const LabelId = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/);

export const Officer = z.strictObject({
  /** Position in the group, from 1; also the point at which the group's polynomial is evaluated. */
  x: z.int().min(1).max(16),
  certSha256: Sha256Hex,
  /** DER of the officer's encryption certificate: ECDH P-256, or SM2 in the national suite. */
  certificate: Hex.min(2).max(16_384),
  name: z.string().min(1).max(200),
  organisation: z.string().min(1).max(200),
});
export type Officer = z.infer<typeof Officer>;

export const OfficerGroup = z.strictObject({
  id: LabelId,
  /** How many members of this group must release their share. */
  t: z.int().min(1).max(16),
  members: z.array(Officer).min(1).max(16),
});
export type OfficerGroup = z.infer<typeof OfficerGroup>;

/**
 * The officers who open together: every group must reach its own threshold. Fixed at publication and hashed into
 * every envelope; no one person may open alone, and no certificate stands in it twice.
 */
export const Keyring = z
  .strictObject({
    v: z.literal('xinbiao/keyring/v1'),
    suite: z.enum(suiteNames),
    groups: z.array(OfficerGroup).min(1).max(8),
  })
  .superRefine((keyring, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    const members = keyring.groups.flatMap((group) => group.members);
    if (members.length > 16) refuse('more than 16 officers');
    if (new Set(keyring.groups.map(({ id }) => id)).size !== keyring.groups.length) refuse('a group id occurs twice');
    if (new Set(members.map(({ certSha256 }) => certSha256)).size !== members.length)
      refuse('a certificate occurs twice');
    if (keyring.groups.reduce((sum, { t }) => sum + t, 0) < 2) refuse('one officer could open alone');
    for (const group of keyring.groups) {
      if (group.t > group.members.length) refuse('a threshold is out of reach');
      if (group.members.some(({ x }, at) => x !== at + 1)) refuse('x is not the position in the group');
    }
    if (
      members.some(
        ({ certificate, certSha256 }) => !isHex(certificate) || sha256Hex(fromHex(certificate)) !== certSha256,
      )
    )
      refuse('certSha256 is not that of the certificate');
    else if (members.some(({ certificate }) => isOfOtherSuite(fromHex(certificate), keyring.suite)))
      refuse('a certificate is not of the suite');
  });
export type Keyring = z.infer<typeof Keyring>;

const isHex = (text: string): boolean => Hex.safeParse(text).success;

/** The keyring's name in every envelope. */
export const keyringHash = (keyring: Keyring): string =>
  labelledHash('xinbiao/v1/keyring\n', keyring, suites[keyring.suite].hash);
