import { z } from 'zod';
import { RegionCode } from '../kernel/codes.ts';
import { Id } from '../kernel/id.ts';
import { optionalText, text } from '../kernel/text.ts';
import { Day, Instant } from '../kernel/time.ts';
import { Uscc } from '../kernel/uscc.ts';
import { NewPerson, Phone } from '../identity/person.schema.ts';

/** 评审专业: a letter for works, goods or services and up to three levels of two digits. */
export const SpecialtyCode = z.string().regex(/^[ABC](?:\d{2}){1,3}$/);
const Party = { name: text(100, 2), uscc: Uscc.nullable() };
const inOrder = (stretch: { from: string; until: string | null }) =>
  stretch.until === null || stretch.from <= stretch.until;
/** Where an expert works or worked; half a recusal depends on it. `until` null: still there. */
export const Employer = z.object({ ...Party, from: Day, until: Day.nullable() }).refine(inOrder, { path: ['until'] });
/** A tie that may call for recusal (采购法实施条例 §9): declared once, compared with the actual bidders later. */
export const Relation = z.object({
  ...Party,
  kind: z.enum(['kin', 'shareholder', 'officer', 'paid', 'dispute', 'other']),
  note: optionalText(200),
});
export const Absence = z.object({ from: Day, until: Day }).refine(inOrder, { path: ['until'] });

export const ExpertProfile = z.object({
  phone: Phone,
  education: optionalText(100),
  title: text(100),
  regionCode: RegionCode,
  specialties: z
    .array(SpecialtyCode)
    .min(1)
    .max(6)
    .refine((codes) => new Set(codes).size === codes.length),
  employers: z.array(Employer).min(1).max(20),
  relations: z.array(Relation).max(50),
});
export type ExpertProfile = z.infer<typeof ExpertProfile>;

/** Somebody new signs up with name and password; somebody already signed in only sends the profile. */
export const ExpertSignUpBody = z.object({ person: NewPerson, profile: ExpertProfile });
export const ExpertStateName = z.enum(['pending', 'active', 'suspended', 'rejected', 'left']);
export const ExpertView = z.object({
  id: Id, seatId: Id, name: z.string(), state: ExpertStateName, profile: ExpertProfile, unavailable: z.array(Absence), version: z.int(), appliedAt: Instant, reason: z.string().nullable(),
}); // prettier-ignore
export type ExpertView = z.infer<typeof ExpertView>;
export const ExpertChange = z.object({ version: z.int(), profile: ExpertProfile });
export const AbsencesBody = z.object({ unavailable: z.array(Absence).max(100) });
