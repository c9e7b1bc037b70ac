import type { Say } from '../locales/index.ts';

/** A panel member as sheets and the log name it: by number. */
export function expertWords(code: string, t: Say): string {
  const no = /^expert-(\d+)$/.exec(code)?.[1];
  return no === undefined ? code : t('evaluation.expertNo', { no });
}
