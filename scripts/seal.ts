import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { Malformed, WrongPassword } from '@xinbiao/contracts/trust';
import { secretOf } from './secret.ts';
import { readFacts, sealInto, signerFrom } from './seal/envelope.ts';
import { readBidFolder, Unfit, writeTemplate } from './seal/folder.ts';

/*
 * `npm run seal -- <folder> --facts facts.json --p12 key.p12 --out envelope/`: seals a bid without the platform. The
 * facts come from the bid page; the folder holds price.json, technical.json and the files of the bid (`--template`
 * writes the first two to fill in). The envelope is handed in later with `npm run submit`, or on the bid page.
 */
const usage = `用法 usage: npm run seal -- <投标文件夹 folder> --facts <封装信息 facts.json> --p12 <密钥文件 key.p12> --out <输出文件夹 folder>
           npm run seal -- <投标文件夹 folder> --facts <封装信息 facts.json> --template
XINBIAO_KEY_PASSWORD 密钥文件密码 password of the key file; XINBIAO_RECOVERY_PASSPHRASE 恢复文件口令 passphrase of the recovery file.
没有设置时在终端输入。 Typed where they are not set.
`;
const leastPassphrase = 12;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      facts: { type: 'string' },
      p12: { type: 'string' },
      out: { type: 'string' },
      template: { type: 'boolean' },
    },
  });
  const [folder] = positionals;
  if (folder === undefined || values.facts === undefined) return (process.stderr.write(usage), 2);
  const facts = readFacts(await readFile(values.facts));
  if (values.template) {
    for (const name of await writeTemplate(folder, facts)) process.stdout.write(`${name}\n`);
    return 0;
  }
  if (values.p12 === undefined || values.out === undefined) return (process.stderr.write(usage), 2);
  const parts = await readBidFolder(folder, facts);
  const signer = await signerFrom(
    await readFile(values.p12),
    await secretOf('XINBIAO_KEY_PASSWORD', '密钥文件密码 password of the key file: '),
    facts,
  );
  const passphrase = await secretOf('XINBIAO_RECOVERY_PASSPHRASE', '恢复文件口令 passphrase of the recovery file: ');
  if ([...passphrase].length < leastPassphrase)
    throw new Unfit(
      `恢复文件口令至少 ${leastPassphrase} 个字符。 The passphrase needs at least ${leastPassphrase} characters.`,
    );
  const { manifestHash, bytesSealed } = await sealInto(values.out, {
    facts,
    parts,
    signer,
    dealSeed: crypto.getRandomValues(new Uint8Array(32)),
    recovery: { passphrase, random: crypto.getRandomValues(new Uint8Array(28)) },
  });
  const files = parts.reduce((sum, part) => sum + part.files.length, 0);
  process.stdout.write(
    `已封装：${facts.tender.code} 第 ${facts.lot.no} 包，${files} 个文件，${bytesSealed} 字节。还没有提交：请在 ${facts.deadline} 之前上传。\n` +
      `Sealed ${files} files, ${bytesSealed} bytes. Not handed in yet: submit before ${facts.deadline}.\n` +
      `manifest ${manifestHash}\n`,
  );
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.exitCode = await main(process.argv.slice(2)).catch((fault: unknown) => {
    const known = fault instanceof Unfit || fault instanceof Malformed || fault instanceof WrongPassword;
    process.stderr.write(
      `${fault instanceof Error ? (known ? fault.message : `${fault.name}: ${fault.message}`) : String(fault)}\n`,
    );
    return 1;
  });
