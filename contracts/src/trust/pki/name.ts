import { Malformed, textOf } from '../canonical.ts';
import { isUscc } from '../../kernel/uscc.ts';
import { expect, Fields, oid, oidOf, sequence, setOf, tags, utf8String, write, type Node } from './der.ts';
import { oids } from './oids.ts';
import type { Bytes, CertificateSubject } from './pki.types.ts';

type Attribute = { readonly type: string; readonly value: string };

const shortNames: Readonly<Record<string, string>> = {
  [oids.commonName]: 'CN', [oids.serialNumber]: 'SERIALNUMBER', [oids.country]: 'C', [oids.locality]: 'L',
  [oids.province]: 'ST', [oids.organisation]: 'O', [oids.unit]: 'OU', [oids.organisationIdentifier]: 'organizationIdentifier',
  [oids.emailAddress]: 'E',
}; // prettier-ignore

/** The attributes of a distinguished name in the order written. */
export function attributesOf(name: Node | undefined): readonly Attribute[] {
  return expect(name, tags.sequence, 'name').children.flatMap((part) =>
    expect(part, tags.set, 'name').children.map((pair) => {
      const fields = new Fields(pair, 'name');
      const type = oidOf(fields.take(tags.oid));
      const value = directoryString(fields.any());
      fields.done();
      return { type, value };
    }),
  );
}

function directoryString({ tag, content }: Node): string {
  switch (tag) {
    case tags.utf8String:
    case tags.printableString:
    case tags.ia5String:
      return textOf(content);
    case tags.teletexString: // GBK, Latin-1 and UTF-8 are all found in the wild; only what is ASCII is certain.
      return Array.from(content, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : '\u{fffd}')).join('');
    case tags.bmpString: {
      if (content.length % 2 !== 0) throw new Malformed('name');
      let text = '';
      for (let at = 0; at < content.length; at += 2)
        text += String.fromCharCode(((content[at] ?? 0) << 8) | (content[at + 1] ?? 0));
      return text.toWellFormed();
    }
    default:
      return '';
  }
}

/** Who the name means: the last common name and organisation, and a USCC whose check character is right. */
export function subjectOf(name: Node | undefined): CertificateSubject {
  const attributes = attributesOf(name);
  const last = (type: string): string | undefined => attributes.findLast((attribute) => attribute.type === type)?.value;
  const organisation = last(oids.organisation);
  const uscc = [last(oids.organisationIdentifier), last(oids.serialNumber)]
    .map((text) => text?.slice(-18))
    .find((text) => text !== undefined && isUscc(text));
  return {
    commonName: last(oids.commonName) ?? organisation ?? '',
    ...(organisation === undefined ? {} : { organisation }),
    ...(uscc === undefined ? {} : { uscc }),
  };
}

/** One readable line, most specific part first; commas and other specials escaped as in RFC 4514. */
export const lineOf = (name: Node | undefined): string =>
  attributesOf(name)
    .toReversed()
    .map(({ type, value }) => `${shortNames[type] ?? type}=${value.replaceAll(/[\\,+"<>;=]/g, String.raw`\$&`)}`)
    .join(', ');

/** A distinguished name in UTF8String: C=CN, O, CN, and the USCC as organizationIdentifier `NTRCN-…` and serialNumber. */
export function nameOf({ commonName, organisation, uscc }: CertificateSubject): Bytes {
  const part = (type: string, value: Uint8Array): Bytes => setOf(sequence(oid(type), value));
  const printable = (text: string): Bytes => write(tags.printableString, new TextEncoder().encode(text));
  if (uscc !== undefined && !isUscc(uscc)) throw new Malformed('uscc');
  for (const text of [commonName, organisation ?? commonName])
    if (text.trim() === '' || text.length > 200 || !text.isWellFormed()) throw new Malformed('name');
  return sequence(
    part(oids.country, printable('CN')),
    ...(organisation === undefined ? [] : [part(oids.organisation, utf8String(organisation))]),
    ...(uscc === undefined
      ? []
      : [part(oids.organisationIdentifier, utf8String(`NTRCN-${uscc}`)), part(oids.serialNumber, printable(uscc))]),
    part(oids.commonName, utf8String(commonName)),
  );
}
