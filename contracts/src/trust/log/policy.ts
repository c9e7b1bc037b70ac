import { Malformed } from '../canonical.ts';
import { equalBytes } from '../hash.ts';
import { openCheckpoint, type SignedCheckpoint } from './checkpoint.ts';
import { parseVerifierKey, verifierKeyText, type KeyKind, type Signed, type VerifierKey } from './note.ts';

/** A log or a witness that a policy names; the address is where it answers, if that is said. */
export type PolicyLog = { readonly key: VerifierKey; readonly url: string | undefined };
export type PolicyWitness = PolicyLog & { readonly name: string };
/** So many of these have to have seen a checkpoint for the group to count as having seen it. */
export type PolicyGroup = { readonly name: string; readonly threshold: number; readonly members: readonly string[] };

/**
 * Whom one trusts about a log (c2sp.org/tlog-policy): the log's key, the witnesses, and which of them together
 * are enough. `quorum` is undefined where the policy asks for no witness at all (`quorum none`).
 */
export type Policy = {
  readonly logs: readonly PolicyLog[];
  readonly witnesses: readonly PolicyWitness[];
  readonly groups: readonly PolicyGroup[];
  readonly quorum: string | undefined;
};

const maxPolicyLength = 65_536;
/** So many logs, witnesses and groups each. */
const maxMembers = 64;

type Draft = {
  logs: PolicyLog[];
  witnesses: PolicyWitness[];
  groups: PolicyGroup[];
  /** Every name there is, and whether a group has it as a member already. */
  names: Map<string, { taken: boolean }>;
  quorum: { name: string | undefined } | undefined;
};

/** Reads a policy strictly; throws Malformed with the number of the line that is wrong. */
export function parsePolicy(text: string): Policy {
  // Everything but tab and newline that does not print is refused, so that a policy means what it looks like.
  if (
    text.length > maxPolicyLength ||
    !text.isWellFormed() ||
    !text.endsWith('\n') ||
    /[\0-\u0008\u000b-\u001f\u007f]/.test(text)
  )
    throw new Malformed('policy');
  const draft: Draft = { logs: [], witnesses: [], groups: [], names: new Map(), quorum: undefined };
  for (const [at, line] of text.slice(0, -1).split('\n').entries()) {
    const words = line.split(/[ \t]+/).filter((word) => word !== '');
    const [keyword = '#', ...rest] = words;
    if (keyword.startsWith('#')) continue;
    try {
      readLine(draft, keyword, rest);
    } catch (fault) {
      if (fault instanceof Malformed) throw new Malformed(`policy line ${at + 1}`);
      throw fault;
    }
  }
  const { logs, witnesses, groups, quorum } = draft;
  if (!quorum) throw new Malformed('policy without quorum');
  return { logs, witnesses, groups, quorum: quorum.name };
}

function readLine(draft: Draft, keyword: string, words: readonly string[]): void {
  const [first, second, ...rest] = words;
  if (keyword === 'log' && first !== undefined && rest.length === 0) {
    draft.logs.push({ key: newKey(first, 1, [...draft.logs, ...draft.witnesses]), url: second });
    if (draft.logs.length > maxMembers) throw new Malformed('too many logs');
  } else if (keyword === 'witness' && first !== undefined && second !== undefined && rest.length <= 1) {
    define(draft, first);
    draft.witnesses.push({
      name: first,
      key: newKey(second, 4, [...draft.logs, ...draft.witnesses]),
      url: rest[0],
    });
    if (draft.witnesses.length > maxMembers) throw new Malformed('too many witnesses');
  } else if (keyword === 'group' && first !== undefined && second !== undefined) {
    draft.groups.push({ name: first, threshold: thresholdOf(second, rest.length), members: rest });
    for (const member of rest) take(draft, member);
    define(draft, first);
    if (draft.groups.length > maxMembers) throw new Malformed('too many groups');
  } else if (keyword === 'quorum' && first !== undefined && second === undefined && !draft.quorum) {
    if (first !== 'none' && !draft.names.has(first)) throw new Malformed('quorum');
    draft.quorum = { name: first === 'none' ? undefined : first };
  } else throw new Malformed('policy line');
}

