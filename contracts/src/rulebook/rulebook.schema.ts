/** A number that a legal text fixes, with the article and what it says in one sentence of each language. */
export type Norm<Unit extends string = string> = {
  readonly value: number;
  readonly unit: Unit;
  /** The article in its usual short form, e.g. `政府采购法 §35`. */
  readonly law: string;
  readonly zh: string;
  readonly en: string;
};

/** Declares a norm; its unit becomes part of its type, so that days and working days never mix. */
export const norm = <const Unit extends string>(
  value: number,
  unit: Unit,
  law: string,
  words: { readonly zh: string; readonly en: string },
): Norm<Unit> => ({
  value,
  unit,
  law,
  ...words,
});
