import type { EntityManager } from '@mikro-orm/core';
import {
  declareAct,
  judgeSubject,
  pinAct,
  revokeAct,
  revokeReasons,
  type CertificateRequestBody,
  type PinCertificatesBody,
  type RevokeReason,
} from '@xinbiao/contracts/identity';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import {
  checkCertificate,
  checkCertificateRequest,
  issueCertificates,
  Malformed,
  readCertificate,
  sha256Hex,
  suiteOfKey,
  bytesOf,
  verifyDetached,
  type CertificateFacts,
  type Revocation,
  type SuiteName,
} from '@xinbiao/contracts/trust';
import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import { record, recordAct } from '../ledger/index.ts';
import { newId, obey, Refused, transact, type Actor, type House } from '../platform/index.ts';
import type { Authorities } from './authorities.ts';
import { Certificate } from './certificate.entity.ts';
import { suiteOf } from './identity.service.ts';
import { Organisation } from './person.entity.ts';
import { actorBy, expectAct, type CheckAct, type SignedContent } from './act.ts';

const day = 86_400_000;
const validYears = 3;

type Pair = {
  readonly signing: CertificateFacts;
  readonly encryption: CertificateFacts;
  readonly chain: readonly string[];
  readonly proof: { act: string; signature: string } | null;
};
type Work = { readonly house: House; readonly em: EntityManager; readonly actor: Actor; readonly now: Date };

/** Has the demonstration authority issue a pair in the registered name of the actor's seat, and pins it. */
export async function requestCertificates(
  work: Work,
  request: z.output<typeof CertificateRequestBody>,
): Promise<Certificate[]> {
  const { house, actor, now } = work;
  const { demonstration, demonstrationSm2 } = house.identity.authorities;
  if (!demonstration || !demonstrationSm2) throw new Refused([{ code: 'authority.none' }]);
  const checked = await checkCertificateRequest(request);
  if (!checked.ok)
    throw new Refused([{ code: checked.reason === 'request.malformed' ? 'request.unreadable' : checked.reason }]);
  const authority = checked.suite === 'XB1-SM' ? demonstrationSm2 : demonstration;
  const real = house.clock.real();
  const [early, late] = now < real ? [now, real] : [real, now];
  const notAfter = new Date(late.getTime() + day);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + validYears);
  const issued = await issueCertificates({
    authority,
    request,
    subject: {
      commonName: actor.name,
      ...(actor.organisationName !== null && actor.uscc !== null
        ? { organisation: actor.organisationName, uscc: actor.uscc }
        : {}),
    },
    serials: { signing: newSerial(), encryption: newSerial() },
    notBefore: wholeSecond(new Date(early.getTime() - day)),
    notAfter: wholeSecond(notAfter),
  });
  return pin(work, {
    signing: readCertificate(issued.signing),
    encryption: readCertificate(issued.encryption),
    chain: [toHex(authority.certificate)],
    proof: null,
  });
}

const wholeSecond = (at: Date): Date => new Date(Math.floor(at.getTime() / 1000) * 1000);

/** Sixteen random bytes whose first is neither zero nor negative. */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = 0x40 | ((bytes[0] ?? 0) & 0x3f);
  return toHex(bytes);
}

/** Pins a pair of a trusted authority, when its signing key has signed for it. */
export async function pinCertificates(work: Work, body: z.output<typeof PinCertificatesBody>): Promise<Certificate[]> {
  const { house, em, actor, now } = work;
  const signing = readOrRefuse(body.signing, 'signing');
  const encryption = readOrRefuse(body.encryption, 'encryption');
  for (const [index, der] of body.chain.entries()) readOrRefuse(der, `chain.${index}`);
  const organisation =
    actor.organisationName !== null && actor.uscc !== null ? { name: actor.organisationName, uscc: actor.uscc } : null;
  if (suiteOfKey(signing) !== suiteOfKey(encryption)) throw new Refused([{ code: 'request.mixed-suites' }]);
  for (const facts of [signing, encryption]) obey(judgeSubject(facts.subject, { person: actor.name, organisation }));
  if ((await em.count(Certificate, { fingerprint: { $in: [signing.fingerprint, encryption.fingerprint] } })) > 0)
    throw new Refused([{ code: 'certificate.already-pinned' }]);

  const anchors = withChain(house.identity.authorities, body.chain, now);
  const fault = await checkCertificate({ ...anchors, certificate: encryption.der, usage: 'agree' });
  if (fault) throw new Refused([{ code: fault, field: 'encryption' }]);
  expectAct(body.act, pinAct(actorBy(actor), { signing: signing.fingerprint, encryption: encryption.fingerprint }));
  const verified = await verifyDetached({ ...anchors, content: bytesOf(body.act), signature: fromHex(body.signature) });
  if (!verified.ok) throw new Refused([{ code: verified.reason, field: 'signature' }]);
  if (verified.certificate.fingerprint !== signing.fingerprint)
    throw new Refused([{ code: 'certificate.not-of-this-seat', field: 'signature' }]);
  return pin(work, { signing, encryption, chain: body.chain, proof: { act: body.act, signature: body.signature } });
}

