import { readEnvelopeFolder, SealingFactsFile } from '@xinbiao/contracts/bidding';
import {
  audit,
  bytesOf,
  Keyring,
  keyringHash,
  Malformed,
  openRecovery,
  parseCanonical,
  verifyDetached,
  type FileSource,
} from '@xinbiao/contracts/trust';
import { fromHex } from '@xinbiao/contracts/kernel';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { secretOf } from './secret.ts';
import { envelopeFilesIn, fileOnDisk } from './seal/folder.ts';
import { codes, marks, sayer } from './verify/run.ts';

/*
 * `npm run audit -- <envelope folder> --recovery file --files folder`: rebuilds a sealed envelope from the recovery
 * file and one's own files, before it is handed in. It does not matter which program sealed it: another one is
 * asked whether what was sealed is what was meant. Talks to nobody.
 */
const usage = `用法 usage: npm run audit -- <封装文件夹 envelope folder | manifest.json> --recovery <恢复文件 recovery file> --files <投标文件夹 folder>
           [--facts <封装信息 sealing-facts.json> | --keyring <开标人名单 keyring.json>] [--lang zh|en]
恢复口令在终端输入，或放在 XINBIAO_RECOVERY_PASSPHRASE。 The passphrase is typed, or read from XINBIAO_RECOVERY_PASSPHRASE.
退出码 exit: 0 封的就是您的文件 what was sealed is yours · 2 不是 it is not · 3 无法判断 cannot tell`;

/** What an audit found, by name and in words. */
export type AuditVerdict = { readonly exit: 0 | 2 | 3; readonly manifestHash: string | undefined };

/** Audits an envelope and tells in sentences; the passphrase is asked for only when everything else is there. */
export async function auditEnvelope(
  args: readonly string[],
  print: (line: string) => void,
  passphrase: () => Promise<string> = () =>
    secretOf('XINBIAO_RECOVERY_PASSPHRASE', '恢复文件口令 passphrase of the recovery file: '),
): Promise<AuditVerdict> {
  const one = { type: 'string' } as const;
  const {
    values,
    positionals: [subject],
  } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { recovery: one, files: one, facts: one, keyring: one, lang: one },
  });
  const say = sayer(values.lang);
  const end = (outcome: keyof typeof codes, zh: string, en: string, manifestHash?: string): AuditVerdict => {
    print(`${marks[outcome]} ${say(zh, en)}`);
    return { exit: codes[outcome], manifestHash };
  };
  if (subject === undefined || values.recovery === undefined || values.files === undefined) {
    print(usage);
    return { exit: 3, manifestHash: undefined };
  }
  const keyring = keyringFrom(subject, values);
  if (!keyring)
    return end(
      'unknown',
      '没有开标人名单：请用 --facts 给出封装信息，或用 --keyring 给出公告里的名单。',
      'There is no keyring: give the sealing facts with --facts, or the notice’s list with --keyring.',
    );
  // A manifest alone tells what was sealed; the folder tells besides that the pieces are there.
  const isFolder = statSync(subject).isDirectory();
  const folder = await readEnvelopeFolder(await envelopeFilesIn(isFolder ? subject : join(subject, '..'))).catch(
    (fault: unknown) => {
      if (fault instanceof Malformed) return fault;
      throw fault;
    },
  );
  if (folder instanceof Malformed)
    return end(
      'broken',
      `封装文件夹不完整，或有文件被改动（${folder.what}）。`,
      `The envelope’s folder is not whole, or a file in it was changed (${folder.what}).`,
    );
  const { manifest, manifestHash, text, signature, pieces } = folder;
  if (keyringHash(keyring) !== manifest.ctx.keyringHash)
    return end('broken', '这份投标封给了另一组开标人。', 'This bid was sealed to other officers than these.');
  const signed = await verifyDetached({
    content: bytesOf(text),
    signature: fromHex(signature),
    roots: [],
    at: new Date(),
  });
  if (!signed.ok && signed.reason.startsWith('signature.'))
    return end('broken', '清单上的签名不成立。', 'The signature over the manifest does not hold.');
  for (const piece of pieces)
    try {
      await piece.bytes();
    } catch (fault) {
      if (!(fault instanceof Malformed)) throw fault;
      return end(
        'broken',
        `有一片密文不是清单里的（${fault.what}）。`,
        `A piece is not the one in the manifest (${fault.what}).`,
      );
    }
  print(
    `${marks.holds} ${say(`${pieces.length} 片密文与清单、签名相符。`, `${pieces.length} pieces are those of the signed manifest.`)}`,
  );
  const recovery = await openRecovery(readFileSync(values.recovery, 'utf8'), await passphrase()).catch(
    (fault: unknown) => {
      if (fault instanceof Malformed) return undefined;
      throw fault;
    },
  );
  if (!recovery)
    return end(
      'unknown',
      '恢复文件打不开：口令不对，或文件被改动。',
      'The recovery file does not open: the passphrase is wrong, or the file was changed.',
    );
  const own = filesIn(values.files);
  const { findings } = await audit({ recovery, keyring, manifest, files: (_stage, _part, name) => own.get(name) });
  const words = {
    'file.missing': ['没有这个文件', 'is not among your files'],
    'file.differs': ['与封进去的不同', 'is not what was sealed'],
    'manifest.differs': ['清单的这一处与重算的不同', 'the manifest differs here from what was computed again'],
  } as const;
  for (const { code, at } of findings) print(`${marks.broken} ${at}: ${say(words[code][0], words[code][1])}`);
  const content = recovery.parts.map(({ name, content: said }) => `${name} ${JSON.stringify(said)}`);
  for (const line of content) print(`  ${line}`);
  return findings.length > 0
    ? end(
        'broken',
        '封的不是您的文件：请换一个程序重新封装。',
        'What was sealed is not yours: seal again with another program.',
        manifestHash,
      )
    : end(
        'holds',
        `封的就是上面的内容和您的文件，一个字节不差。投标指纹 ${manifestHash}`,
        `What was sealed is the above and your files, byte for byte. Fingerprint ${manifestHash}`,
        manifestHash,
      );
}

function keyringFrom(
  subject: string,
  { facts, keyring }: { readonly facts?: string | undefined; readonly keyring?: string | undefined },
): Keyring | undefined {
  if (keyring !== undefined) return Keyring.parse(parseCanonical(readFileSync(keyring)));
  const beside = join(subject, 'sealing-facts.json');
  const path = facts ?? (existsSync(beside) ? beside : undefined);
  return path === undefined ? undefined : SealingFactsFile.parse(parseCanonical(readFileSync(path))).keyring;
}

/** One's own files by the name they have in the bid. */
function filesIn(folder: string): Map<string, FileSource> {
  const found = new Map<string, FileSource>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path
      .slice(folder.replace(/\/+$/, '').length + 1)
      .replaceAll('\\', '/')
      .normalize('NFC');
    found.set(name, fileOnDisk(path, name, statSync(path).size));
  }
  return found;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  process.exitCode = await auditEnvelope(process.argv.slice(2), (line) => console.log(line)).then(
    ({ exit }) => exit,
    (fault: unknown) => {
      console.error(fault instanceof Error ? fault.message : fault);
      return 3;
    },
  );
