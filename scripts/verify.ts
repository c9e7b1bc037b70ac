import {
  found,
  parseVerifierKey,
  worst,
  type AuditQuestion,
  type Check,
  type CheckReport,
  type LogView,
  type VerifierKey,
  verifierKeyText,
} from '@xinbiao/contracts/trust';
import { evidenceOf, readEvidence, tenderChecks } from '@xinbiao/contracts/verify';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { exportLog } from './verify/export.ts';
import { folderFiles, isEvidence, tarFiles } from './verify/files.ts';
import { keep, readKept } from './verify/kept.ts';
import {
  codes,
  sayer,
  telling,
  verifyEvidence,
  verifyHanded,
  verifyLog,
  verifyReceipts,
  type Verdict,
} from './verify/run.ts';
import { logAt, logIn, receiptsIn } from './verify/source.ts';
import { exportTender, tendersAt, tendersIn } from './verify/tender.ts';

/*
 * The outsider's check: it trusts nothing but this code and a key. It imports the protocol and no part of the
 * server, and talks to nobody but the address it is given.
 */

export { exportLog, logAt, logIn, verifyEvidence, verifyLog, verifyReceipts, type Verdict };

const usage = `用法 / usage:
  npm run verify -- <网址 url | 文件夹 folder | 证据包 bundle.tar | 回执 receipt.tlog-proof | 证据 xinbiao-evidence.json> [选项 options]
    --key <vkey | 文件 file>     事先得到的日志公钥 / the log's key, known beforehand (may be repeated, witnesses too)
    --policy <文件 file>         招标公告里印的见证策略 / the witness policy that a notice prints
    --tender <编号 id>           只核对这个项目；不写则核对全部 / only this tender; all of them otherwise
    --log <网址 url>             证据包再与公开日志核对 / holds a bundle against the public log as well
    --kept <文件 file>           记住上次的检查点 / remembers the last checkpoint, to notice a rewritten history
    --receipt <文件 file>        同时核对的回执 / a receipt to check as well (may be repeated)
    --root <pem 文件 file>       受信任的根证书 / a trusted root certificate (may be repeated)
    --export <文件夹 folder>     把整个日志存下来 / copies the whole log
    --evidence <文件 file>       有不符时写入证据 / where the proof is written if something does not hold
    --json                       以 JSON 输出 / prints one JSON object instead of sentences
    --lang zh|en
退出码 / exit: 0 无异常 fine · 2 有不符之处 something does not hold · 3 无法判断 cannot tell`;

const endings = {
  holds: ['全部检查通过。', 'Everything that was checked holds.'],
  broken: ['有不符之处，见上。', 'Something does not hold: see above.'],
  unknown: ['有的检查无法下结论，见上。', 'Some things cannot be told from here: see above.'],
} as const;

/** The command: prints numbered checks in plain sentences, and gives the exit code. */
export async function verify(args: readonly string[], print: (line: string) => void): Promise<0 | 2 | 3> {
  const many = { type: 'string', multiple: true } as const;
  const one = { type: 'string' } as const;
  const {
    values,
    positionals: [subject],
  } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      key: many,
      policy: one,
      receipt: many,
      root: many,
      tender: many,
      kept: one,
      export: one,
      evidence: one,
      log: one,
      lang: one,
      json: { type: 'boolean' },
    },
  });
  if (subject === undefined) {
    print(usage);
    return 3;
  }
  const say = sayer(values.lang);
  const speak = values.json === true ? () => undefined : print;
  const tell = telling(say, speak);
  const kept = values.kept === undefined ? undefined : readKept(values.kept);
  const keys = [...(values.key ?? []).map(keyFrom), ...(kept ? [kept.key] : [])];
  const receipts = (values.receipt ?? []).map(receiptFrom);
  const roots = values.root?.flatMap(certificatesIn);
  const trusted = { keys, receipts, ...(roots ? { roots } : {}) };
  const verdicts: Verdict[] = [];
  let isHanded = false;
  if (isEvidence(subject)) {
    verdicts.push(await verifyEvidence(subject, trusted, tell));
    const [bundle] = verdicts;
    if (values.log !== undefined && bundle) {
      speak(say('\n再与公开日志核对。', '\nHeld against the public log.'));
      verdicts.push(await againstLog(subject, values.log, { ...trusted, bundle, tell }));
    }
  } else if (existsSync(subject) && statSync(subject).isFile()) {
    const handed = await verifyHanded(readFileSync(subject, 'utf8'), keys, tell);
    isHanded = handed !== undefined;
    verdicts.push(handed ?? (await verifyReceipts([receiptFrom(subject), ...receipts], keys, tell)));
  } else {
    const isFolder = existsSync(subject);
    const source = isFolder ? logIn(subject) : logAt(subject);
    const listed = isFolder ? tendersIn(subject) : await tendersAt(subject, values.tender).catch(() => undefined);
    const tenders = listed ?? [];
    if (values.export !== undefined) {
      for (const { id, source: tender } of tenders) await exportTender(tender, join(values.export, 'tenders', id));
      await exportLog(source, values.export);
      speak(say(`已存入 ${values.export}。`, `The log was copied to ${values.export}.`));
    }
    verdicts.push(
      await verifyLog(
        {
          ...trusted,
          source,
          ...(values.policy === undefined ? {} : { policy: readFileSync(values.policy, 'utf8') }),
          earlier: kept?.checkpoint,
          receipts: [...receipts, ...(isFolder ? receiptsIn(subject) : [])],
        },
        {
          tell,
          more: [
            listed ? allListed(values.tender ? undefined : tenders.map(({ id }) => id)) : noList,
            ...tenders.flatMap(({ id, source: tender }) => tenderChecks({ source: tender, tenderId: id, roots })),
          ],
        },
      ),
    );
  }
  const outcome = worst(verdicts);
  const [{ view } = { view: undefined }] = verdicts;
  if (outcome !== 'broken' && values.kept !== undefined && view?.checkpoint) keep(values.kept, view.checkpoint);
  // Proof that was handed over needs no second copy.
  const proofs = await Promise.all(
    (isHanded ? [] : verdicts).map((verdict) =>
      evidenceOf(verdict.view, verdict.reports, { subject, keys: verdict.view.keys.map(verifierKeyText) }),
    ),
  );
  const written = proofs.filter((proof) => proof !== undefined);
  const path = values.evidence ?? 'xinbiao-evidence.json';
  if (written.length > 0) {
    writeFileSync(path, `${JSON.stringify(written.length === 1 ? written[0] : written, null, 2)}\n`);
    speak(say(`\n证据已写入 ${path}。`, `\nThe proof was written to ${path}.`));
  }
  const [zh, en] = endings[outcome];
  speak(`\n${say(zh, en)}`);
  if (values.json === true)
    print(JSON.stringify({ outcome, exit: codes[outcome], reports: verdicts.flatMap(({ reports }) => reports) }));
  return codes[outcome];
}