const withChain = (authorities: Authorities, chain: readonly string[], at: Date) => {
  const anchors = authorities.anchors(at);
  return { ...anchors, intermediates: [...(anchors.intermediates ?? []), ...chain.map(fromHex)] };
};

function readOrRefuse(der: string, field: string): CertificateFacts {
  try {
    return readCertificate(fromHex(der));
  } catch (fault) {
    if (fault instanceof Malformed) throw new Refused([{ code: 'certificate.malformed', field }]);
    throw fault;
  }
}

/** Writes both certificates and their entry in the log. The log names keys and the organisation, never the person. */
function pin({ house, em, actor, now }: Work, { signing, encryption, chain, proof }: Pair): Promise<Certificate[]> {
  return transact(em, async (tx) => {
    const pairId = newId(now);
    const rows = ([['signing', signing], ['encryption', encryption]] as const).map(([kind, facts]) => tx.create(Certificate, {
      id: newId(now), pairId, seatId: actor.seatId, personId: actor.personId, organisationId: actor.organisationId, kind, fingerprint: facts.fingerprint, der: toHex(facts.der), serial: facts.serial,
      notBefore: facts.notBefore, notAfter: facts.notAfter, state: 'active', demonstration: house.identity.authorities.isDemonstration(facts.issuer), chain: [...chain], proof, pinnedAt: now, revokedAt: null, revokeReason: null,
    })); // prettier-ignore
    const body = {
      signing: signing.fingerprint,
      encryption: encryption.fingerprint,
      uscc: actor.uscc,
      proof: proof && sha256Hex(bytesOf(proof.act)),
    };
    await record(tx, { scope: 'house', type: 'key.pin', visibility: 'public', body, at: now, actor: actor.personId });
    await tx.flush();
    return rows;
  });
}

/** Revokes a certificate and its twin. The caller has settled that the actor may. */
export async function revokePair(
  work: Work,
  given: { readonly pairId: string; readonly reason: z.output<typeof RevokeReason>; readonly signed?: SignedContent },
): Promise<Certificate[]> {
  const { em, actor, now } = work;
  return transact(em, async (tx) => {
    // One statement decides who came first; a second revocation finds nothing left to revoke.
    const changed = await tx.nativeUpdate(
      Certificate,
      { pairId: given.pairId, state: 'active' },
      { state: 'revoked', revokedAt: now, revokeReason: given.reason },
    );
    if (changed === 0) throw new Refused([{ code: 'certificate.already-revoked' }]);
    const rows = await tx.find(Certificate, { pairId: given.pairId }, { orderBy: { kind: 'desc' } });
    const facts = {
      certificates: rows.map(({ fingerprint }) => fingerprint),
      reason: given.reason,
      signedBy: given.signed?.certificateSha256 ?? null,
    };
    await record(tx, {
      scope: 'house',
      type: 'key.revoke',
      visibility: 'public',
      body: facts,
      at: now,
      actor: actor.personId,
    });
    return rows;
  });
}

/** What the demonstration authority of a suite has revoked, ready for its list. */
export async function demonstrationRevocations(em: EntityManager, suite: SuiteName): Promise<Revocation[]> {
  const rows = await em.find(
    Certificate,
    { demonstration: true, state: 'revoked' },
    { orderBy: { revokedAt: 'asc' }, disableIdentityMap: true },
  );
  return rows.flatMap((row) => {
    const { serial, revokedAt, revokeReason } = row;
    if (suiteOf(row) !== suite) return [];
    const reason = revokeReasons.find((known) => known === revokeReason) ?? 'unspecified';
    return revokedAt ? [{ serial, at: revokedAt, reason }] : [];
  });
}

/** The expectation of a revocation's act. */
export const revokeExpectation = (actor: Actor, facts: { certificate: string; reason: string }) =>
  revokeAct(actorBy(actor), facts);

/** Takes in an organisation's own declaration; a later one replaces it. The act names a person, so the log keeps it sealed. */
export async function declare(
  work: Work & { readonly checkAct: CheckAct },
  signed: { readonly act: string; readonly signature: string },
): Promise<Date> {
  const { em, actor, now } = work;
  const checked = await work.checkAct({ em, actor, now, ...signed, expect: declareAct(actorBy(actor)) });
  await transact(em, async (tx) => {
    await recordAct(tx, {
      scope: 'house',
      type: 'party.declare',
      visibility: 'commit',
      at: now,
      actor: actor.personId,
      ...checked,
      facts: { uscc: actor.uscc },
    });
    if (actor.organisationId !== null)
      await tx.nativeUpdate(Organisation, { id: actor.organisationId }, { declaredAt: now });
  });
  return now;
}
