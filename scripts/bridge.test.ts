/* oxlint-disable no-non-null-assertion */
import { bridgeRefusals, declareAct, wordsOfSigned } from '@xinbiao/contracts/identity';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import {
  bytesOf,
  canonical,
  checkCertificateRequest,
  createAuthority,
  issueCertificates,
  readCertificate,
  recipientOf,
  verifyDetached,
  wrapFor,
  type Authority,
} from '@xinbiao/contracts/trust';
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bridgeServer } from './bridge/server.ts';
import { openToken, TokenFailed, type Token } from './bridge/token.ts';

const module = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so'].find(existsSync);
const has = (command: string): boolean => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
const isThere = module !== undefined && has('softhsm2-util') && has('pkcs11-tool');
if (!isThere) console.log('the key bridge on a token is not tried: softhsm2 and opensc are not installed');
test.runIf(process.env['CI'] === 'true')('softhsm2 and opensc are installed', () => {
  expect(isThere).toBe(true);
});

const site = 'https://bids.example.org';
const by = { person: '叶文清', organisation: '青澜市第二中学', uscc: '12370200MB2A00001X' };
const act = canonical(declareAct(by));
const at = '2026-11-02T01:00:00.000Z';

test('every signed document has words, and what is none has not', () => {
  expect(wordsOfSigned(JSON.parse(act))).toMatchObject({ zh: '作出声明', en: 'make the declaration' });
  expect(wordsOfSigned({ v: 'xinbiao/manifest/v1', ctx: { tenderId: 'x' } })?.lines).toEqual([['ctx.tenderId', 'x']]);
  for (const value of [
    null,
    'text',
    [],
    {},
    { v: 1 },
    { v: 'other' },
    { v: 'xinbiao/act/v1' },
    { v: 'xinbiao/act/v1', type: '\u001B[2J' },
  ])
    expect(wordsOfSigned(value)).toBeUndefined();
});

test('nothing that is shown can move the cursor or turn the text', () => {
  const { lines } = wordsOfSigned({ v: 'xinbiao/act/v1', type: 'award.decide', 'a\u001B[1A': '\u202E00,1\r\nprice\u2028x', list: [1, 2], deep: { price: '\u0007' } })!; // prettier-ignore
  expect(lines).toEqual([
    ['type', 'award.decide'],
    ['a·[1A', '·00,1··price·x'],
    ['list', '[2]'],
    ['deep.price', '·'],
  ]);
});

