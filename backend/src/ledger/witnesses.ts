import {
  acknowledge,
  answerCheckpoint,
  attest,
  originOfRequest,
  parsePolicy,
  policyText,
  reachability,
  signerKey,
  verifierKeyText,
  type Policy,
  type Probe,
  type Seen,
  type SignerKey,
  type VerifierKey,
} from '@xinbiao/contracts/trust';
import { demonstrationWitnessName } from '@xinbiao/contracts/ledger';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StepStore } from './step-store.ts';

/** A witness as the log reaches it. */
export type WitnessDoor = {
  readonly key: VerifierKey;
  /** Independent of the platform; those of a demonstration are not. */
  readonly independent: boolean;
  readonly addCheckpoint: (body: string) => Promise<{ readonly status: number; readonly body: string }>;
  /** Has it acknowledge a hash; gives the signed note. */
  readonly dropBox: (hash: string) => Promise<string>;
  /** What it saw of the log's answering between two moments, in seconds since 1970; a signed note. */
  readonly attest: (from: number, to: number) => Promise<string>;
};

/** The witness does not answer, or not as witnesses do. */
export class WitnessAway extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WitnessAway';
  }
}

/** A witness somewhere else, by the address that the policy gives. */
export function distantWitness({ key, url }: { readonly key: VerifierKey; readonly url: string }): WitnessDoor {
  const address = url.replace(/\/+$/, '');
  const send = async (path: string, body?: string) => {
    const answer = await fetch(`${address}/${path}`, {
      ...(body === undefined ? {} : { method: 'POST', body }),
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      redirect: 'error',
      signal: AbortSignal.timeout(10_000),
    });
    const text = await answer.text();
    if (answer.status >= 500 || text.length > 100_000) throw new WitnessAway(`${key.name} answers ${answer.status}`);
    return { status: answer.status, body: text };
  };
  const signed = async (path: string, body?: string): Promise<string> => {
    const answer = await send(path, body);
    if (answer.status !== 200) throw new WitnessAway(`${key.name} answers ${answer.status}`);
    return answer.body;
  };
  return {
    key,
    independent: true,
    addCheckpoint: (body) => send('add-checkpoint', body),
    dropBox: (hash) => signed('drop-box', hash),
    attest: (from, to) => signed(`attest?from=${from}&to=${to}`),
  };
}

/** A witness that runs inside the house, with the code of those that run outside. */
export class DemonstrationWitness implements WitnessDoor {
  readonly key: SignerKey;
  readonly independent = false;
  readonly #store: StepStore;
  readonly #log: VerifierKey;
  readonly #now: () => Date;
  readonly #address: string;
  /** What it saw; a demonstration of an outage adds to it. */
  readonly probes: Probe[] = [];

  constructor(given: { key: SignerKey; folder: string; log: VerifierKey; now: () => Date; address: string }) {
    this.key = given.key;
    this.#store = new StepStore(given.folder);
    this.#log = given.log;
    this.#now = given.now;
    this.#address = given.address;
  }

  get #time(): number {
    return Math.floor(this.#now().getTime() / 1000);
  }

  async addCheckpoint(body: string): Promise<{ status: number; body: string }> {
    for (;;) {
      const last = this.#store.read();
      const seen = last && originOfRequest(body) === this.#log.name ? (JSON.parse(last.text) as Seen) : undefined;
      const answer = answerCheckpoint({ body, logs: [this.#log], seen, signer: this.key, time: this.#time });
      const { next } = answer;
      const kept =
        !next ||
        next.size === last?.size ||
        this.#store.compareAndSet(last?.size, { size: next.size, text: JSON.stringify(next) });
      if (kept) return answer;
    }
  }

  async dropBox(hash: string): Promise<string> {
    return acknowledge(hash, this.key, this.#time);
  }

  async attest(from: number, to: number): Promise<string> {
    const log = this.#log.name;
    return attest(
      reachability({ log, address: this.#address, from, to, every: 30, probes: this.probes }),
      this.key,
      this.#time,
    );
  }
}

/** The three witnesses of a demonstration; their keys follow from the log's, so that they stay the same. */
export function demonstrationWitnesses(given: {
  readonly folder: string;
  readonly log: SignerKey;
  readonly now: () => Date;
  readonly address: string;
}): DemonstrationWitness[] {
  const { folder, log, now, address } = given;
  return [1, 2, 3].map((nth) => {
    const name = demonstrationWitnessName(log.name, nth);
    const seed = createHash('sha256').update('xinbiao/demonstration-witness\n').update(log.seed).update(name).digest();
    return new DemonstrationWitness({
      key: signerKey(name, new Uint8Array(seed), 4),
      folder: join(folder, `demonstration-${nth}`),
      log,
      now,
      address,
    });
  });
}

/**
 * The policy of a log, as text. `file` names one; a demonstration without one has its own witnesses; otherwise there
 * are none, and the policy says so. Throws where the file is wrong or speaks of another log.
 */
export function policyOf(given: {
  readonly file: string | undefined;
  readonly log: VerifierKey;
  readonly demonstration: readonly DemonstrationWitness[];
}): string {
  const { file, log, demonstration } = given;
  if (file === undefined) {
    const witnesses = demonstration.map(({ key }, at) => ({ name: `demonstration-${at + 1}`, key }));
    const common = policyText({ logs: [{ key: log }], witnesses, threshold: 2 });
    return witnesses.length === 0
      ? common
      : `# Demonstration: these witnesses run inside the platform and vouch for nothing.\n# 演示：以下见证方由平台自己运行，不具有证明力。\n${common}`;
  }
  if (!existsSync(file)) throw new Error(`there is no witness policy at ${file}`);
  const text = readFileSync(file, 'utf8');
  const policy = parsePolicy(text);
  if (policy.logs.length === 0) return `log ${verifierKeyText(log)}\n${text}`;
  if (!policy.logs.some(({ key }) => key.name === log.name && key.id === log.id))
    throw new Error(`the witness policy at ${file} is about another log`);
  return text;
}

/** How the witnesses of a policy are reached: those with an address, and those of the demonstration. */
export function doorsOf(policy: Policy, demonstration: readonly DemonstrationWitness[]): WitnessDoor[] {
  return policy.witnesses.flatMap(({ key, url }): WitnessDoor[] => {
    const own = demonstration.find((one) => one.key.id === key.id && one.key.name === key.name);
    if (own) return [own];
    return url === undefined ? [] : [distantWitness({ key, url })];
  });
}
