import { readEnvelopeFolder, SealingFactsFile } from '@xinbiao/contracts/bidding';
import { Malformed } from '@xinbiao/contracts/trust';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Said } from './play/client.ts';
import { Person } from './play/person.ts';
import { secretOf } from './secret.ts';
import { envelopeFilesIn, Unfit } from './seal/folder.ts';
import { submitEnvelope } from './seal/submit.ts';

/*
 * `npm run submit -- envelope/ --login name [--to https://…]`: hands in an envelope that was sealed elsewhere. May be
 * interrupted and started again; what has arrived is not sent twice. The receipt is checked and saved beside it.
 */
const usage = `用法 usage: npm run submit -- <封装文件夹 envelope folder> --login <登录名 login> [--to <平台地址 address>]
XINBIAO_PASSWORD 登录密码 password; 没有设置时在终端输入 typed where it is not set.
`;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { login: { type: 'string' }, to: { type: 'string' } },
  });
  const [folder] = positionals;
  if (folder === undefined || values.login === undefined) return (process.stderr.write(usage), 2);
  const envelope = await readEnvelopeFolder(await envelopeFilesIn(folder));
  const origin = values.to ?? (await originOf(folder));
  const password = await secretOf('XINBIAO_PASSWORD', '登录密码 password: ');
  const person = await new Person(origin.replace(/\/$/, ''), values.login, password).signIn();
  const receipt = await submitEnvelope(person.client, envelope, {
    told: (sent, of) => process.stderr.write(`\r${Math.floor((sent / of) * 100)} % `),
  });
  const saved = join(folder.endsWith('.tar') ? '.' : folder, `receipt-${receipt.envelopeId}.tlog-proof`);
  await writeFile(saved, receipt.receipt);
  process.stdout.write(
    `\n已提交，${receipt.receivedAt}。回执已核对并保存：${saved}\nHanded in at ${receipt.receivedAt}. The receipt was checked and saved: ${saved}\n`,
  );
  return 0;
}

async function originOf(folder: string): Promise<string> {
  const text = await readFile(join(folder, 'sealing-facts.json'), 'utf8').catch(() => undefined);
  const facts = text === undefined ? undefined : SealingFactsFile.safeParse(JSON.parse(text));
  if (facts?.success !== true) throw new Unfit('请用 --to 写明平台地址。 Say with --to where to hand it in.');
  return facts.data.origin;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.exitCode = await main(process.argv.slice(2)).catch((fault: unknown) => {
    const sentences = fault instanceof Said ? fault.refusals.map(({ sentence }) => sentence).join('\n') : '';
    const known = fault instanceof Unfit || fault instanceof Malformed;
    process.stderr.write(
      `${sentences || (fault instanceof Error ? (known ? fault.message : `${fault.name}: ${fault.message}`) : String(fault))}\n`,
    );
    return 1;
  });
