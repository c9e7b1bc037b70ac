import { defineEntity, p } from '@mikro-orm/core';

/*
 * Only ledger_scope, ledger_outbox, ledger_lease change; everything else is written once. No trigger guards
 * that: the tree does, and `fsck` compares every row with it.
 */

const LedgerScopeSchema = defineEntity({
  name: 'LedgerScope',
  properties: { scope: p.string().length(64).primary(), last: p.integer() },
});
/** How many entries a scope has; its row is the lock under which the next number is given out. */
export class LedgerScope extends LedgerScopeSchema.class {}
LedgerScopeSchema.setClass(LedgerScope);

const LedgerEntrySchema = defineEntity({
  name: 'LedgerEntry',
  uniques: [{ properties: ['scope', 'number'] }],
  indexes: [{ properties: ['leafHash'] }],
  properties: {
    id: p.uuid().primary(),
    scope: p.string().length(64),
    number: p.integer(),
    type: p.string().length(64),
    visibility: p.string().length(6).$type<'public' | 'commit'>(),
    at: p.datetime(3),
    actor: p.string().length(64).nullable(),
    /** The leaf, byte for byte; at most 65,535 bytes. */
    leaf: p.text().columnType('mediumtext'),
    leafHash: p.string().length(64),
    /** Sealed entries only: what the leaf commits to, and the salt that hides it. */
    body: p.text().columnType('mediumtext').nullable(),
    salt: p.string().length(64).nullable(),
  },
});
/** Something that happened, written in the transaction in which it happened. */
export class LedgerEntry extends LedgerEntrySchema.class {}
LedgerEntrySchema.setClass(LedgerEntry);

const LedgerOutboxSchema = defineEntity({
  name: 'LedgerOutbox',
  indexes: [{ properties: ['at', 'entry'] }],
  properties: { entry: p.uuid().primary(), scope: p.string().length(64), number: p.integer(), at: p.datetime(3) },
});
/** An entry that is not in the tree yet. */
export class LedgerOutbox extends LedgerOutboxSchema.class {}
LedgerOutboxSchema.setClass(LedgerOutbox);

const LogLeafSchema = defineEntity({
  name: 'LogLeaf',
  properties: {
    index: p.bigint('number').primary().autoincrement(false).unsigned(false).fieldName('idx'),
    entry: p.uuid().unique(),
  },
});
/** The place of an entry in the tree. Its primary key is the compare-and-set that forbids a second tree. */
export class LogLeaf extends LogLeafSchema.class {}
LogLeafSchema.setClass(LogLeaf);

const LogHashSchema = defineEntity({
  name: 'LogHash',
  properties: {
    level: p.integer().primary().unsigned(false),
    index: p.bigint('number').primary().autoincrement(false).unsigned(false).fieldName('idx'),
    hash: p.string().length(64),
  },
});
/** A hash as tiles publish it: the root over 256^level leaves. */
export class LogHash extends LogHashSchema.class {}
LogHashSchema.setClass(LogHash);

const LogCheckpointSchema = defineEntity({
  name: 'LogCheckpoint',
  properties: {
    size: p.bigint('number').primary().autoincrement(false).unsigned(false),
    note: p.text(),
    at: p.datetime(3),
  },
});
/** What the log signed about itself, once for each size it stopped at. */
export class LogCheckpoint extends LogCheckpointSchema.class {}
LogCheckpointSchema.setClass(LogCheckpoint);

const LogCosignatureSchema = defineEntity({
  name: 'LogCosignature',
  properties: {
    size: p.bigint('number').primary().autoincrement(false).unsigned(false),
    witness: p.string().length(191).primary(),
    /** The signature line as it stands in the note. */
    line: p.text(),
    at: p.datetime(3),
  },
});
/** What a witness signed about a checkpoint; it joins the note whenever that is given out. */
export class LogCosignature extends LogCosignatureSchema.class {}
LogCosignatureSchema.setClass(LogCosignature);

const LedgerLeaseSchema = defineEntity({
  name: 'LedgerLease',
  properties: { name: p.string().length(32).primary(), holder: p.string().length(64), until: p.bigint('number') },
});
/** Who sequences, until when in real time. It spares conflicts; the keys of the tree are what excludes them. */
export class LedgerLease extends LedgerLeaseSchema.class {}
LedgerLeaseSchema.setClass(LedgerLease);

const LedgerDisclosureSchema = defineEntity({
  name: 'LedgerDisclosure',
  properties: { entry: p.uuid().primary(), at: p.datetime(3) },
});
/** A sealed entry that is no secret any more. */
export class LedgerDisclosure extends LedgerDisclosureSchema.class {}
LedgerDisclosureSchema.setClass(LedgerDisclosure);

const SignedActSchema = defineEntity({
  name: 'SignedAct',
  indexes: [{ properties: ['hash'] }],
  properties: {
    entry: p.uuid().primary(),
    hash: p.string().length(64),
    type: p.string().length(64),
    act: p.text().columnType('mediumtext'),
    signature: p.text().columnType('mediumtext'),
    certificateSha256: p.string().length(64),
  },
});
/** A signed document, byte for byte; the entry names it by its hash. */
export class SignedAct extends SignedActSchema.class {}
SignedActSchema.setClass(SignedAct);

export const ledgerEntities = [
  LedgerScope,
  LedgerEntry,
  LedgerOutbox,
  LogLeaf,
  LogHash,
  LogCheckpoint,
  LogCosignature,
  LedgerLease,
  LedgerDisclosure,
  SignedAct,
];
