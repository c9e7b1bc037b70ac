import { addSeat, changePassword, foundOrganisation, signUp, type OrganisationKind } from '@xinbiao/contracts/identity';
import { readHouse } from '@xinbiao/contracts/house';
import { usccCheck } from '@xinbiao/contracts/kernel';
import { decideReview, listReviews, signUpExpert } from '@xinbiao/contracts/registry';
import { acceptOpening } from './officer.ts';
import type { SuiteName } from '@xinbiao/contracts/trust';
import { Person } from './person.ts';

/*
 * The people of a demonstration: invented, in an invented city. They register, are reviewed and get their keys
 * the way everybody does, over HTTP.
 */

export const demoPassword = 'Qinglan-Beacon-2026';

/** A well-formed organisation code (GB 11714): eight digits and their check character. */
function organisationCode(serial: number): string {
  const digits = String(10_000_000 + serial * 7919).slice(-8);
  const weights = [3, 7, 9, 10, 5, 8, 4, 2];
  const check = 11 - (weights.reduce((sum, weight, at) => sum + weight * Number(digits[at]), 0) % 11);
  if (check === 10) return `${digits}X`;
  return `${digits}${check === 11 ? 0 : check}`;
}

/** A well-formed unified social credit code of nobody: company (91) or public body (12) in the given region. */
export function usccOf(kind: 'company' | 'body', serial: number, region = '370200'): string {
  const first17 = `${kind === 'company' ? '91' : '12'}${region}${organisationCode(serial)}`;
  return first17 + usccCheck(first17);
}

const organisation = (name: string, kind: 'company' | 'body', serial: number, contact: string) => ({
  name,
  uscc: usccOf(kind, serial),
  regionCode: '370200',
  address: `青澜市海棠路 ${serial} 号`,
  legalRepresentative: contact,
  contact,
  phone: `0532-8555${String(1000 + serial)}`,
  email: '',
});

type Stage = { readonly url: string; readonly operator: Person };

/** Registers an organisation with its first person, who may need a review before acting. */
export async function newcomer(
  { url }: Pick<Stage, 'url'>,
  given: {
    kind: 'bidder' | 'purchaser' | 'agency' | 'notary';
    serial: number;
    name: string;
    login: string;
    person: string;
  },
): Promise<Person> {
  const person = new Person(url, given.login, demoPassword);
  const body = given.kind === 'bidder' || given.kind === 'agency' ? 'company' : 'body';
  person.me = await person.client.call(signUp, {
    body: {
      kind: given.kind,
      organisation: organisation(given.name, body, given.serial, given.person),
      person: { login: given.login, name: given.person, password: demoPassword },
    },
  });
  return person;
}

const handedOver = 'Handed-Over-2026-first';

/** Founds an organisation that cannot sign up by itself; its person replaces the password that the operator knows. */
export async function founded(
  { url, operator }: Stage,
  given: { kinds: OrganisationKind[]; serial: number; name: string; login: string; person: string },
): Promise<Person> {
  await operator.client.call(foundOrganisation, {
    body: {
      kinds: given.kinds,
      organisation: organisation(given.name, 'body', given.serial, given.person),
      person: { login: given.login, name: given.person, password: handedOver },
    },
  });
  const person = await new Person(url, given.login, handedOver).signIn();
  await person.client.call(changePassword, { body: { current: handedOver, password: demoPassword } });
  return new Person(url, given.login, demoPassword).signIn();
}

/** Gives a colleague a seat in one's own organisation. */
export async function colleague(
  administrator: Person,
  given: {
    login: string;
    person: string;
    roles: readonly ('purchaser' | 'agency' | 'bidder' | 'notary' | 'tradingCentre' | 'supervisor' | 'administrator')[];
  },
): Promise<Person> {
  const { firstPassword } = await administrator.client.call(addSeat, {
    body: { login: given.login, name: given.person, roles: [...given.roles] },
  });
  const person = await new Person(administrator.client.url, given.login, firstPassword ?? demoPassword).signIn();
  if (firstPassword === null) return person;
  await person.client.call(changePassword, { body: { current: firstPassword, password: demoPassword } });
  return new Person(administrator.client.url, given.login, demoPassword).signIn();
}

/** An expert applies for the library. */
export async function expert(
  { url }: Pick<Stage, 'url'>,
  given: { login: string; person: string; serial: number; employer: string; title: string; specialty: string },
): Promise<Person> {
  const person = new Person(url, given.login, demoPassword);
  await person.client.call(signUpExpert, {
    body: {
      person: { login: given.login, name: given.person, password: demoPassword },
      profile: {
        phone: `0532-8666${String(1000 + given.serial)}`,
        education: '硕士',
        title: given.title,
        regionCode: '370200',
        specialties: [given.specialty],
        employers: [
          { name: given.employer, uscc: usccOf('body', 500 + given.serial), from: '2015-07-01', until: null },
        ],
        relations: [],
      },
    },
  });
  return person.signIn();
}

