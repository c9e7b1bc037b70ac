/**
 * The one clock. Business time is what deadlines are judged by; in a demonstration it may be turned forward,
 * never back. Real time serves sessions, rate limits and backups.
 */
export class Clock {
  #offset: number;
  readonly sandbox: boolean;
  readonly #real: () => Date;

  constructor(given: { sandbox: boolean; offset?: number; real?: () => Date }) {
    this.sandbox = given.sandbox;
    this.#offset = given.offset ?? 0;
    this.#real = given.real ?? (() => new Date());
  }

  now(): Date {
    return new Date(this.#real().getTime() + this.#offset);
  }

  real(): Date {
    return this.#real();
  }

  /** Milliseconds by which business time is ahead of real time. */
  get offset(): number {
    return this.#offset;
  }

  /** Turns business time forward; throws where that is not allowed. The caller persists the offset first. */
  turnTo(offset: number): void {
    if (!this.sandbox) throw new Error('the clock of a production instance cannot be turned');
    if (offset < this.#offset) throw new Error('the clock only turns forward');
    this.#offset = offset;
  }
}
