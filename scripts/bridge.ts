import { bridgePort } from '@xinbiao/contracts/identity';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { bridgeServer, type Person } from './bridge/server.ts';
import { openToken, TokenFailed } from './bridge/token.ts';

/*
 * `npm run bridge -- --module /usr/lib/softhsm/libsofthsm2.so --origin https://bids.example.org`
 *
 * Lets pages of the named site sign with a hardware key (PKCS#11) on this computer. Runs as an ordinary person's
 * program, listens on loopback only, and asks in this window before it signs or opens anything. The PIN is asked here
 * too, once; `XINBIAO_PIN` gives it to a machine that has nobody to ask.
 */

const usage = `用法 · usage:
  npm run bridge -- --module <PKCS#11 library> --origin <https://site> [--origin …] [--token <label>] [--port ${bridgePort}]
`;
const answerTime = 120_000;

const { values } = parseArgs({
  options: {
    module: { type: 'string' },
    origin: { type: 'string', multiple: true, default: [] },
    token: { type: 'string' },
    port: { type: 'string', default: String(bridgePort) },
    help: { type: 'boolean', default: false },
  },
});
const stop = (why: string): never => {
  process.stderr.write(`${why}\n`);
  process.exit(1);
};
if (values.help || !values.module || values.origin.length === 0) stop(usage);
const module = values.module ?? '';
if (!existsSync(module)) stop(`没有这个 PKCS#11 库 · there is no such library: ${module}`);
const origins = values.origin.map((origin) => {
  const { protocol, hostname, origin: own } = new URL(origin);
  // A page that came over an open line is whatever that line made of it.
  const isSafe = protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1'].includes(hostname));
  return isSafe ? own : stop(`只接受 https 网站 · only https sites are served: ${origin}`);
});

const lines = createInterface({ input: process.stdin, terminal: false });
const waiting: ((line: string) => void)[] = [];
lines.on('line', (line) => waiting.shift()?.(line));
/** The next line typed; undefined when none came in time. */
const typed = (milliseconds: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const take = (line: string): void => {
      clearTimeout(timer);
      resolve(line);
    };
    const timer = setTimeout(() => {
      waiting.splice(waiting.indexOf(take), 1);
      resolve(undefined);
    }, milliseconds);
    waiting.push(take);
  });

async function askPin(): Promise<string> {
  process.stdout.write('硬件密钥的 PIN · PIN of the token: ');
  // Typed blind where this is a terminal.
  if (process.stdin.isTTY) process.stdout.write('\u001B[8m');
  const pin = await typed(answerTime);
  if (process.stdin.isTTY) process.stdout.write('\u001B[0m\n');
  return pin ?? stop('没有输入 PIN · no PIN was typed');
}

const person: Person = {
  say: (text) => void process.stdout.write(`${text}\n`),
  ask: async (question) => {
    process.stdout.write(
      `\n${question}\n同意请输入 y 回车，其他即拒绝 · type y and Enter to agree, anything else declines: `,
    );
    const answer = await typed(answerTime);
    const agreed = answer?.trim().toLowerCase() === 'y';
    process.stdout.write(agreed ? '已同意 · agreed\n' : '已拒绝 · declined\n');
    return agreed;
  },
};

const pin = process.env['XINBIAO_PIN'] ?? (await askPin());
delete process.env['XINBIAO_PIN'];
const token = await openToken({ module, label: values.token, pin }).catch((fault: unknown) => {
  if (!(fault instanceof TokenFailed)) throw fault;
  return stop(
    fault.pin
      ? 'PIN 不对或已锁定，不再重试，以免锁死 · the PIN is wrong or locked; it is not tried again'
      : `打不开硬件密钥 · ${fault.message}`,
  );
});
const server = bridgeServer({ token, origins, person });
server.on('error', (fault) => stop(`不能在本机监听 · cannot listen: ${fault.message}`));
server.listen(Number(values.port), '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : values.port;
  person.say(`桥接程序已就绪 · bridge ready: http://127.0.0.1:${port}（${token.label}）→ ${origins.join(', ')}`);
});
