import { PriceOffer, TechnicalOffer, type OfferForm } from '@xinbiao/contracts/bidding';
import { isArchiveName } from '@xinbiao/contracts/trust';
import type { Problem } from '../ui/index.ts';
import type { Say } from '../locales/index.ts';

/** Where a file of the bid comes from: chosen on this computer, or taken from the company's own library. */
export type FileOrigin =
  | { readonly kind: 'chosen' }
  | { readonly kind: 'library'; readonly itemId: string; readonly fileId: string };

/** A file of the bid as it will be named in the archive. */
export type DraftFile = { readonly name: string; readonly size: number; readonly origin: FileOrigin };

export type DraftLine = {
  name: string;
  specification: string;
  quantity: string;
  unitPrice: string | null;
  amount: string | null;
};

/** A bid being written. It stays in this browser; numbers are kept as they were typed. */
export type OfferDraft = {
  price: string | null;
  deliveryDays: string;
  validityDays: string;
  projectLead: string;
  note: string;
  contact: { name: string; phone: string; email: string };
  deliveryPlace: string;
  warrantyMonths: string;
  lines: DraftLine[];
  objective: Record<string, { option: string; note: string; file: string }>;
  qualifications: Record<string, { statement: string; file: string }>;
  deviations: { clause: string; required: string; offered: string; kind: 'better' | 'worse' }[];
  consortium: { name: string; uscc: string }[];
  declarations: { truthful: boolean; independent: boolean; qualified: boolean };
  summary: string;
  files: DraftFile[];
};

/** What is chosen where an objective item is not claimed. */
export const unclaimed = '-';

/** A fresh draft, with what the tender already says. */
export function emptyDraft(form: OfferForm, person: string): OfferDraft {
  return {
    price: null,
    deliveryDays: String(form.deliveryDays),
    validityDays: String(form.validityDays),
    projectLead: '',
    note: '',
    contact: { name: person, phone: '', email: '' },
    deliveryPlace: form.deliveryPlace,
    warrantyMonths: '12',
    lines: [],
    objective: Object.fromEntries(form.objective.map(({ id }) => [id, { option: '', note: '', file: '' }])),
    qualifications: Object.fromEntries(form.qualifications.map(({ id }) => [id, { statement: '', file: '' }])),
    deviations: [],
    consortium: [],
    declarations: { truthful: false, independent: false, qualified: false },
    summary: '',
    files: [],
  };
}

/** A kept draft brought in line with the form: what the tender no longer asks for falls away. */
export function fitDraft(kept: OfferDraft, form: OfferForm, person: string): OfferDraft {
  const fresh = emptyDraft(form, person);
  const pick = <T>(empty: Record<string, T>, old: Record<string, T>): Record<string, T> =>
    Object.fromEntries(Object.entries(empty).map(([id, value]) => [id, old[id] ?? value]));
  return {
    ...fresh,
    ...kept,
    objective: pick(fresh.objective, kept.objective),
    qualifications: pick(fresh.qualifications, kept.qualifications),
  };
}

/** A name that the archive takes, and that no file of the list has yet: `方案.pdf`, then `方案 (2).pdf`. */
export function archiveNameFor(name: string, taken: readonly string[]): string {
  const plain =
    name
      .normalize('NFC')
      .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\\/]/gu, '_')
      .replace(/^([a-z]):/iu, '$1_')
      .replace(/[. ]+$/u, '') || 'file';
  const dot = plain.lastIndexOf('.');
  const [stem, ending] = dot > 0 ? [plain.slice(0, dot), plain.slice(dot)] : [plain, ''];
  const used = new Set([...taken, 'bid.json'].map((one) => one.normalize('NFKC').toLowerCase()));
  // A very long name is cut before its ending; 255 bytes are 80 Chinese characters.
  let short = stem;
  while (short.length > 1 && !isArchiveName(`${short} (99)${ending}`))
    short = short.slice(0, -1).replace(/[\uD800-\uDBFF. ]+$/u, '') || 'file';
  let candidate = isArchiveName(plain) ? plain : `${short}${ending}`;
  for (let count = 2; used.has(candidate.normalize('NFKC').toLowerCase()); count += 1)
    candidate = `${short} (${count})${ending}`;
  return candidate;
}

export type DraftStep = 'price' | 'offer' | 'files';

const whole = (text: string): number | undefined =>
  /^\d{1,6}$/.test(text.trim()) ? Number.parseInt(text.trim(), 10) : undefined;

