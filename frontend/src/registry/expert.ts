import type { ExpertProfile } from '@xinbiao/contracts/registry';

export const relationKinds = ['kin', 'shareholder', 'officer', 'paid', 'dispute', 'other'] as const;

/** A profile as the form holds it. */
export type ExpertDraft = {
  phone: string;
  education: string;
  title: string;
  regionCode: string;
  specialties: string[];
  employers: { name: string; uscc: string; from: string | null; until: string | null }[];
  relations: { name: string; uscc: string; kind: string; note: string }[];
};

export const emptyEmployer = (): ExpertDraft['employers'][number] => ({ name: '', uscc: '', from: null, until: null });
export const emptyRelation = (): ExpertDraft['relations'][number] => ({ name: '', uscc: '', kind: 'kin', note: '' });
export const emptyExpert = (): ExpertDraft => ({
  phone: '',
  education: '',
  title: '',
  regionCode: '',
  specialties: [],
  employers: [emptyEmployer()],
  relations: [],
});

export const draftOf = (profile: ExpertProfile): ExpertDraft => ({
  ...profile,
  specialties: [...profile.specialties],
  employers: profile.employers.map((employer) => ({ ...employer, uscc: employer.uscc ?? '' })),
  relations: profile.relations.map((relation) => ({ ...relation, uscc: relation.uscc ?? '' })),
});

/** What the form says, as the contract wants it; not yet judged. */
export const profileOf = (draft: ExpertDraft): unknown => ({
  ...draft,
  employers: draft.employers.map((employer) => ({
    ...employer,
    uscc: employer.uscc.trim() === '' ? null : employer.uscc,
  })),
  relations: draft.relations.map((relation) => ({
    ...relation,
    uscc: relation.uscc.trim() === '' ? null : relation.uscc,
  })),
});
