import {
  BridgeOpenBody,
  BridgePairBody,
  BridgeRequestBody,
  bridgeRefusals,
  BridgeSignBody,
  BridgeStoreBody,
  wordsOfSigned,
  type BridgeCode,
  type BridgeKey,
} from '@xinbiao/contracts/identity';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import { bytesOf, makeCertificateRequest, Malformed, parseCanonical, sha256Hex } from '@xinbiao/contracts/trust';
import { randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { z } from 'zod';
import { TokenFailed, type Token, type TokenKey } from './token.ts';

/** The person at the bridge's window. */
export type Person = {
  readonly say: (text: string) => void;
  /** Shows a question and waits for yes or no; false also when nobody answers in time. */
  readonly ask: (question: string) => Promise<boolean>;
};

class No extends Error {
  readonly code: BridgeCode;
  constructor(code: BridgeCode) {
    super(code);
    this.code = code;
  }
}

const longest = 4 * 1024 * 1024;
const mostWrongCodes = 5;
/** How long a yes to opening shares lasts: a batch of bids is one decision, not a hundred. */
const openFor = 10 * 60_000;

/**
 * Serves one token on loopback to the pages of named origins. Every question is checked against the name it was asked
 * under (a page elsewhere can point its own name at this address), its origin, and the token of the pairing; what is to
 * be signed is shown to the person first, in words.
 */
export function bridgeServer({
  token,
  origins,
  person,
}: {
  readonly token: Token;
  readonly origins: readonly string[];
  readonly person: Person;
}): Server {
  let code = newCode();
  let wrong = 0;
  let asking = false;
  const paired = new Map<string, string>();
  const mayOpen = new Map<string, number>();
  person.say(`配对码 · pairing code: ${code}`);

  const ask = async (question: string): Promise<void> => {
    if (asking) throw new No('bridge.busy');
    asking = true;
    try {
      if (!(await person.ask(question))) throw new No('bridge.declined');
    } finally {
      asking = false;
    }
  };
  const keyOf = async (fingerprint: string, kind: TokenKey['kind']): Promise<TokenKey> => {
    const found = (await token.keys()).find((key) => key.facts.fingerprint === fingerprint && key.kind === kind);
    if (!found) throw new No('bridge.key-unknown');
    return found;
  };

  /** What each question does; the body was read, the asker is known. */
  const answers: Readonly<Record<string, (body: unknown, origin: string) => Promise<unknown>>> = {
    // oxlint-disable-next-line require-await
    'POST /pair': async (body, origin) => {
      if (wrong >= mostWrongCodes) throw new No('bridge.locked');
      const given = Buffer.from(read(BridgePairBody, body).code.trim().toUpperCase().padEnd(32).slice(0, 32));
      const right = timingSafeEqual(Buffer.from(sha256Hex(given)), Buffer.from(sha256Hex(bytesOf(code.padEnd(32)))));
      code = newCode();
      if (!right) {
        wrong += 1;
        person.say(
          wrong >= mostWrongCodes
            ? '配对码输错太多次，不再配对；请重新启动。 · Too many wrong codes: start the bridge again.'
            : `配对码不对，新的配对码 · wrong code, the new one: ${code}`,
        );
        throw new No('bridge.wrong-code');
      }
      wrong = 0;
      const secret = randomBytes(32).toString('hex');
      paired.set(secret, origin);
      person.say(`已与 ${origin} 配对 · paired with ${origin}`);
      person.say(`下一个配对码 · next pairing code: ${code}`);
      return { token: secret };
    },
    'GET /keys': async () => ({
      token: token.label,
      keys: (await token.keys()).map(({ kind, label, facts }): BridgeKey => ({
        kind,
        label,
        certificate: toHex(facts.der),
      })),
    }),
    'POST /sign': async (body, origin) => {
      const { certificate, content, at, chain } = read(BridgeSignBody, body);
      const key = await keyOf(certificate, 'signing');
      const words = wordsOfSigned(parsed(content));
      if (!words) throw new No('bridge.content-unknown');
      const bytes = bytesOf(content);
      await ask(
        [
          `${origin} 请求用证书 ${nameOf(key)} 签名 · asks for a signature with the certificate ${nameOf(key)}`,
          `  ${words.zh} · ${words.en}`,
          ...words.lines.map(([name, value]) => `  ${name}: ${value}`),
          `  SHA-256: ${sha256Hex(bytes)}`,
        ].join('\n'),
      );
      const signature = await token.sign(key, bytes, { at: new Date(at), chain: chain.map(fromHex) });
      return { signature: toHex(signature) };
    },
    'POST /open': async (body, origin) => {
      const { certificate, wraps } = read(BridgeOpenBody, body);
      const key = await keyOf(certificate, 'encryption');
      const standing = `${origin} ${certificate}`;
      if ((mayOpen.get(standing) ?? 0) < performance.now()) {
        await ask(
          `${origin} 请求打开密封给证书 ${nameOf(key)} 的密钥份额（十分钟内有效） · asks to open shares sealed to ${nameOf(key)}, for ten minutes`,
        );
        mayOpen.set(standing, performance.now() + openFor);
      }
      const blobs: (string | null)[] = [];
      for (const wrap of wraps) {
        const blob = await token.open(key, fromHex(wrap));
        blobs.push(blob ? toHex(blob) : null);
      }
      return { blobs };
    },
    'POST /request': async (body, origin) => {
      const { commonName, organisation, uscc } = read(BridgeRequestBody, body);
      await ask(
        `${origin} 请求在硬件密钥里生成两把新密钥（签名、加密），证书主体：${[organisation, commonName].filter(Boolean).join(' · ')} · asks to make two new keys on the token`,
      );
      const [signing, encryption] = [await token.generate('signing'), await token.generate('encryption')];
      return makeCertificateRequest({
        subject: {
          commonName,
          ...(organisation === null ? {} : { organisation }),
          ...(uscc === null ? {} : { uscc }),
        },
        signing: { privateKey: signing.key, spki: signing.spki },
        encryption,
      });
    },
    'POST /certificates': async (body) => {
      let stored = 0;
      for (const der of read(BridgeStoreBody, body).certificates) if (await token.store(fromHex(der))) stored += 1;
      return { stored };
    },
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((fault: unknown) => {
      person.say(`没有完成 · not done: ${fault instanceof Error ? fault.name : 'fault'}`);
      response.destroy();
    });
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { origin } = request.headers;
    try {
      const port = server.address();
      const names =
        typeof port === 'object' && port !== null ? [`127.0.0.1:${port.port}`, `localhost:${port.port}`] : [];
      if (!names.includes(request.headers.host ?? '') || origin === undefined || !origins.includes(origin))
        throw new No('bridge.other-origin');
      response.setHeader('access-control-allow-origin', origin);
      response.setHeader('vary', 'origin');
      if (request.method === 'OPTIONS') {
        response.writeHead(204, {
          'access-control-allow-methods': 'GET, POST',
          'access-control-allow-headers': 'authorization, content-type',
          'access-control-allow-private-network': 'true',
          'access-control-max-age': '600',
        });
        response.end();
        return;
      }
      const what = `${request.method ?? ''} ${request.url ?? ''}`;
      const handle = answers[what];
      if (!handle || !Object.hasOwn(answers, what)) throw new No('bridge.malformed');
      const secret = /^Bearer ([0-9a-f]{64})$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
      if (what !== 'POST /pair' && paired.get(secret) !== origin) throw new No('bridge.not-paired');
      say(response, 200, await handle(request.method === 'GET' ? null : await bodyOf(request), origin));
    } catch (fault) {
      const refused =
        fault instanceof No
          ? fault.code
          : fault instanceof TokenFailed
            ? 'bridge.token-failed'
            : fault instanceof Malformed
              ? 'bridge.malformed'
              : undefined;
      if (refused === undefined) throw fault;
      if (fault instanceof TokenFailed) person.say(`硬件密钥没有完成 · ${fault.message}`);
      const { status, zh, en } = bridgeRefusals[refused];
      say(response, status, { code: refused, zh, en });
    }
  }
  return server;
}

/** Eight letters and digits that nobody confuses: forty bits, tried at most five times. */
function newCode(): string {
  const letters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
  return Array.from({ length: 8 }, () => letters[randomInt(letters.length)] ?? '').join('');
}

const nameOf = ({ facts: { subject, fingerprint } }: TokenKey): string =>
  `${[subject.organisation, subject.commonName].filter(Boolean).join(' · ')} (${fingerprint.slice(0, 8)}…)`.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    '·',
  );

function read<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const found = schema.safeParse(body);
  if (!found.success) throw new No('bridge.malformed');
  return found.data;
}

/** What is signed must be canonical, or two readers could read two things. */
function parsed(content: string): unknown {
  try {
    return parseCanonical(content);
  } catch (fault) {
    if (fault instanceof Malformed) throw new No('bridge.content-unknown');
    throw fault;
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > longest) throw new No('bridge.malformed');
    pieces.push(piece);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8')) as unknown;
  } catch {
    throw new No('bridge.malformed');
  }
}

function say(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(JSON.stringify(body));
}