describe.runIf(isThere)('the bridge on a SoftHSM token', () => {
  let folder: string;
  let token: Token;
  let server: Server;
  let url: string;
  let authority: Authority;
  let pages: Record<'signing' | 'encryption', string>;
  let agrees = true;
  const said: string[] = [];
  const asked: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'xinbiao-hsm-'));
    mkdirSync(join(folder, 'tokens'));
    writeFileSync(
      join(folder, 'softhsm2.conf'),
      `directories.tokendir = ${join(folder, 'tokens')}\nlog.level = ERROR\n`,
    );
    process.env['SOFTHSM2_CONF'] = join(folder, 'softhsm2.conf');
    const made = spawnSync('softhsm2-util', ['--init-token', '--free', '--label', 'xinbiao test', '--pin', '12345678', '--so-pin', '87654321']); // prettier-ignore
    expect(made.status).toBe(0);
    token = await openToken({ module: module!, pin: '12345678' });
    const person = {
      say: (text: string) => void said.push(text),
      ask: async (question: string) => {
        asked.push(question);
        await new Promise((resolve) => {
          setTimeout(resolve, 5);
        });
        return agrees;
      },
    };
    server = bridgeServer({ token, origins: [site], person });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    authority = await createAuthority({ name: 'x', at: new Date('2020-01-01T00:00:00Z'), years: 20 });
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** As a page asks; headers that a page cannot choose are given to play an attacker. */
  const ask = (
    what: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{
    status: number;
    headers: Record<string, unknown>;
    body: { code?: string; token?: string } & Record<string, unknown>;
  }> =>
    new Promise((resolve, reject) => {
      const [method, path] = what.split(' ');
      const sent = request(new URL(path ?? '', url), { method, headers: { origin: site, ...headers } }, (answer) => {
        const pieces: Buffer[] = [];
        answer.on('data', (piece: Buffer) => pieces.push(piece));
        answer.on('end', () => {
          const text = Buffer.concat(pieces).toString();
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: text === '' ? {} : JSON.parse(text),
          });
        });
      });
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  const codeShown = (): string =>
    /([2-9A-Z]{8})$/.exec(said.findLast((line) => /[2-9A-Z]{8}$/.test(line)) ?? '')?.[1] ?? '';
  const pair = async (): Promise<Record<string, string>> => {
    const { body } = await ask('POST /pair', { code: codeShown().toLowerCase() });
    return { authorization: `Bearer ${String(body.token)}` };
  };

  test('speaks to nobody before pairing, to no other site, and under no other name', async () => {
    expect(await ask('GET /keys')).toMatchObject({ status: 401, body: { code: 'bridge.not-paired' } });
    expect(await ask('GET /keys', undefined, { origin: 'https://evil.example' })).toMatchObject({
      status: 403,
      body: { code: 'bridge.other-origin' },
    });
    const rebound = await ask('GET /keys', undefined, { host: 'bids.example.org' });
    expect(rebound).toMatchObject({ status: 403, body: { code: 'bridge.other-origin' } });
    expect(rebound.headers['access-control-allow-origin']).toBeUndefined();
    expect(await ask('POST /pair', { code: 'WRONG234' })).toMatchObject({
      status: 403,
      body: { code: 'bridge.wrong-code' },
    });
    expect(await ask('POST /anything', {})).toMatchObject({ status: 400 });
    const preflight = await ask('OPTIONS /sign', undefined, { 'access-control-request-private-network': 'true' });
    expect(preflight).toMatchObject({
      status: 204,
      headers: { 'access-control-allow-origin': site, 'access-control-allow-private-network': 'true' },
    });
  });

  test('a code pairs once', async () => {
    const code = codeShown();
    expect((await ask('POST /pair', { code })).status).toBe(200);
    expect((await ask('POST /pair', { code })).body.code).toBe('bridge.wrong-code');
    const headers = await pair();
    expect((await ask('GET /keys', undefined, headers)).body).toEqual({ token: 'xinbiao test', keys: [] });
    // The page of another site cannot use a token it has stolen.
    expect((await ask('GET /keys', undefined, { ...headers, origin: 'https://evil.example' })).body.code).toBe(
      'bridge.other-origin',
    );
  });

  test('makes keys on the token, has them certified, and stores the certificates', async () => {
    const headers = await pair();
    const subject = { commonName: by.person, organisation: by.organisation, uscc: null };
    agrees = false;
    expect((await ask('POST /request', subject, headers)).body.code).toBe('bridge.declined');
    agrees = true;
    const made = await ask('POST /request', subject, headers);
    const asking = made.body as unknown as { signing: string; encryptionSpki: string; binding: string };
    expect(await checkCertificateRequest(asking)).toMatchObject({ ok: true, suite: 'XB1' });
    const issued = await issueCertificates({
      authority,
      request: asking,
      subject: { commonName: by.person },
      serials: { signing: '41', encryption: '42' },
      notBefore: new Date('2026-01-01T00:00:00Z'),
      notAfter: new Date('2028-01-01T00:00:00Z'),
    });
    pages = { signing: toHex(issued.signing), encryption: toHex(issued.encryption) };
    const stranger = toHex(authority.certificate);
    const stored = await ask('POST /certificates', { certificates: [...Object.values(pages), stranger] }, headers);
    expect(stored.body).toEqual({ stored: 2 });
    const { body } = await ask('GET /keys', undefined, headers);
    expect(body['keys']).toEqual(expect.arrayContaining(Object.entries(pages).map(([kind, certificate]) => ({ kind, label: 'xinbiao', certificate })))); // prettier-ignore
  });

  test('signs an act that its person saw and agreed to, and nothing else', async () => {
    const headers = await pair();
    const certificate = readCertificate(fromHex(pages.signing)).fingerprint;
    const body = { certificate, content: act, at, chain: [] };
    agrees = false;
    expect((await ask('POST /sign', body, headers)).body.code).toBe('bridge.declined');
    agrees = true;
    const { signature } = (await ask('POST /sign', body, headers)).body;
    expect(asked.at(-1)).toContain('作出声明 · make the declaration');
    expect(asked.at(-1)).toContain('by.person: 叶文清');
    const question = { content: bytesOf(act), roots: [authority.certificate], at: new Date(at) };
    expect(await verifyDetached({ ...question, signature: fromHex(String(signature)) })).toMatchObject({
      ok: true,
      signingTime: new Date(at),
    });

    // Issuers that lie on the token travel with what it signs.
    const file = join(folder, 'issuer.der');
    writeFileSync(file, authority.certificate);
    const written = spawnSync('pkcs11-tool', ['--module', module!, '--login', '--pin', '12345678', '--write-object', file, '--type', 'cert', '--id', 'ca01', '--label', 'issuer']); // prettier-ignore
    expect(written.status).toBe(0);
    const chained = fromHex(String((await ask('POST /sign', body, headers)).body['signature']));
    expect(toHex(chained).includes(toHex(authority.certificate))).toBe(true);
    expect(String(signature).includes(toHex(authority.certificate))).toBe(false);
    expect((await ask('GET /keys', undefined, headers)).body['keys']).toHaveLength(2);

    const before = asked.length;
    for (const content of ['{"v": "xinbiao/act/v1"}', 'any text at all', canonical({ v: 'xinbiao/unknown/v1' })])
      expect((await ask('POST /sign', { ...body, content }, headers)).body.code).toBe('bridge.content-unknown');
    const encryption = readCertificate(fromHex(pages.encryption)).fingerprint;
    expect((await ask('POST /sign', { ...body, certificate: encryption }, headers)).body.code).toBe(
      'bridge.key-unknown',
    );
    expect((await ask('POST /sign', { certificate }, headers)).body.code).toBe('bridge.malformed');
    expect(asked).toHaveLength(before);
  });

  test('asks one question at a time', async () => {
    const headers = await pair();
    const certificate = readCertificate(fromHex(pages.signing)).fingerprint;
    const body = { certificate, content: act, at, chain: [] };
    const both = await Promise.all([ask('POST /sign', body, headers), ask('POST /sign', body, headers)]);
    expect(both.map(({ body: { code } }) => code ?? 'signed').toSorted()).toContain('signed');
  });

  test('opens what was sealed to the token, after one question for a whole batch', async () => {
    const headers = await pair();
    const der = fromHex(pages.encryption);
    const wrap = async (text: string) =>
      toHex(
        await wrapFor(recipientOf(der), bytesOf(text), {
          contentKey: randomBytes(32),
          iv: randomBytes(12),
          ephemeral: randomBytes(32),
        }),
      );
    const wraps = [await wrap('share one'), '3000', await wrap('share two')];
    const before = asked.length;
    const { body } = await ask('POST /open', { certificate: readCertificate(der).fingerprint, wraps }, headers);
    expect(body['blobs']).toEqual([toHex(bytesOf('share one')), null, toHex(bytesOf('share two'))]);
    await ask('POST /open', { certificate: readCertificate(der).fingerprint, wraps }, headers);
    expect(asked).toHaveLength(before + 1);
  });

  test('a wrong PIN is said once and never tried again', async () => {
    const failed = await openToken({ module: module!, pin: '00000000' }).catch((fault: unknown) => fault);
    expect(failed).toBeInstanceOf(TokenFailed);
    expect((failed as TokenFailed).pin).toBe(true);
    expect(String(failed)).not.toContain('00000000');
    await expect(openToken({ module: module!, label: 'no such token', pin: '12345678' })).rejects.toThrow(TokenFailed);
  });

  test('too many wrong codes end the pairing', async () => {
    for (let tries = 0; tries < 5; tries += 1) await ask('POST /pair', { code: 'ZZZZ2222' });
    expect((await ask('POST /pair', { code: codeShown() })).body).toEqual({
      code: 'bridge.locked',
      zh: bridgeRefusals['bridge.locked'].zh,
      en: bridgeRefusals['bridge.locked'].en,
    });
  });

  test('the program itself: asks for the PIN, shows the code, and signs after a typed y', async () => {
    const child = spawn(process.execPath, ['scripts/bridge.ts', '--module', module!, '--origin', site, '--port', '0'], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (piece: Buffer) => void (output += piece.toString()));
    const until = async (pattern: RegExp): Promise<RegExpExecArray> => {
      for (let tries = 0; tries < 400; tries += 1) {
        const found = pattern.exec(output);
        if (found) return found;
        await new Promise((resolve) => {
          setTimeout(resolve, 25);
        });
      }
      throw new Error(`never said ${pattern}: ${output}`);
    };
    const own = url;
    try {
      await until(/PIN of the token/);
      child.stdin.write('12345678\n');
      [, url] = (await until(/bridge ready: (http:\/\/127\.0\.0\.1:\d+)/)) as unknown as [string, string];
      const [, code] = (await until(/pairing code: ([2-9A-Z]{8})/)) as unknown as [string, string];
      const { body } = await ask('POST /pair', { code });
      const signing = ask(
        'POST /sign',
        { certificate: readCertificate(fromHex(pages.signing)).fingerprint, content: act, at, chain: [] },
        { authorization: `Bearer ${String(body.token)}` },
      );
      await until(/type y and Enter/);
      child.stdin.write('y\n');
      const { signature } = (await signing).body;
      const verified = await verifyDetached({
        content: bytesOf(act),
        signature: fromHex(String(signature)),
        roots: [authority.certificate],
        at: new Date(at),
      });
      expect(verified.ok).toBe(true);
      expect(output).not.toContain('12345678');
    } finally {
      url = own;
      child.kill('SIGTERM');
    }
  });
});
