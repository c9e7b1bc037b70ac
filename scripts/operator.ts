import { allRefusals } from '@xinbiao/contracts/all';
import { NewPerson } from '@xinbiao/contracts/identity';
import { phrase } from '@xinbiao/contracts/kernel';
import { createInterface } from 'node:readline/promises';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { migrations } from '../backend/migrations/index.ts';
import { createOperator, preparePerson } from '../backend/src/identity/index.ts';
import { Clock, configOf, openDatabase, Refused, transact, type Config } from '../backend/src/platform/index.ts';
import { entities } from '../backend/src/stages.ts';
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

async function main(args: readonly string[]): Promise<number> {
  const [login, name, ...others] = args;
  if (login === undefined || name === undefined || others.length > 0) {
    process.stderr.write(
      '用法 usage: npm run operator -- <登录名 login> <姓名 name>\n密码在终端输入，或从标准输入读一行。 The password is typed, or read from standard input as one line.\n',
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
