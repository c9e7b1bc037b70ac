import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOf, Malformed } from '../canonical.ts';
import { sha256 } from '../hash.ts';
import { signCheckpoint } from './checkpoint.ts';
import { countersign, signerKey, verifierKeyText, type SignerKey } from './note.ts';
import { meetsQuorum, openWitnessed, parsePolicy, policyText } from './policy.ts';

const seed = (name: string) => sha256(bytesOf(name));
const log = signerKey('log.example/a', seed('log'));
const aWitness = (name: string): SignerKey => signerKey(`${name}.example`, seed(name), 4);
const all = ['X1', 'X2', 'X3', 'Y1', 'Y2', 'Y3'].map((name) => [name, aWitness(name)] as const);
const lines = all.map(([name, key]) => `witness ${name} ${verifierKeyText(key)}`).join('\n');
const logLine = `log ${verifierKeyText(log)}`;
/** The example that c2sp.org/tlog-policy gives. */
const example = `${logLine}\n\n${lines}\ngroup X-witnesses 2 X1 X2 X3\ngroup Y-witnesses any Y1 Y2 Y3\ngroup X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n`;
const note = signCheckpoint({ size: 7, root: seed('root') }, log);
const signedBy = (...names: string[]): string =>
  all.filter(([name]) => names.includes(name)).reduce((text, [, key]) => countersign(text, key, 1_800_000_000), note);

test('takes two of one house and one of the other, as the example of the format does', () => {
  const policy = parsePolicy(example);
  const enough = (...names: string[]) => openWitnessed(signedBy(...names), policy).quorum;
  expect(enough('X1', 'X3', 'Y2')).toBe(true);
  expect(enough('X1', 'X2', 'X3')).toBe(false);
  expect(enough('X1', 'Y1', 'Y2', 'Y3')).toBe(false);
  expect(enough()).toBe(false);
  expect(openWitnessed(signedBy('X1', 'Y2'), policy).cosigners).toEqual([
    { name: 'X1', time: 1_800_000_000 },
    { name: 'Y2', time: 1_800_000_000 },
  ]);
});

test('reads tabs, spaces, comments, empty lines and addresses', () => {
  const policy = parsePolicy(
    `  # whom we trust 我们信任谁\n\t${logLine}\thttps://log.example\n\nwitness 公证处 ${verifierKeyText(aWitness('X1'))} https://w.example/x\nquorum\t公证处\n`,
  );
  expect(policy.logs[0]?.url).toBe('https://log.example');
  expect(policy.witnesses[0]).toMatchObject({ name: '公证处', url: 'https://w.example/x' });
  expect(openWitnessed(signedBy('X1'), policy).quorum).toBe(true);
});

test('asks for nobody where the policy says none', () => {
  const policy = parsePolicy(`${logLine}\nquorum none\n`);
  expect(openWitnessed(note, policy)).toMatchObject({ quorum: true, cosigners: [] });
});

test('a signature of the log is not a cosignature, and a stranger counts for nothing', () => {
  const policy = parsePolicy(example);
  expect(meetsQuorum(policy, [{ key: log, time: null }])).toBe(false);
  expect(openWitnessed(countersign(note, aWitness('Z9'), 5), policy).cosigners).toEqual([]);
  const other = signCheckpoint({ size: 7, root: seed('root') }, signerKey('log.example/b', seed('other')));
  expect(() => openWitnessed(other, policy)).toThrow(Malformed);
});

test('writes what it reads', () => {
  const text = policyText({ logs: [{ key: log }], witnesses: all.map(([name, key]) => ({ name, key })), threshold: 4 });
  const policy = parsePolicy(text);
  expect(policy.groups).toEqual([{ name: 'witnesses', threshold: 4, members: all.map(([name]) => name) }]);
  expect(parsePolicy(policyText({ logs: [{ key: log }], witnesses: [], threshold: 0 })).quorum).toBeUndefined();
});

