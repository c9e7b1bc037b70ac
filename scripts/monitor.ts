import { parseVerifierKey, verifierKeyText, type CheckReport, type VerifierKey } from '@xinbiao/contracts/trust';
import { evidenceOf, releaseCheck, tenderChecks } from '@xinbiao/contracts/verify';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { keep, readKept } from './verify/kept.ts';
import { codes, sayer, telling, verifyLog } from './verify/run.ts';
import { logAt } from './verify/source.ts';
import { tendersAt } from './verify/tender.ts';

/*
 * `npm run monitor -- <url> --state folder`, from cron: reads the whole log again, holds it against what was seen the
 * last time, asks whether enough witnesses saw the same, compares the pages that are served with the release the log
 * names, and keeps every proof. What it remembers is one folder.
 */
const usage = `用法 usage: npm run monitor -- <网址 url> --state <文件夹 folder>
    --key <vkey | 文件 file>       事先得到的日志公钥 / the log's key, known beforehand (may be repeated, witnesses too)
    --policy <文件 file>           见证政策 / the witness policy one goes by; the log's own otherwise
    --tenders                      同时核对每个项目 / checks every tender as well
    --quiet                        没有异常时不输出 / says nothing while everything holds
    --lang zh|en
退出码 exit: 0 无异常 fine · 2 有不符之处，证据在 state 里 something does not hold, the proof is in the folder · 3 无法判断 cannot tell`;

/** Looks once. Says what it found, remembers it, and gives the exit code. */
export async function monitor(
  args: readonly string[],
  print: (line: string) => void,
  now: () => Date = () => new Date(),
): Promise<0 | 2 | 3> {
  const one = { type: 'string' } as const;
  const {
    values,
    positionals: [url],
  } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      state: one,
      policy: one,
      lang: one,
      key: { type: 'string', multiple: true },
      tenders: { type: 'boolean' },
      quiet: { type: 'boolean' },
    },
  });
  if (url === undefined || values.state === undefined) {
    print(usage);
    return 3;
  }
  const say = sayer(values.lang);
  const place = (name: string): string => join(values.state ?? '', name);
  mkdirSync(place('evidence'), { recursive: true });
  const kept = readKept(place('log'));
  const keys = [...(values.key ?? []).map(keyFrom), ...(kept ? [kept.key] : [])];
  const lines: string[] = [];
  const served = new Map<string, Uint8Array>();
  const tenders = values.tenders === true ? await tendersAt(url) : [];
  const { outcome, reports, view } = await verifyLog(
    {
      source: logAt(url),
      keys,
      earlier: kept?.checkpoint,
      ...(values.policy === undefined ? {} : { policy: readFileSync(values.policy, 'utf8') }),
    },
    {
      tell: telling(say, (line) => lines.push(line)),
      more: [
        releaseCheck(servedBy(url, served)),
        ...tenders.flatMap(({ id, source }) => tenderChecks({ source, tenderId: id })),
      ],
    },
  );
  const at = now().toISOString();
  const proof = await evidenceOf(view, reports, { subject: url, keys: view.keys.map(verifierKeyText) });
  if (proof) {
    const folder = place(join('evidence', at.replaceAll(/[:.]/g, '-')));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'evidence.json'), `${JSON.stringify(proof, null, 2)}\n`);
    // A page that is not the logged one is evidence by itself: it may be another one tomorrow.
    for (const [path, bytes] of offending(reports, served))
      writeFileSync(join(folder, path.replaceAll(/[^\w.-]+/g, '_')), bytes);
    lines.push('', say(`证据已写入 ${folder}。`, `The proof was written to ${folder}.`));
  }
  // What was seen before stays what is known while something is wrong.
  if (outcome !== 'broken' && view.checkpoint) keep(place('log'), view.checkpoint);
  writeFileSync(place('report.json'), `${JSON.stringify({ at, url, outcome, reports }, null, 2)}\n`);
  if (values.quiet !== true || outcome !== 'holds') for (const line of lines) print(line);
  return codes[outcome];
}

/** What a house serves below its address, remembered for the evidence. */
const servedBy =
  (url: string, served: Map<string, Uint8Array>) =>
  async (path: string): Promise<Uint8Array | undefined> => {
    const answer = await fetch(new URL(path, url), { redirect: 'error', signal: AbortSignal.timeout(30_000) });
    if (!answer.ok) return undefined;
    const bytes = new Uint8Array(await answer.arrayBuffer());
    served.set(path, bytes);
    return bytes;
  };

function* offending(
  reports: readonly CheckReport[],
  served: ReadonlyMap<string, Uint8Array>,
): Generator<readonly [string, Uint8Array]> {
  const broken = reports.filter(({ id, outcome }) => id.startsWith('releases.') && outcome === 'broken');
  if (broken.length === 0) return;
  const words = broken.flatMap(({ findings }) => findings.map(({ en }) => en)).join('\n');
  for (const [path, bytes] of served)
    if (path === '/' || path === '/client-release.json' || words.includes(path.slice(1))) yield [path, bytes];
}

const keyFrom = (given: string): VerifierKey =>
  parseVerifierKey((existsSync(given) ? readFileSync(given, 'utf8') : given).trim());

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  process.exitCode = await monitor(process.argv.slice(2), (line) => console.log(line)).catch((fault: unknown) => {
    console.error(fault instanceof Error ? fault.message : fault);
    return 3;
  });
