import type { TimeAuthority } from '@xinbiao/contracts/timekeeping';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import {
  checkTimestamp,
  longestAnswer,
  readTimestampResponse,
  timestampRequest,
  type CheckedTimestamp,
  type StampingAuthority,
  type TimestampFault,
  type TimestampRefusal,
} from '@xinbiao/contracts/trust';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Clock, Config } from '../platform/index.ts';
import { readTimeAnchors, type TimeAnchors } from './anchors.ts';
import { answer, openDemonstration } from './demonstration.ts';

declare module '../platform/house.ts' {
  interface House {
    readonly time: Timekeeper;
  }
}

/** An authority that did not answer, or not with an answer. */
export class Silent extends Error {}

/** How long an authority may take. */
const patience = 8_000;

export type Stamped =
  | { readonly ok: true; readonly token: string; readonly stamp: CheckedTimestamp }
  | { readonly ok: false; readonly reason: TimestampFault | TimestampRefusal | 'silent' };

/** Opens the timestamp authorities of a house: those configured, and in a demonstration one of its own. */
export async function openTime({
  config,
  clock,
}: {
  readonly config: Config;
  readonly clock: Clock;
}): Promise<Timekeeper> {
  const configured = readTimeAnchors(join(config.trustFolder, 'tsa'));
  const demonstration =
    config.mode === 'demo'
      ? await openDemonstration(join(config.folder, 'keys'), clock.now(), config.cityName.zh)
      : undefined;
  const rows: TimeAuthority[] = config.timeAuthorities.map(({ name, url }, at) => ({
    id: `tsa-${at + 1}`,
    name,
    url,
    demonstration: false,
  }));
  if (demonstration)
    rows.push({
      id: 'demonstration',
      name: `${config.cityName.zh}演示时间戳机构`,
      url: `${config.publicUrl}/api/time/tsa`,
      demonstration: true,
    });
  const anchors = demonstration ? { ...configured, roots: [...configured.roots, ...demonstration.chain] } : configured;
  return new Timekeeper({ rows, anchors, demonstration, clock });
}

/** Whom this house asks what time it is, and how it judges the answers. Never to be used inside a transaction. */
export class Timekeeper {
  readonly #rows: readonly TimeAuthority[];
  readonly #demonstration: StampingAuthority | undefined;
  readonly #clock: Clock;
  readonly anchors: TimeAnchors;
  /** Answers since the last heartbeat, and how many of them were faults. */
  readonly answers = { all: 0, failed: 0 };

  constructor(given: {
    readonly rows: readonly TimeAuthority[];
    readonly anchors: TimeAnchors;
    readonly demonstration: StampingAuthority | undefined;
    readonly clock: Clock;
  }) {
    this.#rows = given.rows;
    this.anchors = given.anchors;
    this.#demonstration = given.demonstration;
    this.#clock = given.clock;
  }

  get authorities(): readonly TimeAuthority[] {
    return this.#rows;
  }

  get roots(): TimeAnchors['roots'] {
    return this.anchors.roots;
  }

  /** Carries a question to an authority and its answer back; throws Silent. The demonstration's own lives in business time. */
  async ask(authority: TimeAuthority, question: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    if (authority.demonstration && this.#demonstration)
      return answer(this.#demonstration, question, () => this.#clock.now());
    try {
      const response = await fetch(authority.url, {
        method: 'POST',
        headers: { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' },
        body: new Uint8Array(question),
        signal: AbortSignal.timeout(patience),
        redirect: 'error',
      });
      if (!response.ok || !response.body) throw new Silent(`answered ${response.status}`);
      return await atMost(response.body, longestAnswer);
    } catch (cause) {
      throw cause instanceof Silent ? cause : new Silent('no answer', { cause });
    }
  }

  /** Asks one authority for a token over a SHA-256 digest, and judges it. Never throws for what it answers. */
  async stampBy(authority: TimeAuthority, digest: Uint8Array): Promise<Stamped> {
    const nonce = new Uint8Array(randomBytes(16));
    let der: Uint8Array;
    try {
      der = await this.ask(authority, timestampRequest({ digest, nonce }));
    } catch (fault) {
      if (fault instanceof Silent) return { ok: false, reason: 'silent' };
      throw fault;
    }
    const answered = readTimestampResponse(der);
    if (!answered.ok) return { ok: false, reason: answered.refused };
    const { token } = answered;
    const stamp = await checkTimestamp({ token, digest, nonce, ...this.anchors });
    return stamp.ok ? { ok: true, token: toHex(token), stamp } : { ok: false, reason: stamp.reason };
  }

  /** Tokens over a SHA-256 digest, as hex, from every authority that answers with one that holds. */
  async stamp(digest: Uint8Array): Promise<string[]> {
    const all = await Promise.all(this.#rows.map((authority) => this.stampBy(authority, digest)));
    return all.flatMap((one) => (one.ok ? [one.token] : []));
  }

  /** The first token over a digest whose instant is not before `from`; undefined where no authority gives one. */
  async stampFrom(digest: Uint8Array, from: Date): Promise<string | undefined> {
    const asked = this.#rows.map(async (authority) => {
      const stamped = await this.stampBy(authority, digest);
      if (stamped.ok && stamped.stamp.time.getTime() >= from.getTime()) return stamped.token;
      throw new Silent('no token from then on');
    });
    try {
      return await Promise.any(asked);
    } catch (fault) {
      if (fault instanceof AggregateError && fault.errors.every((one) => one instanceof Silent)) return undefined;
      throw fault instanceof AggregateError ? fault.errors.find((one) => !(one instanceof Silent)) : fault;
    }
  }

  /** Judges a token given as hex by this house's roots. */
  async check(token: string, digest: Uint8Array): ReturnType<typeof checkTimestamp> {
    return checkTimestamp({ token: fromHex(token), digest, ...this.anchors });
  }
}

async function atMost(body: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limit) throw new Silent('the answer is too long');
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
