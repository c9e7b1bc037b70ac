import type { LibraryContent } from '@xinbiao/contracts/registry';

export const libraryKinds = ['qualification', 'person', 'contract'] as const;
export type LibraryKind = (typeof libraryKinds)[number];
export const titleOf = (content: LibraryContent): string => content.name;

/** An item as the form holds it: every field of every kind, unused ones empty. */
export type LibraryDraft = {
  name: string; number: string; issuer: string; from: string | null; until: string | null; title: string; certificate: string; client: string; amount: string | null; signedOn: string | null; completedOn: string | null; contact: string;
}; // prettier-ignore

export const emptyDraft = (): LibraryDraft => ({
  name: '',
  number: '',
  issuer: '',
  from: null,
  until: null,
  title: '',
  certificate: '',
  client: '',
  amount: null,
  signedOn: null,
  completedOn: null,
  contact: '',
});

/** What the form says, as the contract wants it of that kind; not yet judged. */
export function contentOf(kind: LibraryKind, draft: LibraryDraft): unknown {
  const { name, number, issuer, from, until, title, certificate, client, amount, signedOn, completedOn, contact } =
    draft;
  if (kind === 'qualification') return { kind, name, number, issuer, from, until };
  if (kind === 'person') return { kind, name, title, certificate, number, until };
  return { kind, name, client, amount, signedOn, completedOn, contact };
}
