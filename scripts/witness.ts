import {
  acknowledge,
  answerCheckpoint,
  attest,
  isOrigin,
  Malformed,
  openCheckpoint,
  originOfRequest,
  parseSignerKey,
  parseVerifierKey,
  reachability,
  signerKey,
  signerKeyText,
  verifierKeyText,
  type Probe,
  type Seen,
  type SignerKey,
  type VerifierKey,
} from '@xinbiao/contracts/trust';
import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { StepStore, writeDurably } from '../backend/src/ledger/step-store.ts';

/*
 * A witness that anybody can run: a court, a notary, a chamber of commerce, a newspaper. It cosigns what a log has
 * grown into and nothing else (c2sp.org/tlog-witness), acknowledges hashes, and watches whether the log answers.
 * Besides the protocol and the one file that keeps its memory it needs nothing of ours and no package.
 */

export type WitnessNeeds = {
  readonly folder: string;
  readonly name: string;
  /** Logs it watches; the address is needed only for looking whether they answer. */
  readonly logs: readonly { readonly key: VerifierKey; readonly address?: string | undefined }[];
  /** Seconds between two looks. */
  readonly every?: number;
  /** Something else that ought to answer: where it does not, the witness itself is cut off and says nothing. */
  readonly control?: string | undefined;
  readonly now?: () => number;
  readonly tell?: (line: string) => void;
};

/** A running witness. */
export type Witness = {
  readonly key: SignerKey;
  readonly server: Server;
  /** Looks once whether every log answers. */
  readonly look: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const bodyLimit = 100_000;
const dayOfMemory = 400 * 86_400;

/** Opens a witness: its key and memory lie in the folder, and are made there at the first start. */
export function openWitness(needs: WitnessNeeds): Witness {
  const { folder, logs, every = 30, tell = () => undefined } = needs;
  const now = needs.now ?? (() => Math.floor(Date.now() / 1000));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const key = openKey(folder, needs.name);
  for (const { key: log } of logs) if (!isOrigin(log.name)) throw new Error(`no log may be called ${log.name}`);
  const stores = new Map(
    logs.map(({ key: log }) => [log.name, new StepStore(join(folder, `seen-${nameOf(log.name)}`))]),
  );
  const looks = new Map(logs.map(({ key: log }) => [log.name, readLooks(folder, log.name, now())]));
  const keys = logs.map(({ key: log }) => log);

  const cosign = (body: string) => {
    const store = stores.get(originOfRequest(body) ?? '');
    for (;;) {
      const last = store?.read();
      const seen = last ? (JSON.parse(last.text) as Seen) : undefined;
      const answer = answerCheckpoint({ body, logs: keys, seen, signer: key, time: now() });
      const { next, contradicts } = answer;
      if (contradicts !== undefined) keepContradiction(folder, seen, contradicts, tell);
      // Kept before it is said; whoever was faster has another size by now, and the question is judged again.
      if (!next || next.size === last?.size) return answer;
      if (store?.compareAndSet(last?.size, { size: next.size, text: JSON.stringify(next) })) return answer;
    }
  };

  const look = async (): Promise<void> => {
    await Promise.all(
      logs.map(async ({ key: log, address }) => {
        if (address === undefined) return;
        const up = await answers(address, log);
        const state = up ? 'up' : needs.control === undefined || (await reaches(needs.control)) ? 'down' : 'unknown';
        const probe: Probe = { at: now(), state };
        looks.get(log.name)?.push(probe);
        appendFileSync(looksFile(folder, log.name), `${probe.at} ${probe.state}\n`, { mode: 0o600 });
      }),
    );
  };

  const attestation = (query: URLSearchParams): string => {
    const log = logs.find(({ key: { name } }) => name === (query.get('log') ?? logs[0]?.key.name));
    const [from, to] = [momentOf(query.get('from')), momentOf(query.get('to'))];
    if (!log?.address || from === undefined || to === undefined || to > now())
      throw new Malformed('from and to, in the past');
    const { name } = log.key;
    return attest(
      reachability({ log: name, address: log.address, from, to, every, probes: looks.get(name) ?? [] }),
      key,
      now(),
    );
  };

  const about = () => ({
    name: key.name,
    verifierKey: verifierKeyText(key),
    logs: logs.map(({ key: log }) => ({ origin: log.name, size: stores.get(log.name)?.read()?.size ?? 0 })),
    every,
    control: needs.control ?? null,
  });

  const server = createServer((request, response) => {
    const say = (status: number, body: string, type = 'text/plain; charset=utf-8') =>
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://witness');
    const act = async (): Promise<unknown> => {
      if (request.method === 'POST' && pathname === '/add-checkpoint') {
        const { status, body, type } = cosign(await bodyOf(request));
        return say(status, body, type);
      }
      if (request.method === 'POST' && pathname === '/drop-box')
        return say(200, acknowledge((await bodyOf(request)).trim(), key, now()));
      if (request.method === 'GET' && pathname === '/attest') return say(200, attestation(searchParams));
      if (request.method === 'GET' && pathname === '/')
        return say(200, `${JSON.stringify(about(), undefined, 1)}\n`, 'application/json');
      return say(404, 'not found\n');
    };
    act().catch((fault: unknown) => {
      if (fault instanceof Malformed) return say(400, `${fault.message}\n`);
      tell(fault instanceof Error ? (fault.stack ?? fault.message) : String(fault));
      return say(500, 'the witness failed\n');
    });
  });
  const timer = setInterval(() => void look().catch((fault: unknown) => tell(String(fault))), every * 1000);
  timer.unref();
  return {
    key,
    server,
    look,
    close: async () => {
      clearInterval(timer);
      server.closeAllConnections();
      await new Promise((done) => {
        server.close(done);
      });
    },
  };
}

const nameOf = (origin: string): string => createHash('sha256').update(origin).digest('hex').slice(0, 32);
const looksFile = (folder: string, origin: string): string => join(folder, `looks-${nameOf(origin)}`);

function openKey(folder: string, name: string): SignerKey {
  const path = join(folder, 'witness.key');
  if (!existsSync(path)) {
    // `wx`: of two first starts only one makes the key.
    writeFileSync(path, `${signerKeyText(signerKey(name, randomBytes(32), 4))}\n`, {
      mode: 0o600,
      flag: 'wx',
      flush: true,
    });
  }
  if ((statSync(path).mode & 0o077) !== 0) throw new Error(`${path} can be read by others: set its mode to 600`);
  const key = parseSignerKey(readFileSync(path, 'utf8').trim());
  if (key.name !== name) throw new Error(`the witness of this folder is ${key.name}, not ${name}`);
  return key;
}

function readLooks(folder: string, origin: string, now: number): Probe[] {
  const path = looksFile(folder, origin);
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line): Probe[] => {
      const [, at, state] = /^(\d+) (up|down|unknown)$/.exec(line) ?? [];
      return at === undefined || Number(at) < now - dayOfMemory
        ? []
        : [{ at: Number(at), state: state as Probe['state'] }];
    });
}