/** Is what the bundle says what the public log says now, and is nothing of the log left out of the bundle? */
async function againstLog(
  path: string,
  url: string,
  {
    bundle,
    tell,
    ...trusted
  }: Pick<AuditQuestion, 'keys' | 'receipts' | 'roots'> & {
    readonly bundle: Verdict;
    readonly tell: (report: CheckReport) => void;
  },
): Promise<Verdict> {
  const files = statSync(path).isDirectory() ? folderFiles(path) : await tarFiles(path);
  const { tender, index, roots: own } = await readEvidence(files);
  const roots = trusted.roots ?? own;
  return verifyLog(
    { ...trusted, roots, source: logAt(url), keys: [...bundle.view.keys], earlier: bundle.view.checkpoint?.note },
    { tell, more: tenderChecks({ source: tender, tenderId: index.tender.id, roots }) },
  );
}

/** Whoever cannot see which tenders there are must not believe that there are none. */
const noList: Check<LogView> = {
  no: 209,
  id: 'log.tenders',
  zh: '有哪些项目',
  en: 'Which tenders there are',
  run: async () => [
    found.unknown('项目清单取不到，没有核对任何项目。', 'The list of tenders is not to be had: no tender was checked.'),
  ],
};

/** The log knows every tender that was published: a list that lacks one hides it. `ids` is undefined where some were chosen. */
const allListed = (ids: readonly string[] | undefined): Check<LogView> => ({
  no: 209,
  id: 'log.tenders',
  zh: '有哪些项目',
  en: 'Which tenders there are',
  run: async ({ entries }) => {
    const published = [
      ...new Set(
        entries.flatMap(({ body }) =>
          body?.t === 'tender.publish' && typeof body.p['tender'] === 'string' ? [body.p['tender']] : [],
        ),
      ),
    ];
    if (!ids) return [found.holds('只核对指定的项目。', 'Only the chosen tenders are checked.')];
    const lacking = published.filter((id) => !ids.includes(id));
    if (lacking.length > 0)
      return [
        found.unknown(
          `记录簿里的 ${lacking.length} 个项目没有资料，没有核对：${lacking.slice(0, 5).join('、')}。`,
          `${lacking.length} tenders of the log have no material here and were not checked: ${lacking.slice(0, 5).join(', ')}.`,
        ),
      ];
    return [
      found.holds(
        `记录簿里的 ${published.length} 个项目都在核对之列。`,
        `All ${published.length} tenders of the log are checked.`,
      ),
    ];
  },
});

const keyFrom = (given: string): VerifierKey =>
  parseVerifierKey((existsSync(given) ? readFileSync(given, 'utf8') : given).trim());
const receiptFrom = (path: string) => ({ name: basename(path), text: readFileSync(path, 'utf8') });

const certificatesIn = (path: string): Uint8Array[] =>
  [
    ...readFileSync(path, 'utf8').matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g),
  ].map(([, text = '']) => new Uint8Array(Buffer.from(text, 'base64')));

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await verify(process.argv.slice(2), (line) => console.log(line)).catch((fault: unknown) => {
    console.error(fault instanceof Error ? fault.message : fault);
    return 3;
  });
}
