import {
  actBy,
  changePassword,
  readMe,
  requestCertificates,
  signIn,
  signUp,
  foundOrganisation,
  type Act,
  type Me,
  type NewOrganisation,
  type OrganisationKind,
  type SignUpKind,
} from '@xinbiao/contracts/identity';
import { fromHex, toHex, usccCheck } from '@xinbiao/contracts/kernel';
import {
  canonical,
  bytesOf,
  generateEncryptionPair,
  generateSigningPair,
  makeCertificateRequest,
  signDetached,
} from '@xinbiao/contracts/trust';
import { createOperator, preparePerson } from '../src/identity/index.ts';
import type { Client } from './client.ts';
import type { TestHouse } from './house.ts';

/** A person at a keyboard with keys of their own, as a browser holds them. */
export type Party = {
  readonly client: Client;
  readonly me: () => Promise<Me>;
  /** The signing and encryption certificates, DER; present after `withKeys`. */
  readonly keys:
    | {
        readonly signing: CryptoKeyPair;
        readonly encryption: CryptoKeyPair;
        readonly signingCertificate: Uint8Array<ArrayBuffer>;
        readonly encryptionCertificate: Uint8Array<ArrayBuffer>;
      }
    | undefined;
  /** Signs an act, or any object with `canonical` bytes, ready for a body that takes a signed act. */
  readonly sign: (act: Act | object) => Promise<{ act: string; signature: string }>;
  readonly by: () => Promise<ReturnType<typeof actBy>>;
};

export const password = 'a sentence nobody guesses';

let serial = 0;
/** A credit code that nobody has used in this process, with its right check character. */
export function aUscc(): string {
  serial += 1;
  const first = `91370200MA3${String(serial).padStart(6, '0')}`;
  return first + usccCheck(first);
}

export const anOrganisation = (over: Partial<NewOrganisation> = {}): NewOrganisation => ({
  name: `青澜第${serial + 1}有限公司`, uscc: aUscc(), regionCode: '370202', address: '市南区海口路 1 号', legalRepresentative: '王立', contact: '李明', phone: '053212345678', email: '', ...over,
}); // prettier-ignore

const aLogin = (): string => `person${(serial += 1)}`;

/** Gives somebody signed in a pair of certificates of the demonstration authority. */
export async function withKeys(client: Client): Promise<Party> {
  const me = (): Promise<Me> => client.call(readMe);
  const [signing, encryption] = [
    await generateSigningPair({ extractable: true }),
    await generateEncryptionPair({ extractable: true }),
  ];
  const { name } = await me();
  const request = await makeCertificateRequest({ subject: { commonName: name }, signing, encryption });
  const pair = await client.call(requestCertificates, { body: request });
  const signingCertificate = fromHex(pair.signing.der);
  return {
    ...bareParty(client),
    keys: { signing, encryption, signingCertificate, encryptionCertificate: fromHex(pair.encryption.der) },
    sign: async (act) => {
      const text = canonical(act);
      return {
        act: text,
        signature: toHex(
          await signDetached({
            content: bytesOf(text),
            certificate: signingCertificate,
            privateKey: signing.privateKey,
          }),
        ),
      };
    },
  };
}

export function bareParty(client: Client): Party {
  const me = (): Promise<Me> => client.call(readMe);
  return {
    client,
    me,
    keys: undefined,
    by: async () => actBy(await me()),
    sign: () => Promise.reject(new Error('this party has no keys yet')),
  };
}

/** Signs up an organisation of a kind over HTTP, with its first person; without keys. Purchasers and agencies wait for review. */
export async function signedUp(
  house: TestHouse,
  kind: SignUpKind = 'bidder',
  over: { readonly organisation?: Partial<NewOrganisation>; readonly name?: string; readonly login?: string } = {},
): Promise<Party> {
  const client = house.visitor();
  await client.call(signUp, {
    body: {
      kind,
      organisation: anOrganisation(over.organisation),
      person: { login: over.login ?? aLogin(), name: over.name ?? '李明', password },
    },
  });
  return bareParty(client);
}

/** The instance's operator, signed in. */
export async function anOperator(house: TestHouse): Promise<Party> {
  const login = aLogin();
  const person = await preparePerson({ login, name: '运维', password });
  await house.house.fork().transactional((tx) => createOperator(tx, person, house.clock.now()));
  const client = house.visitor();
  await client.call(signIn, { body: { login, password } });
  return bareParty(client);
}

/** An organisation founded by the operator, active at once, its first person signed in with a password of their own and keys. */
export async function founded(
  house: TestHouse,
  kinds: readonly OrganisationKind[],
  over: { readonly organisation?: Partial<NewOrganisation>; readonly name?: string } = {},
): Promise<Party> {
  const operator = await anOperator(house);
  const login = aLogin();
  await operator.client.call(foundOrganisation, {
    body: {
      kinds: [...kinds],
      organisation: anOrganisation(over.organisation),
      person: { login, name: over.name ?? '张静', password: `${password} at first` },
    },
  });
  const client = house.visitor();
  await client.call(signIn, { body: { login, password: `${password} at first` } });
  await client.call(changePassword, { body: { current: `${password} at first`, password } });
  return withKeys(client);
}

/** A bidder with keys. */
export const aBidder = async (house: TestHouse, over: Parameters<typeof signedUp>[2] = {}): Promise<Party> =>
  withKeys((await signedUp(house, 'bidder', over)).client);
