import type { OfferForm } from '@xinbiao/contracts/bidding';
import { usccCheck } from '@xinbiao/contracts/kernel';
import { isArchiveName } from '@xinbiao/contracts/trust';
import { expect, test } from 'vitest';
import type { Say } from '../locales/index.ts';
import {
  archiveNameFor,
  contentsOf,
  draftProblems,
  emptyDraft,
  fitDraft,
  unclaimed,
  type OfferDraft,
} from './offerDraft.ts';

const form: OfferForm = {
  budget: '500000000',
  ceiling: '500000000',
  deliveryDays: 60,
  deliveryPlace: '采购人指定地点',
  validityDays: 90,
  consortium: false,
  method: 'comprehensive',
  qualifications: [{ id: 'law22', text: '符合第二十二条', evidence: '声明函' }],
  objective: [{ id: 'warranty', name: '质保期', guidance: '', options: [{ id: 'y5', label: '5 年', points: 1000 }] }],
};
const lot = {
  lotId: '01933f00-0000-7000-8000-000000000002',
  bidder: { name: '某公司', uscc: `91370200MA3C0QCK2${usccCheck('91370200MA3C0QCK2')}` },
  form,
};
const say: Say = (key) => key;

function aDraft(): OfferDraft {
  const draft = emptyDraft(form, '沈亦舟');
  return {
    ...draft,
    price: '348600000',
    contact: { name: '沈亦舟', phone: '1', email: '' },
    objective: { warranty: { option: 'y5', note: '', file: '方案.pdf' } },
    qualifications: { law22: { statement: '满足', file: '' } },
    declarations: { truthful: true, independent: true, qualified: true },
    files: [{ name: '方案.pdf', size: 10, origin: { kind: 'chosen' } }],
  };
}
const found = (draft: OfferDraft, budget = 1_000_000) =>
  Object.values(draftProblems(draft, { form, budget, t: say }))
    .flat()
    .map(({ field }) => field);

test('a whole draft has no problem and becomes two documents', () => {
  expect(found(aDraft())).toEqual([]);
  const written = contentsOf(aDraft(), lot);
  expect(written).toMatchObject({
    ok: true,
    contents: {
      price: { price: '348600000', deliveryDays: 60 },
      technical: { objective: [{ item: 'warranty', option: 'y5', file: '方案.pdf' }] },
    },
  });
});

test('an untouched draft names every field that is still to be filled', () => {
  expect(found(emptyDraft(form, ''))).toEqual([
    'price',
    'contact.name',
    'contact.phone',
    'objective.warranty',
    'qualifications.law22',
    'declarations',
  ]);
});

test('the price table must add up to the price', () => {
  const line = { name: '台', specification: '', quantity: '1', unitPrice: '348600000' };
  expect(found({ ...aDraft(), lines: [{ ...line, amount: '348600000' }] })).toEqual([]);
  expect(found({ ...aDraft(), lines: [{ ...line, amount: '348600001' }] })).toEqual(['lines']);
});

test('a validity shorter than the tender asks for, and files beyond the space, are said before sealing', () => {
  expect(found({ ...aDraft(), validityDays: '89' })).toEqual(['validityDays']);
  expect(found(aDraft(), 9)).toEqual(['files']);
});

test('an item that is not claimed is left out, and a file that was removed is named by nothing', () => {
  const draft = { ...aDraft(), files: [] };
  expect(contentsOf(draft, lot)).toMatchObject({ contents: { technical: { objective: [{ file: null }] } } });
  expect(
    contentsOf({ ...draft, objective: { warranty: { option: unclaimed, note: '', file: '' } } }, lot),
  ).toMatchObject({ contents: { technical: { objective: [] } } });
});

test('a kept draft follows the form: new items appear, old ones fall away, the rest stays', () => {
  const kept = { ...aDraft(), objective: { gone: { option: 'x', note: '', file: '' } } };
  expect(fitDraft(kept, form, '').objective).toEqual({ warranty: { option: '', note: '', file: '' } });
  expect(fitDraft(kept, form, '').price).toBe('348600000');
});

test('every file gets a name that the archive takes and no other file has', () => {
  const taken = ['方案.pdf', 'A.PDF'];
  for (const name of [
    '方案.pdf',
    'a.pdf',
    'bid.json',
    '../x',
    'c:\\x',
    '点. ',
    '长'.repeat(200) + '.pdf',
    '',
    'a\u202eb.pdf',
    'é.txt',
  ]) {
    const given = archiveNameFor(name, taken);
    expect([name, isArchiveName(given)]).toEqual([name, true]);
    expect(taken.map((one) => one.toLowerCase())).not.toContain(given.toLowerCase());
    taken.push(given);
  }
});
