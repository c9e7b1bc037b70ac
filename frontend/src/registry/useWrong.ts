import type { z } from 'zod';
import { useT, type MessageKey } from '../locales/index.ts';
import type { Problem } from '../ui/index.ts';

const sentences: Readonly<Record<string, MessageKey>> = {
  uscc: 'registry.wrong.uscc',
  regionCode: 'registry.wrong.region',
  phone: 'registry.wrong.phone',
  login: 'registry.wrong.login',
  password: 'registry.wrong.password',
  until: 'registry.wrong.until',
  specialties: 'registry.wrong.specialties',
  employers: 'registry.wrong.employers',
  forbids: 'registry.wrong.forbids',
};

/** Judges what was typed by the contract's own schema, before it is sent, and says what is wrong field by field. */
export function useWrong(): (schema: z.ZodType, value: unknown, prefix?: string) => Problem[] {
  const t = useT();
  return (schema, value, prefix = '') => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return [];
    const fields = new Map<string, Problem>();
    for (const issue of parsed.error.issues) {
      const field = [...(prefix === '' ? [] : [prefix]), ...issue.path].map(String).join('.');
      const last = String(issue.path.findLast((step) => typeof step === 'string') ?? '');
      const given = at(value, issue.path);
      const empty = given === '' || given === null || given === undefined || (Array.isArray(given) && given.length === 0);
      const key = empty && !['specialties', 'employers', 'forbids', 'regionCode'].includes(last) ? 'registry.wrong.empty' : (sentences[last] ?? 'registry.wrong.form');
      if (!fields.has(field)) fields.set(field, { code: 'request.malformed', field, sentence: t(key) });
    }
    return [...fields.values()];
  };
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, step) => (inner === null || typeof inner !== 'object' ? undefined : (inner as Record<PropertyKey, unknown>)[step]), value);
}
