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

/** What a field is called, by the end of its path; the longer end wins. */
const names: readonly (readonly [string, MessageKey])[] = [
  ['person.name', 'registry.field.personName'],
  ['decision.name', 'registry.blacklist.party'],
  ['decision.reason', 'registry.blacklist.facts'],
  ['decision.from', 'registry.blacklist.from'],
  ['decision.until', 'registry.blacklist.until'],
  ['content.name', 'registry.library.item'],
  ['name', 'registry.field.name'],
  ['uscc', 'registry.field.uscc'],
  ['address', 'registry.field.address'],
  ['legalRepresentative', 'registry.field.legalRepresentative'],
  ['contact', 'registry.field.contact'],
  ['phone', 'registry.field.phone'],
  ['login', 'identity.signIn.login'],
  ['password', 'identity.signIn.password'],
  ['title', 'registry.expert.title'],
  ['decisionNumber', 'registry.blacklist.decisionNumber'],
  ['authority', 'registry.blacklist.authority'],
  ['decidedOn', 'registry.blacklist.decidedOn'],
  ['legalBasis', 'registry.blacklist.legalBasis'],
  ['number', 'registry.library.number'],
  ['issuer', 'registry.library.issuer'],
  ['certificate', 'registry.library.certificate'],
  ['client', 'registry.library.client'],
  ['amount', 'registry.library.amount'],
  ['signedOn', 'registry.library.signedOn'],
  ['from', 'registry.expert.from'],
  ['until', 'registry.expert.untilDay'],
  ['reason', 'registry.reason'],
];

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
      const empty =
        given === '' || given === null || given === undefined || (Array.isArray(given) && given.length === 0);
      const key =
        empty && !['specialties', 'employers', 'forbids', 'regionCode'].includes(last)
          ? 'registry.wrong.empty'
          : (sentences[last] ?? 'registry.wrong.form');
      const name = names.find(([end]) => field === end || field.endsWith(`.${end}`))?.[1];
      const sentence =
        key === 'registry.wrong.empty' && name !== undefined
          ? t('registry.wrong.emptyField', { name: t(name) })
          : t(key);
      if (!fields.has(field)) fields.set(field, { code: 'request.malformed', field, sentence });
    }
    return [...fields.values()];
  };
}

/** Of the problems told, those that what is typed now still has; what only the server can judge stays. */
export const stillWrong = (told: readonly Problem[], now: readonly Problem[]): Problem[] =>
  told.filter(
    ({ code, field }) =>
      code !== 'request.malformed' || field === undefined || now.some((problem) => problem.field === field),
  );

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, step) =>
      inner === null || typeof inner !== 'object' ? undefined : (inner as Record<PropertyKey, unknown>)[step],
    value,
  );
}
