import { defineEntity, p } from '@mikro-orm/core';
import type { OrganisationState } from '@xinbiao/contracts/identity';
import { columns } from '../platform/index.ts';

const { document, id, instant, sha } = columns;

const PersonSchema = defineEntity({
  name: 'Person',
  properties: {
    id: id().primary(),
    login: p.string().length(64).unique(),
    name: p.string().length(40),
    passwordHash: p.string().length(255),
    /** Set while the password is one that somebody else has seen. */
    passwordExpired: p.boolean(),
    createdAt: instant(),
  },
});
/** Somebody who signs in. */
export class Person extends PersonSchema.class {}
PersonSchema.setClass(Person);

/** What an organisation keeps about itself, beside name, code and kinds. */
export type OrganisationProfile = {
  readonly regionCode: string;
  readonly address: string;
  readonly legalRepresentative: string;
  readonly contact: string;
  readonly phone: string;
  readonly email: string;
  readonly capital: string | null;
  readonly foundedOn: string | null;
  readonly business: string;
  readonly bankName: string;
  readonly bankAccount: string;
};

const OrganisationSchema = defineEntity({
  name: 'Organisation',
  indexes: [{ properties: ['uscc'] }, { properties: ['state'] }],
  properties: {
    id: id().primary(),
    uscc: p.string().length(18),
    /** The code again while the registration stands: unique, and null once it was rejected or struck. */
    heldUscc: p.string().length(18).nullable().unique(),
    name: p.string().length(100),
    /** Folded name for searching. */
    sought: p.string().length(120),
    /** `,bidder,agency,`: so that a kind can be sought without a join. */
    kinds: p.string().length(120),
    regionCode: p.string().length(6),
    state: p.string().length(16).$type<OrganisationState>(),
    profile: document<OrganisationProfile>(),
    version: p.integer(),
    declaredAt: instant().nullable(),
    createdAt: instant(),
  },
});
/** A party on record. */
export class Organisation extends OrganisationSchema.class {}
OrganisationSchema.setClass(Organisation);

const SeatSchema = defineEntity({
  name: 'Seat',
  indexes: [{ properties: ['organisationId'] }],
  uniques: [{ properties: ['personId', 'place'] }],
  properties: {
    id: id().primary(),
    personId: id(),
    organisationId: id().nullable(),
    /** The organisation's id, or `self`: a person has one seat in each place. */
    place: p.string().length(36),
    /** `,purchaser,administrator,` */
    roles: p.string().length(160),
    state: p.string().length(16).$type<'active' | 'invited' | 'disabled'>(),
    createdAt: instant(),
  },
});
/** A person's place in an organisation, or of their own, with the roles it gives. */
export class Seat extends SeatSchema.class {}
SeatSchema.setClass(Seat);

const SessionSchema = defineEntity({
  name: 'Session',
  indexes: [{ properties: ['personId'] }, { properties: ['seatId'] }],
  properties: {
    id: id().primary(),
    /** SHA-256 of what the cookie holds: the database alone lets nobody in. */
    tokenHash: sha().unique(),
    personId: id(),
    seatId: id(),
    startedAt: instant(),
    seenAt: instant(),
    address: p.string().length(64),
    device: p.string().length(120),
  },
});
/** A signed-in browser. Its times are real ones. */
export class Session extends SessionSchema.class {}
SessionSchema.setClass(Session);

const SignInAttemptSchema = defineEntity({
  name: 'SignInAttempt',
  indexes: [{ properties: ['name', 'at'] }, { properties: ['address', 'at'] }],
  properties: {
    id: id().primary(),
    /** Eight digits of the name's hash: a password typed into the wrong field must not be found here. */
    name: p.string().length(8),
    address: p.string().length(64),
    at: instant(),
  },
});
/** A wrong password, or one being checked. Kept for an hour of real time. */
export class SignInAttempt extends SignInAttemptSchema.class {}
SignInAttemptSchema.setClass(SignInAttempt);
