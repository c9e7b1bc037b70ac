import type { Finding } from '@xinbiao/contracts/tendering';
import type { Lang } from '../locales/index.ts';
import { fieldId, type Problem } from '../ui/index.ts';

/** A finding as forms show it, in the reader's language. */
export const problemOfFinding = (finding: Finding, lang: Lang): Problem => ({
  code: finding.code,
  sentence: lang === 'en' ? finding.en : finding.zh,
  ...(finding.field === null ? {} : { field: finding.field }),
  ...(finding.law === null ? {} : { law: finding.law }),
});

/** The control that a field's name, or the nearest part of it that is on the page, belongs to. */
export function controlOf(field: string): HTMLElement | null {
  const parts = field.split('.');
  for (let length = parts.length; length > 0; length -= 1) {
    const found = document.getElementById(fieldId(parts.slice(0, length).join('.')));
    if (found)
      return found.matches('fieldset,section,div')
        ? (found.querySelector<HTMLElement>('input,select,textarea,button') ?? found)
        : found;
  }
  return null;
}
