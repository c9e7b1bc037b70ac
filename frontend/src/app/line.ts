import { inject, type InjectionKey } from 'vue';
import { browserLine, type Line } from './api.ts';

/** The line of one rendering on the server; in the browser there is only one. */
export const lineKey: InjectionKey<Line> = Symbol('line');

export const useLine = (): (() => Line) => {
  const given = inject(lineKey, undefined);
  return () => given ?? browserLine();
};