/** A key that no other line has, whatever name it goes by: nobody counts twice, and no log is its own witness. */
function newKey(text: string, kind: KeyKind, others: readonly PolicyLog[]): VerifierKey {
  const key = parseVerifierKey(text);
  if (key.kind !== kind) throw new Malformed('key kind');
  if (others.some((other) => equalBytes(other.key.key, key.key))) throw new Malformed('a key stands there twice');
  return key;
}

function define({ names }: Draft, name: string): void {
  if (name === 'none' || names.has(name)) throw new Malformed('name');
  names.set(name, { taken: false });
}

/** A member must be known already, and of one group only: so there are no circles, and nobody counts twice. */
function take({ names }: Draft, name: string): void {
  const known = names.get(name);
  if (!known || known.taken) throw new Malformed('group member');
  known.taken = true;
}

function thresholdOf(word: string, count: number): number {
  const threshold = word === 'any' ? 1 : word === 'all' ? count : /^[1-9]\d{0,2}$/.test(word) ? Number(word) : 0;
  if (threshold < 1 || threshold > count) throw new Malformed('threshold');
  return threshold;
}

/** Writes the common policy: these logs, these witnesses, and so many of them. Without witnesses it asks for none. */
export function policyText(given: {
  readonly logs: readonly { readonly key: VerifierKey; readonly url?: string | undefined }[];
  readonly witnesses: readonly {
    readonly name: string;
    readonly key: VerifierKey;
    readonly url?: string | undefined;
  }[];
  readonly threshold: number;
}): string {
  const line = (...words: (string | undefined)[]): string =>
    `${words.filter((word) => word !== undefined).join(' ')}\n`;
  const { logs, witnesses, threshold } = given;
  const text = [
    ...logs.map(({ key, url }) => line('log', verifierKeyText(key), url)),
    ...witnesses.map(({ name, key, url }) => line('witness', name, verifierKeyText(key), url)),
    ...(witnesses.length === 0
      ? [line('quorum', 'none')]
      : [
          line('group', 'witnesses', String(threshold), ...witnesses.map(({ name }) => name)),
          line('quorum', 'witnesses'),
        ]),
  ].join('');
  parsePolicy(text);
  return text;
}

/** All keys of a policy: those whose signatures on a checkpoint mean something to its holder. */
export const policyKeys = ({ logs, witnesses }: Policy): VerifierKey[] => [...logs, ...witnesses].map(({ key }) => key);

/** Who of a policy's witnesses is among the signers, by the names the policy gives them, and when each saw it. */
export function cosignersOf(policy: Policy, signed: readonly Signed[]): { name: string; time: number }[] {
  return policy.witnesses.flatMap(({ name, key }) => {
    const found = signed.find((one) => one.time !== null && equalBytes(one.key.key, key.key));
    return found?.time == null ? [] : [{ name, time: found.time }];
  });
}

/** Are these signers, each verified, enough for the policy? */
export function meetsQuorum(policy: Policy, signed: readonly Signed[]): boolean {
  if (policy.quorum === undefined) return true;
  const have = new Set(cosignersOf(policy, signed).map(({ name }) => name));
  // A group stands after its members, so one pass in order is enough.
  for (const { name, threshold, members } of policy.groups)
    if (members.filter((member) => have.has(member)).length >= threshold) have.add(name);
  return have.has(policy.quorum);
}

/** What a checkpoint is worth to somebody who holds a policy. */
export type Witnessed = {
  readonly checkpoint: SignedCheckpoint;
  readonly cosigners: readonly { readonly name: string; readonly time: number }[];
  readonly quorum: boolean;
};

/** Opens a checkpoint under a policy; throws Malformed unless one of the policy's logs has signed it. */
export function openWitnessed(note: string, policy: Policy): Witnessed {
  const checkpoint = openCheckpoint(note, policyKeys(policy));
  return {
    checkpoint,
    cosigners: cosignersOf(policy, checkpoint.signed),
    quorum: meetsQuorum(policy, checkpoint.signed),
  };
}
