/**
 * What the house can say. Every folder that speaks adds itself here from its own `locale.zh.ts`:
 * `declare module '../locales/messages.ts' { interface Messages { bidding: typeof zh } }`.
 */
// oxlint-disable-next-line no-empty-interface
export interface Messages {}

type Leaf<T, Path extends string = ''> = {
  [K in keyof T & string]: T[K] extends string ? `${Path}${K}` : Leaf<T[K], `${Path}${K}.`>;
}[keyof T & string];

/** A key that exists; a typo does not compile. */
export type MessageKey = Leaf<Messages>;

/** The same keys in another language. */
export type Translation<T> = { readonly [K in keyof T]: T[K] extends string ? string : Translation<T[K]> };
