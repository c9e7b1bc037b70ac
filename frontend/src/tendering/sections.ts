/** The composer's sections, and which of them a field of the draft stands in. */
export const sectionIds = ['basics', 'need', 'lots', 'dates', 'officers', 'sealing', 'files'] as const;
export type SectionId = (typeof sectionIds)[number];

const fields: Readonly<Record<Exclude<SectionId, 'basics'>, readonly string[]>> = {
  need: ['summary', 'need'],
  lots: ['lots'],
  dates: ['documentsFrom', 'documentsUntil', 'deadline', 'noticeDays', 'openingPlace', 'bidValidityDays', 'remedy'],
  officers: ['officers'],
  sealing: ['sealing', 'outage'],
  files: ['attachments'],
};

export function sectionOf(field: string | null | undefined): SectionId {
  const head = (field ?? '').split('.')[0] ?? '';
  return sectionIds.find((id) => id !== 'basics' && fields[id].includes(head)) ?? 'basics';
}

/** The lot that a field is about, by place. */
export function lotOf(field: string | null | undefined): number | undefined {
  const match = /^lots\.(\d+)/.exec(field ?? '');
  return match ? Number(match[1]) : undefined;
}

/** The next id of a list: short, lower case, never one already used in it. */
export function nextId(prefix: string, used: readonly string[]): string {
  const numbers = used.filter((id) => id.startsWith(prefix)).map((id) => Number(id.slice(prefix.length)) || 0);
  return `${prefix}${Math.max(0, ...numbers) + 1}`;
}