/** Both signed statements, where one contradicts the other: what one takes to court. */
function keepContradiction(folder: string, seen: Seen | undefined, note: string, tell: (line: string) => void): void {
  const path = join(folder, `contradiction-${createHash('sha256').update(note).digest('hex').slice(0, 16)}`);
  if (existsSync(path)) return;
  writeDurably(path, `${seen?.note ?? ''}\n${note}`);
  tell(`a checkpoint that does not follow from the one remembered: ${path}`);
}

async function answers(address: string, log: VerifierKey): Promise<boolean> {
  try {
    const answer = await fetch(`${address.replace(/\/+$/, '')}/checkpoint`, {
      redirect: 'error',
      signal: AbortSignal.timeout(10_000),
    });
    return answer.ok && openCheckpoint(await answer.text(), [log]).origin === log.name;
  } catch {
    return false;
  }
}

async function reaches(address: string): Promise<boolean> {
  return fetch(address, { signal: AbortSignal.timeout(10_000) }).then(
    () => true,
    () => false,
  );
}

/** Seconds since 1970, or an instant in UTC. */
function momentOf(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (/^\d{1,12}$/.test(text)) return Number(text);
  return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) && !Number.isNaN(Date.parse(text))
    ? Math.floor(Date.parse(text) / 1000)
    : undefined;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bodyLimit) throw new Malformed('too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const usage = `用法 / usage:
  npm run witness -- --name <见证方名称 name, e.g. notary.example/w1> --log <日志公钥 vkey>[,<日志网址 https://host/api/log>] ...
    --folder <文件夹 folder>   放私钥与记忆，只有自己能读；默认 ./witness / key and memory; ./witness by default
    --port 8082 --host 127.0.0.1
    --every 30                 每隔几秒看一次日志是否有应答 / seconds between two looks whether the log answers
    --control <网址 url>       自身断网时的参照 / something that answers unless the witness itself is cut off
`;

function main(args: string[]): number | undefined {
  const { values } = parseArgs({
    args,
    options: {
      name: { type: 'string' },
      log: { type: 'string', multiple: true },
      folder: { type: 'string', default: 'witness' },
      port: { type: 'string', default: '8082' },
      host: { type: 'string', default: '127.0.0.1' },
      every: { type: 'string', default: '30' },
      control: { type: 'string' },
    },
  });
  const { name, log, folder, port, host, every, control } = values;
  if (name === undefined || log === undefined) {
    process.stderr.write(usage);
    return 64;
  }
  const logs = log.map((given) => {
    const [vkey = '', address] = given.split(',');
    const text = existsSync(vkey) ? readFileSync(vkey, 'utf8') : vkey;
    return { key: parseVerifierKey(text.trim()), address };
  });
  const tell = (line: string) => void process.stderr.write(`${new Date().toISOString()} ${line}\n`);
  const witness = openWitness({ folder, name, logs, every: Number(every), control, tell });
  witness.server.listen(Number(port), host, () => {
    process.stdout.write(
      `见证方已就绪 the witness is ready: http://${host}:${port}\nwitness ${name.replace(/\W+/g, '-')} ${verifierKeyText(witness.key)}\n`,
    );
    void witness.look();
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => void witness.close().then(() => process.exit(0)));
  return undefined;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const code = main(process.argv.slice(2));
    if (code !== undefined) process.exitCode = code;
  } catch (fault) {
    process.stderr.write(`${fault instanceof Error ? fault.message : String(fault)}\n`);
    process.exitCode = 1;
  }
}
