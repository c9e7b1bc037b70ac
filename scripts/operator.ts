import { allRefusals } from '@xinbiao/contracts/all';
import { NewPerson } from '@xinbiao/contracts/identity';
import { phrase } from '@xinbiao/contracts/kernel';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { migrations } from '../backend/migrations/index.ts';
import { createOperator, preparePerson } from '../backend/src/identity/index.ts';
import { Clock, configOf, openDatabase, Refused, transact, type Config } from '../backend/src/platform/index.ts';
import { entities } from '../backend/src/stages.ts';
import { checkDatabase } from './database/check.ts';
import { typedUnseen } from './secret.ts';

/*
 * `npm run operator -- <login> <name>`: gives an instance an operator, who founds everything else. Whoever can run
 * this holds the database anyway. The password comes from the terminal or from standard input, never from the
 * command line, where everybody on the machine could read it.
 */

/** Puts an operator on record; throws Refused where the name is taken or the password is weak. */
export async function appointOperator(
  config: Config,
  given: { readonly login: string; readonly name: string; readonly password: string },
): Promise<void> {
  const person = await preparePerson(NewPerson.parse(given));
  const database = await openDatabase({ folder: config.folder, url: config.databaseUrl, entities, migrations });
  try {
    await transact(database.orm.em, (tx) => createOperator(tx, person, new Clock({ sandbox: false }).now()));
  } finally {
    await database.close();
  }
}

/** The first line that comes. */
export async function lineFrom(input: Readable): Promise<string> {
  const lines = createInterface({ input, terminal: false });
  for await (const line of lines) return line;
  return '';
}

async function typedTwice(): Promise<string> {
  const password = await typedUnseen('密码 password: ');
  if (password !== (await typedUnseen('再输一次 again: ')))
    throw new Error('两次输入不一致。 The two are not the same.');
  return password;
}

/** `verify-db`: compares every table with the log, and says in words what does not agree. The private key is not needed. */
async function verifyDatabase(config: Config, given: string | undefined): Promise<number> {
  const file = join(config.folder, 'public-log', 'log.vkey');
  const key = given ?? (existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined);
  if (key === undefined) {
    process.stderr.write('没有日志公钥，请用 --key 给出。 There is no key of the log: give it with --key.\n');
    return 3;
  }
  const { orm, close } = await openDatabase({ folder: config.folder, url: config.databaseUrl, entities, migrations });
  try {
    const verdict = await checkDatabase({ fork: () => orm.em.fork(), ledger: { verifierKey: key } });
    const say = (line: string): void => void process.stdout.write(`${line}\n`);
    for (const fault of verdict.log) say(`✗ 日志 log: ${fault}`);
    for (const { zh, en } of verdict.discrepancies) say(`✗ ${zh} ${en}`);
    for (const [table, rows] of Object.entries(verdict.compared)) say(`✓ ${table}: ${rows}`);
    for (const { table, reason } of verdict.untold.filter(({ field }) => field === null)) say(`– ${table}: ${reason}`);
    for (const table of verdict.unknown) say(`? ${table}: 没有规则讲这张表。 No rule tells of this table.`);
    say(databaseEndings[verdict.exit]);
    return verdict.exit;
  } finally {
    await close();
  }
}
const databaseEndings = {
  0: '日志讲到的每一行都与日志一致。 Every row that the log tells of is what it says.',
  2: '有不符之处，见上。 Something does not hold: see above.',
  3: '有的表无法判断，见上。 Some tables cannot be told: see above.',
} as const;

async function main(args: readonly string[]): Promise<number> {
  if (args[0] === 'verify-db' && (args.length === 1 || (args.length === 3 && args[1] === '--key')))
    return verifyDatabase(configOf(process.env), args[2]);
  const [login, name, ...others] = args;
  if (login === undefined || name === undefined || others.length > 0) {
    process.stderr.write(
      '用法 usage: npm run operator -- <登录名 login> <姓名 name>\n            npm run operator -- verify-db [--key <vkey>]\n密码在终端输入，或从标准输入读一行。 The password is typed, or read from standard input as one line.\n',
    );
    return 2;
  }
  const config = configOf(process.env);
  const password = process.stdin.isTTY ? await typedTwice() : await lineFrom(process.stdin);
  const wellFormed = NewPerson.safeParse({ login, name, password });
  if (!wellFormed.success) {
    const wrong = [...new Set(wellFormed.error.issues.map(({ path }) => path.join('.')))].join('、');
    process.stderr.write(`不能这样填：${wrong}。 Not well-formed: ${wrong}.\n`);
    return 2;
  }
  await appointOperator(config, wellFormed.data);
  process.stdout.write(`运维员 ${wellFormed.data.login} 可以登录了。 ${wellFormed.data.login} can sign in.\n`);
  return 0;
}

const sentences = (fault: unknown): string => {
  if (!(fault instanceof Refused)) return fault instanceof Error ? fault.message : String(fault);
  return fault.reasons
    .flatMap(({ code, facts }) => {
      const wording = allRefusals[code];
      return wording ? [`${phrase(wording.zh, facts)} ${phrase(wording.en, facts)}`] : [code];
    })
    .join('\n');
};

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  process.exitCode = await main(process.argv.slice(2)).catch((fault: unknown) => {
    process.stderr.write(`${sentences(fault)}\n`);
    return 1;
  });