const x1 = `witness X1 ${verifierKeyText(aWitness('X1'))}`;
const x2 = `witness X2 ${verifierKeyText(aWitness('X2'))}`;
test.each([
  ['no quorum', `${logLine}\n`],
  ['nothing', ''],
  ['no newline at the end', `${logLine}\nquorum none`],
  ['two quorums', `${logLine}\nquorum none\nquorum none\n`],
  ['an unknown quorum', `${logLine}\nquorum X1\n`],
  ['a quorum before its group', `${x1}\nquorum G\ngroup G any X1\n`],
  ['a group before its members', `group G any X1\n${x1}\nquorum G\n`],
  ['a group of itself', `${x1}\ngroup G any X1 G\nquorum G\n`],
  ['a member twice', `${x1}\ngroup G 2 X1 X1\nquorum G\n`],
  ['a member of two groups', `${x1}\n${x2}\ngroup G any X1 X2\ngroup H any X1\nquorum G\n`],
  ['a threshold above its members', `${x1}\ngroup G 2 X1\nquorum G\n`],
  ['a threshold of nought', `${x1}\ngroup G 0 X1\nquorum G\n`],
  ['a threshold with a leading nought', `${x1}\ngroup G 01 X1\nquorum G\n`],
  ['an empty group', `${x1}\ngroup G all\nquorum G\n`],
  ['none as a member', `${x1}\ngroup G any none\nquorum G\n`],
  ['none as a name', `witness none ${verifierKeyText(aWitness('X1'))}\nquorum none\n`],
  ['a name twice', `${x1}\nwitness X1 ${verifierKeyText(aWitness('X2'))}\nquorum X1\n`],
  [
    'a key twice under two names',
    `${x1}\nwitness X9 ${verifierKeyText(signerKey('other.example', seed('X1'), 4))}\nquorum X9\n`,
  ],
  [
    'the log as its own witness',
    `${logLine}\nwitness L ${verifierKeyText(signerKey('l.example', seed('log'), 4))}\nquorum L\n`,
  ],
  ["a log with a witness's kind of key", `log ${verifierKeyText(aWitness('X1'))}\nquorum none\n`],
  ["a witness with a log's kind of key", `witness X ${verifierKeyText(log)}\nquorum X\n`],
  ['words too many', `${logLine} https://a b\nquorum none\n`],
  ['a word that is none', `trust everybody\nquorum none\n`],
  ['a carriage return', `${logLine}\r\nquorum none\r\n`],
  ['a control character', `${logLine}\u0000\nquorum none\n`],
  ['a no-break space as white space', `quorum\u00a0none\n`],
])('refuses a policy with %s', (_, text) => {
  expect(() => parsePolicy(text)).toThrow(Malformed);
});

test('never does anything with noise but refuse it', () => {
  const word = fc.constantFrom(
    'log',
    'witness',
    'group',
    'quorum',
    'none',
    'any',
    'all',
    '1',
    '2',
    'X1',
    'G',
    '#',
    '\t',
    ' ',
    '\n',
    verifierKeyText(log),
    verifierKeyText(aWitness('X1')),
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(word, fc.string()), { maxLength: 30 }), (words) => {
      try {
        expect(parsePolicy(`${words.join(' ')}\n`)).toHaveProperty('quorum');
      } catch (fault) {
        expect(fault).toBeInstanceOf(Malformed);
      }
    }),
  );
});

test('a quorum once met stays met as witnesses join, and is met exactly where so many as asked have signed', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
      fc.nat(5),
      (threshold, signs, joining) => {
        const policy = parsePolicy(
          policyText({ logs: [{ key: log }], witnesses: all.map(([name, key]) => ({ name, key })), threshold }),
        );
        const signed = all.filter((__, at) => signs[at]).map(([, key]) => ({ key, time: 9 }));
        expect(meetsQuorum(policy, signed)).toBe(signed.length >= threshold);
        const [, joins] = all[joining] ?? [];
        if (meetsQuorum(policy, signed) && joins)
          expect(meetsQuorum(policy, [...signed, { key: joins, time: 10 }])).toBe(true);
      },
    ),
  );
});
