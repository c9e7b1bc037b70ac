import { Malformed } from '../canonical.ts';
import { Fields, oid, oidOf, readDer, sequence, setOf, tags, write, type Node } from '../pki/der.ts';
import { oids } from '../pki/oids.ts';
import type { Bytes } from '../pki/index.ts';

/*
 * A timestamp inside the signature it proves (CAdES-T, RFC 5126 §6.1.1): an unsigned attribute of the one signer, over
 * SHA-256 of the signature value. It changes nothing that was signed.
 */

const longest = 131_072;

/** The same signature with tokens beside its value; throws Malformed for one that is not of our form or has some already. */
export function withTimestamps(signature: Uint8Array, tokens: readonly Uint8Array[]): Bytes {
  const { outer, body, signer, unsigned } = take(signature);
  if (unsigned) throw new Malformed('signature has unsigned attributes');
  if (tokens.length === 0) return new Uint8Array(signature);
  const attribute = sequence(oid(oids.timestampToken), setOf(...tokens));
  const grown = sequence(...signer.children.map(({ der }) => der), write(0xa1, attribute));
  const [version, ...fields] = body.children.slice(0, -1).map(({ der }) => der);
  const [type] = outer.children;
  if (!version || !type) throw new Malformed('signature');
  return sequence(type.der, write(0xa0, sequence(version, ...fields, setOf(grown))));
}

/** The timestamp tokens that a signature carries, unjudged; throws Malformed. */
export function timestampsIn(signature: Uint8Array): Bytes[] {
  const { unsigned } = take(signature);
  return (unsigned?.children ?? []).flatMap((node) => {
    const fields = new Fields(node, 'attribute');
    if (oidOf(fields.take(tags.oid)) !== oids.timestampToken) return [];
    return fields.take(tags.set).children.map(({ der }) => der);
  });
}

function take(signature: Uint8Array): { outer: Node; body: Node; signer: Node; unsigned: Node | undefined } {
  const outer = readDer(signature, longest);
  const body = outer.children[1]?.children[0];
  const signers = body?.children.at(-1);
  const [signer, ...more] = signers?.tag === tags.set ? signers.children : [];
  if (!body || !signer || more.length > 0 || outer.tag !== tags.sequence) throw new Malformed('signature');
  const last = signer.children.at(-1);
  return { outer, body, signer, unsigned: last?.tag === 0xa1 ? last : undefined };
}
