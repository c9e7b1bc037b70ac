/**
 * A refusal is the law, a rule or a right saying no. Pure rules return refusals; the shell throws them;
 * people read the sentence that the table of their stage gives for the code.
 */

/** How a refusal is said: the HTTP status, and one sentence in each language. `{name}` is filled from `facts`. */
export type RefusalWording = {
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 422 | 423 | 429 | 503;
  readonly zh: string;
  readonly en: string;
  /** The article that is the reason, in its usual short form, e.g. `政府采购法 §35`. */
  readonly law?: string;
};

export type RefusalTable = Readonly<Record<string, RefusalWording>>;

/** One reason to say no: what is wrong, which field it is about, and the facts its sentence names. */
export type Refusal<Code extends string = string> = {
  readonly code: Code;
  /** Dotted path into the request body, e.g. `lots.0.ceiling`. */
  readonly field?: string;
  readonly facts?: Readonly<Record<string, string | number>>;
};

/** What a rule answers: every reason to say no; empty means yes. */
export type Verdict<Code extends string = string> = readonly Refusal<Code>[];

/** Keeps the literal codes of a stage's table, so that a typo in a rule does not compile. */
export function refusals<const Table extends RefusalTable>(table: Table): Table {
  return table;
}

/** Fills a sentence's `{name}` places; a place without a fact stays visible, so that a test can find it. */
export function phrase(sentence: string, facts: Refusal['facts'] = {}): string {
  return sentence.replace(/\{(\w+)\}/g, (place, name: string) => String(facts[name] ?? place));
}
