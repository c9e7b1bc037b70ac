import { expect, test } from 'vitest';
import { beginAudit, logChecks, type AuditQuestion } from './audit.ts';
import { bytesOf } from '../canonical.ts';
import { sha256 } from '../hash.ts';
import { openCheckpoint, signCheckpoint } from './checkpoint.ts';
import { countersign, signerKey } from './note.ts';
import { policyText } from './policy.ts';

const key = (name: string, kind: 1 | 4 = 4) => signerKey(name, sha256(bytesOf(name)), kind);
const log = key('log.example', 1);
const witnesses = ['a.example', 'b.example', 'c.example'].map((name) => key(name));
const bare = signCheckpoint({ size: 7, root: sha256(bytesOf('root')) }, log);
const policy = (keys = witnesses, logs = [{ key: log }]) =>
  policyText({ logs, witnesses: keys.map((witness, at) => ({ name: `w${at}`, key: witness })), threshold: 2 });

/** What the check of witnesses says of a checkpoint, in its outcomes and its last English sentence. */
async function say(note: string, question: Partial<AuditQuestion> = {}, shown?: string) {
  const nothing = async () => undefined;
  const source = {
    checkpoint: nothing,
    verifierKey: nothing,
    tile: nothing,
    disclosed: async () => [],
    act: nothing,
    ...(shown === undefined ? {} : { policy: async () => shown }),
  };
  const view = beginAudit({ source, keys: [log], ...question });
  view.checkpoint = openCheckpoint(note, [log, ...(question.keys ?? [])]);
  const findings = await logChecks.find(({ id }) => id === 'log.witnesses')?.run(view);
  return { outcomes: findings?.map(({ outcome }) => outcome), last: findings?.at(-1)?.en ?? '', all: findings ?? [] };
}
const by = (...keys: typeof witnesses) =>
  keys.reduce((note, witness) => countersign(note, witness, 1_800_000_000), bare);

test('says plainly that nobody watches where nobody does', async () => {
  expect((await say(bare)).last).toContain('No independent witness');
  expect((await say(bare, {}, policy([]))).last).toContain('No independent witness');
});

test('cannot tell while too few witnesses have signed, and says when each did', async () => {
  const one = await say(by(...witnesses.slice(0, 1)), { policy: policy() });
  expect(one.outcomes).toEqual(['holds', 'unknown']);
  expect(one.all[0]?.en).toContain('w0 cosigned the same checkpoint at 2027-01-15T08:00:00.000Z');
  const two = await say(by(...witnesses.slice(1)), { policy: policy() });
  expect([two.outcomes, two.last]).toEqual([
    ['holds', 'holds', 'holds'],
    'Enough witnesses have cosigned, by the policy you gave.',
  ]);
});

test('asks to compare a policy that the log shows itself', async () => {
  expect((await say(by(...witnesses), {}, policy())).last).toContain('compare it with the one printed in the notice');
});

test('counts no witness that the platform runs itself', async () => {
  const inside = [1, 2, 3].map((nth) => key(`log.example/demonstration-witness/${nth}`));
  const seen = await say(by(...inside), {}, policy(inside));
  expect(seen.outcomes).toEqual(['holds', 'holds']);
  expect(seen.all[0]?.en).toContain('No independent witness');
  expect(seen.last).toContain('count for nothing');
});

test('takes a false signature of a witness, or a policy about another log, for what it is', async () => {
  const forged = countersign(bare, { ...key('a.example'), seed: sha256(bytesOf('forger')) }, 5);
  expect((await say(forged, { policy: policy() })).outcomes).toEqual(['broken']);
  expect((await say(bare, { policy: policy(witnesses, [{ key: key('other.example', 1) }]) })).outcomes).toEqual([
    'broken',
  ]);
  expect((await say(bare, { policy: 'nonsense\n' })).outcomes).toEqual(['broken']);
});