/** What still keeps a draft from being sealed, step by step, in sentences. */
export function draftProblems(
  draft: OfferDraft,
  { form, budget, t }: { readonly form: OfferForm; readonly budget: number; readonly t: Say },
): Record<DraftStep, Problem[]> {
  const says: Record<DraftStep, Problem[]> = { price: [], offer: [], files: [] };
  const say = (step: DraftStep, field: string, sentence: string) =>
    says[step].push({ code: `bid.form.${field}`, field, sentence });

  if (draft.price === null || BigInt(draft.price) <= 0n) say('price', 'price', t('bidding.problem.price'));
  const days = whole(draft.deliveryDays);
  if (days === undefined || days > 36_500) say('price', 'deliveryDays', t('bidding.problem.number'));
  const validity = whole(draft.validityDays);
  if (validity === undefined || validity < 1 || validity > 3_650)
    say('price', 'validityDays', t('bidding.problem.number'));
  else if (validity < form.validityDays)
    say('price', 'validityDays', t('bidding.problem.validity', { days: form.validityDays }));
  if (draft.lines.length > 0) {
    if (
      draft.lines.some(
        (line) =>
          line.name.trim() === '' || line.quantity.trim() === '' || line.unitPrice === null || line.amount === null,
      )
    )
      say('price', 'lines', t('bidding.problem.lines'));
    else if (
      draft.price !== null &&
      draft.lines.reduce((sum, { amount }) => sum + BigInt(amount ?? 0), 0n) !== BigInt(draft.price)
    )
      say('price', 'lines', t('bidding.problem.sum'));
  }

  if (draft.contact.name.trim() === '') say('offer', 'contact.name', t('bidding.problem.contactName'));
  if (draft.contact.phone.trim() === '') say('offer', 'contact.phone', t('bidding.problem.contactPhone'));
  const warranty = whole(draft.warrantyMonths);
  if (warranty === undefined || warranty > 1_200) say('offer', 'warrantyMonths', t('bidding.problem.number'));
  for (const { id, name } of form.objective)
    if ((draft.objective[id]?.option ?? '') === '')
      say('offer', `objective.${id}`, t('bidding.problem.objective', { name }));
  for (const { id, text } of form.qualifications)
    if ((draft.qualifications[id]?.statement ?? '').trim() === '')
      say('offer', `qualifications.${id}`, t('bidding.problem.qualification', { text }));
  if (
    draft.deviations.some(
      ({ clause, required, offered }) => clause.trim() === '' || required.trim() === '' || offered.trim() === '',
    )
  )
    say('offer', 'deviations', t('bidding.problem.deviation'));
  if (draft.consortium.some(({ name, uscc }) => name.trim() === '' || uscc.trim() === ''))
    say('offer', 'consortium', t('bidding.problem.consortium'));
  if (!draft.declarations.truthful || !draft.declarations.independent || !draft.declarations.qualified)
    say('offer', 'declarations', t('bidding.problem.declarations'));

  const bytes = draft.files.reduce((sum, { size }) => sum + size, 0);
  if (bytes > budget) say('files', 'files', t('bidding.problem.quota'));
  for (const { name, size } of draft.files)
    if (size === 0) say('files', 'files', t('bidding.problem.emptyFile', { name }));
  return says;
}

export type SealedContents = { readonly price: PriceOffer; readonly technical: TechnicalOffer };

/** The two documents a draft becomes; `undefined` where a field does not fit what the contract allows, with its path. */
export function contentsOf(
  draft: OfferDraft,
  {
    lotId,
    bidder,
    form,
  }: {
    readonly lotId: string;
    readonly bidder: { readonly name: string; readonly uscc: string };
    readonly form: OfferForm;
  },
): { readonly ok: true; readonly contents: SealedContents } | { readonly ok: false; readonly at: string } {
  const named = new Set(draft.files.map(({ name }) => name));
  const fileOf = (name: string): string | null => (named.has(name) ? name : null);
  const price = PriceOffer.safeParse({
    v: 'xinbiao/offer-price/v1',
    lotId,
    price: draft.price ?? '0',
    deliveryDays: whole(draft.deliveryDays),
    validityDays: whole(draft.validityDays),
    projectLead: draft.projectLead,
    note: draft.note,
  });
  if (!price.success) return { ok: false, at: price.error.issues[0]?.path.join('.') ?? 'price' };
  const technical = TechnicalOffer.safeParse({
    v: 'xinbiao/offer/v1',
    lotId,
    bidder: { name: bidder.name, uscc: bidder.uscc },
    consortium: form.consortium ? draft.consortium : [],
    contact: draft.contact,
    deliveryPlace: draft.deliveryPlace,
    warrantyMonths: whole(draft.warrantyMonths),
    lines: draft.lines.map((line) => ({ ...line, unitPrice: line.unitPrice ?? '0', amount: line.amount ?? '0' })),
    objective: form.objective.flatMap(({ id }) => {
      const claim = draft.objective[id];
      return claim === undefined || claim.option === '' || claim.option === unclaimed
        ? []
        : [{ item: id, option: claim.option, note: claim.note, file: fileOf(claim.file) }];
    }),
    qualifications: form.qualifications.map(({ id }) => ({
      id,
      statement: draft.qualifications[id]?.statement ?? '',
      file: fileOf(draft.qualifications[id]?.file ?? ''),
    })),
    deviations: draft.deviations,
    declarations: draft.declarations,
    summary: draft.summary,
  });
  if (!technical.success) return { ok: false, at: technical.error.issues[0]?.path.join('.') ?? 'offer' };
  return { ok: true, contents: { price: price.data, technical: technical.data } };
}