/** A reviewer approves whatever waits. */
export async function approveAll(reviewer: Person): Promise<number> {
  const { rows } = await reviewer.client.call(listReviews);
  for (const { subject, id } of rows)
    await reviewer.client.call(decideReview, {
      params: { subject, id },
      body: { decision: 'approve', reason: '材料齐全，核对一致。' },
    });
  return rows.length;
}

export type Cast = {
  readonly operator: Person;
  readonly centre: Person;
  readonly witness: Person;
  readonly supervisor: Person;
  readonly purchaser: Person;
  readonly purchaser2: Person;
  readonly agency: Person;
  readonly agency2: Person;
  readonly notary: Person;
  readonly bidders: readonly Person[];
  readonly experts: readonly Person[];
};

const bidderNames = [
  ['青澜启文教育装备有限公司', '程启文', 'qiwen'],
  ['河湾树人科教家具有限公司', '谢树人', 'shuren'],
  ['南屿博观实验设备有限公司', '陆博观', 'boguan'],
  ['青澜格致仪器有限公司', '顾致远', 'gezhi'],
  ['北桥明德科教仪器有限公司', '孟明德', 'mingde'],
  ['青澜拓丰商贸有限公司', '钱拓', 'tuofeng'],
] as const;

const expertNames = [
  ['邵明', '青澜大学', '教授', 'B06'],
  ['顾清岚', '青澜市教育科学研究院', '高级工程师', 'B05'],
  ['陆一帆', '青澜理工学院', '副教授', 'B06'],
  ['容静', '青澜市计量检测所', '高级工程师', 'B05'],
  ['白启舟', '河湾职业技术学院', '教授', 'B06'],
  ['杜若', '南屿师范学院', '副教授', 'B05'],
  ['秦望', '青澜市标准化研究院', '高级工程师', 'B02'],
] as const;

/** Brings everybody onto the stage, with keys. `bidders` and `experts` say how many of each. */
export async function assemble(
  stage: Stage,
  given: {
    readonly bidders?: number;
    readonly experts?: number;
    readonly iterations?: number;
    readonly suite?: SuiteName;
  } = {},
): Promise<Cast> {
  const { operator } = stage;
  // Keys of what this house makes its tenders of, unless the caller knows better.
  const suite = given.suite ?? (await operator.client.call(readHouse)).suite;
  const keys = { filePassword: demoPassword, iterations: given.iterations ?? 10_000, suite };
  const centre = await founded(stage, {
    kinds: ['tradingCentre'],
    serial: 1,
    name: '青澜市公共资源交易中心',
    login: 'centre',
    person: '方启明',
  });
  const supervisor = await founded(stage, {
    kinds: ['supervisor'],
    serial: 2,
    name: '青澜市财政局',
    login: 'supervisor',
    person: '沈立',
  });
  const witness = await colleague(centre, { login: 'witness', person: '何静', roles: ['tradingCentre'] });
  const purchaser = await newcomer(stage, {
    kind: 'purchaser',
    serial: 11,
    name: '青澜市第二中学',
    login: 'purchaser',
    person: '叶文清',
  });
  const agency = await newcomer(stage, {
    kind: 'agency',
    serial: 12,
    name: '青澜衡正采购代理有限公司',
    login: 'agency',
    person: '方思远',
  });
  const notary = await newcomer(stage, {
    kind: 'notary',
    serial: 13,
    name: '青澜市公证处',
    login: 'notary',
    person: '闻亦舟',
  });
  const experts: Person[] = [];
  for (const [at, [person, employer, title, specialty]] of expertNames
    .slice(0, given.experts ?? expertNames.length)
    .entries())
    experts.push(await expert(stage, { login: `expert${at + 1}`, person, serial: at + 1, employer, title, specialty }));
  await approveAll(centre);
  for (const person of [purchaser, agency, notary, ...experts]) await person.signIn();
  const purchaser2 = await colleague(purchaser, { login: 'purchaser2', person: '林岚', roles: ['purchaser'] });
  const agency2 = await colleague(agency, { login: 'agency2', person: '邓悦', roles: ['agency'] });
  const bidders: Person[] = [];
  for (const [at, [name, person, login]] of bidderNames.slice(0, given.bidders ?? bidderNames.length).entries())
    bidders.push(await newcomer(stage, { kind: 'bidder', serial: 101 + at, name, login, person }));
  const cast: Cast = {
    operator,
    centre,
    witness,
    supervisor,
    purchaser,
    purchaser2,
    agency,
    agency2,
    notary,
    bidders,
    experts,
  };
  for (const person of [
    centre,
    witness,
    supervisor,
    purchaser,
    purchaser2,
    agency,
    agency2,
    notary,
    ...bidders,
    ...experts,
  ])
    await person.enrol(keys);
  for (const person of [centre, supervisor, purchaser, agency, notary, ...bidders]) await person.declare();
  // Whoever may be named as an officer shows once to hold the key; that stands for 90 days.
  for (const person of [centre, witness, purchaser, purchaser2, agency, agency2, notary]) await acceptOpening(person);
  return cast;
}
