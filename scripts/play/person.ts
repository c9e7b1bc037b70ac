import {
  actBy,
  declareAct,
  declare,
  readMe,
  requestCertificates,
  signIn,
  type Act,
  type ActBy,
  type Me,
} from '@xinbiao/contracts/identity';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import {
  canonical,
  bytesOf,
  generateEncryptionPair,
  decryptionKeyFrom,
  generateSigningPair,
  makeCertificateRequest,
  makePkcs12,
  openPkcs12,
  signDetached,
  signingKeyFrom,
  Sm2Key,
  type CertificateRequest,
  type CertificateSubject,
  type DecryptionKey,
  type SigningKey,
  type SuiteName,
} from '@xinbiao/contracts/trust';
import { clientAt, type Client } from './client.ts';

/** A person's keys as a browser would hold them, and the key file that person would have downloaded. */
export type Keys = {
  readonly signing: {
    readonly privateKey: SigningKey;
    readonly certificate: Uint8Array<ArrayBuffer>;
    readonly fingerprint: string;
  };
  readonly encryption: {
    readonly privateKey: DecryptionKey;
    readonly certificate: Uint8Array<ArrayBuffer>;
    readonly fingerprint: string;
  };
  readonly chain: readonly Uint8Array<ArrayBuffer>[];
  readonly file: Uint8Array;
  readonly filePassword: string;
};

/** Somebody who acts over HTTP only, with a session, keys and signatures of their own. */
export class Person {
  readonly client: Client;
  readonly login: string;
  readonly password: string;
  me: Me | undefined;
  keys: Keys | undefined;

  constructor(url: string, login: string, password: string) {
    this.client = clientAt(url);
    this.login = login;
    this.password = password;
  }

  async signIn(): Promise<this> {
    this.me = await this.client.call(signIn, { body: { login: this.login, password: this.password } });
    return this;
  }

  async refresh(): Promise<Me> {
    this.me = await this.client.call(readMe);
    return this.me;
  }

  get known(): Me {
    if (!this.me) throw new Error(`${this.login} has not signed in`);
    return this.me;
  }

  get by(): ActBy {
    return actBy(this.known);
  }

  get held(): Keys {
    if (!this.keys) throw new Error(`${this.login} holds no keys`);
    return this.keys;
  }

  /** Makes both pairs, has the demonstration authority certify them, and keeps them in a key file. */
  async enrol(given: {
    readonly filePassword: string;
    readonly iterations?: number;
    readonly suite?: SuiteName;
  }): Promise<this> {
    const me = this.known;
    const made = await newPairs(given.suite ?? 'XB1', {
      commonName: me.name,
      ...(me.organisation ? { organisation: me.organisation.name, uscc: me.organisation.uscc } : {}),
    });
    const { request, signing: signingPkcs8, encryption: encryptionPkcs8 } = made;
    const pair = await this.client.call(requestCertificates, { body: request });
    const chain = pair.chain.map(fromHex);
    const entries = [
      { name: 'signing', pkcs8: signingPkcs8, certificate: fromHex(pair.signing.der) },
      { name: 'encryption', pkcs8: encryptionPkcs8, certificate: fromHex(pair.encryption.der) },
    ];
    this.keys = {
      signing: {
        privateKey: await signingKeyFrom(signingPkcs8),
        certificate: fromHex(pair.signing.der),
        fingerprint: pair.signing.fingerprint,
      },
      encryption: {
        privateKey: await decryptionKeyFrom(encryptionPkcs8),
        certificate: fromHex(pair.encryption.der),
        fingerprint: pair.encryption.fingerprint,
      },
      chain,
      file: await makePkcs12({
        entries,
        chain,
        password: given.filePassword,
        ...(given.iterations === undefined ? {} : { iterations: given.iterations }),
      }),
      filePassword: given.filePassword,
    };
    await this.refresh();
    return this;
  }

  /** Takes the keys out of a key file, as somebody does on another computer. */
  async loadKeys(file: Uint8Array, password: string): Promise<this> {
    const { entries, chain } = await openPkcs12(new Uint8Array(file), password);
    const certificates = this.known.certificates;
    const { sha256Hex } = await import('@xinbiao/contracts/trust');
    const named = entries.map((entry) => ({
      ...entry,
      certificate: new Uint8Array(entry.certificate),
      fingerprint: sha256Hex(entry.certificate),
    }));
    const pick = (kind: 'signing' | 'encryption') => {
      const entry = named.find(({ fingerprint }) =>
        certificates.some((one) => one.kind === kind && one.fingerprint === fingerprint),
      );
      if (!entry) throw new Error(`the key file has no ${kind} key of this seat`);
      return entry;
    };
    const [signing, encryption] = [pick('signing'), pick('encryption')];
    this.keys = {
      signing: {
        privateKey: await signingKeyFrom(signing.pkcs8),
        certificate: signing.certificate,
        fingerprint: signing.fingerprint,
      },
      encryption: {
        privateKey: await decryptionKeyFrom(encryption.pkcs8),
        certificate: encryption.certificate,
        fingerprint: encryption.fingerprint,
      },
      chain: chain.map((der) => new Uint8Array(der)),
      file,
      filePassword: password,
    };
    return this;
  }

  /** Signs bytes with the signing certificate. */
  async signBytes(content: Uint8Array<ArrayBuffer>, signingTime?: Date): Promise<string> {
    const { signing, chain } = this.held;
    return toHex(
      await signDetached({
        content,
        certificate: signing.certificate,
        chain: [...chain],
        privateKey: signing.privateKey,
        ...(signingTime ? { signingTime } : {}),
      }),
    );
  }

  /** Signs an act, ready for a request body. */
  async sign(act: Act | string): Promise<{ act: string; signature: string }> {
    const text = typeof act === 'string' ? act : canonical(act);
    return { act: text, signature: await this.signBytes(bytesOf(text)) };
  }

  /** The organisation's own declaration, signed with its first certificate. */
  async declare(): Promise<void> {
    await this.client.call(declare, { body: await this.sign(declareAct(this.by)) });
    await this.refresh();
  }
}

type Pairs = {
  readonly request: CertificateRequest;
  /** PKCS#8 of both private keys. */
  readonly signing: Uint8Array<ArrayBuffer>;
  readonly encryption: Uint8Array<ArrayBuffer>;
};

/** Two fresh key pairs of a suite, and the request for their certificates. */
async function newPairs(suite: SuiteName, subject: CertificateSubject): Promise<Pairs> {
  if (suite === 'XB1-SM') {
    const [key, encryption] = [Sm2Key.generate(), Sm2Key.generate()];
    const request = await makeCertificateRequest({ subject, signing: { privateKey: key, spki: key.spki }, encryption });
    return { request, signing: key.toPkcs8(), encryption: encryption.toPkcs8() };
  }
  const [signing, encryption] = await Promise.all([
    generateSigningPair({ extractable: true }),
    generateEncryptionPair({ extractable: true }),
  ]);
  const pkcs8 = async (key: CryptoKey) => new Uint8Array(await crypto.subtle.exportKey('pkcs8', key));
  return {
    request: await makeCertificateRequest({ subject, signing, encryption }),
    signing: await pkcs8(signing.privateKey),
    encryption: await pkcs8(encryption.privateKey),
  };
}
