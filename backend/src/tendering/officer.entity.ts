import { defineEntity, p } from '@mikro-orm/core';
import type { Keyring } from '@xinbiao/contracts/trust';
import type { OfficerChangeBody, OfficerGroupId } from '@xinbiao/contracts/tendering';
import { columns } from '../platform/index.ts';

const { document, id, instant, longText, sha } = columns;

const OpenerTestSchema = defineEntity({
  name: 'OpenerTest',
  tableName: 'officer_test',
  properties: {
    seatId: id().primary(),
    certSha256: sha(),
    /** From which the test was dealt; no secret any more once it was answered. */
    seed: sha(),
    madeAt: instant(),
  },
});
/** A share that was sealed to an officer for a test, not answered yet. */
export class OpenerTest extends OpenerTestSchema.class {}
OpenerTestSchema.setClass(OpenerTest);

const OfficerProofSchema = defineEntity({
  name: 'OfficerProof',
  indexes: [{ properties: ['certSha256', 'at'] }],
  properties: {
    id: id().primary(),
    seatId: id(),
    certSha256: sha(),
    seed: sha(),
    at: instant(),
    act: longText(),
    signature: longText(),
    certificate: sha(),
    entryId: id(),
    leaf: sha(),
  },
});
/** An officer has opened what was sealed to a certificate, and signed that. */
export class OfficerProof extends OfficerProofSchema.class {}
OfficerProofSchema.setClass(OfficerProof);

const OfficerAppointmentSchema = defineEntity({
  name: 'OfficerAppointment',
  indexes: [{ properties: ['seatId'] }],
  properties: {
    tenderId: id().primary(),
    seatId: id().primary(),
    officerGroup: p.string().length(16).$type<OfficerGroupId>(),
    acceptedAt: instant().nullable(),
  },
});
/** A tender whose content stands still names a seat as an officer. */
export class OfficerAppointment extends OfficerAppointmentSchema.class {}
OfficerAppointmentSchema.setClass(OfficerAppointment);

const TenderNoticeSchema = defineEntity({
  name: 'TenderNotice',
  properties: {
    tenderId: id().primary(),
    no: p.integer().primary().unsigned(false),
    kind: p.string().length(8).$type<'publish' | 'amend'>(),
    at: instant(),
    leaf: sha(),
    act: sha(),
    keyringHash: sha(),
    keyring: document<Keyring>(),
    gone: document<string[]>(),
  },
});
/** One version of a published notice; none is ever changed. */
export class TenderNotice extends TenderNoticeSchema.class {}
TenderNoticeSchema.setClass(TenderNotice);

const OfficerChangeSchema = defineEntity({
  name: 'OfficerChange',
  properties: {
    tenderId: id().primary(),
    change: document<OfficerChangeBody>(),
    proposerPersonId: id(),
    proposerName: p.string().length(200),
    at: instant(),
    actHash: sha(),
    entryId: id(),
  },
});
/** A replacement of officers that waits for a second person. */
export class OfficerChange extends OfficerChangeSchema.class {}
OfficerChangeSchema.setClass(OfficerChange);

export const officerEntities = [OpenerTest, OfficerProof, OfficerAppointment, TenderNotice, OfficerChange];
