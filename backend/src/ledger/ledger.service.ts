import type { EntityManager } from '@mikro-orm/core';
import { watchedBy, type Watched } from '@xinbiao/contracts/ledger';
import { fromHex } from '@xinbiao/contracts/kernel';
import {
  frontierOf,
  meetsQuorum,
  openCheckpoint,
  parsePolicy,
  policyKeys,
  proveConsistency,
  proveInclusion,
  receiptOf,
  rootOf,
  verifierKeyText,
  type Policy,
  type SignedCheckpoint,
  type SignerKey,
  type Tile,
  type VerifierKey,
} from '@xinbiao/contracts/trust';
import { join } from 'node:path';
import type { House } from '../platform/index.ts';
import { Cosigning, witnessPlace } from './cosigning.ts';
import { addDecoys } from './decoys.ts';
import { fsck } from './fsck.ts';
import { LedgerEntry, LedgerLease, LogCheckpoint, LogCosignature, LogLeaf } from './ledger.entity.ts';
import { openLogKey, type LogKeyPlace } from './log-key.ts';
import { PublicLog } from './public-log.ts';
import { openingOf } from './record.ts';
import { checkpointFile, compareWithSecondPlace, type SecondPlace } from './second-place.ts';
import { Sequencer, type Cover } from './sequencer.ts';
import { hexOf, storedSize, StoredTree } from './tree.ts';
import { demonstrationWitnesses, doorsOf, policyOf, type DemonstrationWitness, type WitnessDoor } from './witnesses.ts';

export type LedgerNeeds = {
  readonly fork: () => EntityManager;
  readonly keys: LogKeyPlace;
  /** Where the last checkpoint is kept apart from the database; beside the key unless said otherwise. */
  readonly secondPlace?: SecondPlace | undefined;
  /** Take the database's word although the second place was lost. */
  readonly adopt?: boolean | undefined;
  /** Nobody else can have this database open, so a lease that was left behind is a dead one's. */
  readonly exclusive?: boolean | undefined;
  readonly realNow: () => Date;
  readonly report: (fault: unknown) => void;
  readonly cadence?: number | undefined;
  /** Folder in which the log lies as files. */
  readonly publicLog?: string | undefined;
  readonly cover?: Cover | undefined;
  /** Whom to trust about this log, given its key; nobody unless said otherwise. */
  readonly watch?: ((key: SignerKey) => Watch) | undefined;
  /** The name, in the policy, of a witness that must have cosigned a checkpoint before it is published. */
  readonly keeper?: string | undefined;
};

/** The policy of a log, and how its witnesses are reached. */
export type Watch = {
  readonly policy: string;
  readonly demonstration: readonly DemonstrationWitness[];
  /** Milliseconds a witness is left in peace between two questions. */
  readonly rest?: number | undefined;
};

declare module '../platform/house.ts' {
  interface House {
    readonly ledger: Ledger;
  }
}

/**
 * Opens the log of a house; its keys lie in the house's folder, beside the database and never inside it. `slot` says
 * how long a slot is now, where something has to be hidden.
 */
export function openLedger(
  house: Pick<House, 'config' | 'fork' | 'clock' | 'report'>,
  slot: Cover['slot'],
): Promise<Ledger> {
  const { config, fork, clock, report } = house;
  return Ledger.open({
    fork,
    report,
    keys: { folder: join(config.folder, 'keys'), origin: config.logOrigin, passphrase: config.logPassphrase },
    secondPlace: config.logSecondPlace === undefined ? undefined : checkpointFile(config.logSecondPlace),
    exclusive: config.databaseUrl === undefined,
    realNow: () => clock.real(),
    cadence: config.logCadence,
    publicLog: join(config.folder, 'public-log'),
    cover:
      config.logCover === 'constant'
        ? { slot, leaves: config.logSlotLeaves, decoys: (count) => addDecoys(fork, clock.now(), count) }
        : undefined,
    watch: (log) => {
      const demonstration =
        config.mode === 'demo' && config.witnessPolicy === undefined
          ? demonstrationWitnesses({
              folder: join(config.folder, 'witnesses'),
              log,
              now: () => clock.now(),
              address: `${config.publicUrl}/api/log`,
            })
          : [];
      const policy = policyOf({ file: config.witnessPolicy, log, demonstration });
      return { policy, demonstration, rest: demonstration.length > 0 ? 250 : 1000 };
    },
    keeper: config.logKeeper,
  });
}

/** So much older than the newest may a checkpoint be that meets the policy, to be given out in its stead. */
const maxLag = 60_000;

/** The public log of a house: what it publishes, and the sequencer that makes it grow. */
export class Ledger {
  readonly sequencer: Sequencer;
  readonly key: VerifierKey;
  /** The policy as text, to be printed in tenders. */
  readonly policy: string;
  /** How its witnesses are reached, those of a demonstration among them. */
  readonly witnesses: readonly WitnessDoor[];
  readonly #policy: Policy;
  readonly #tree: StoredTree;
  readonly #publicLog: PublicLog | undefined;
  readonly #cosigning: Cosigning;

  private constructor(given: {
    key: SignerKey;
    tree: StoredTree;
    sequencer: Sequencer;
    policy: string;
    doors: readonly WitnessDoor[];
    cosigning: Cosigning;
    publicLog: PublicLog | undefined;
  }) {
    const { name, id, kind, key } = given.key;
    this.key = { name, id, kind, key };
    this.policy = given.policy;
    this.#policy = parsePolicy(given.policy);
    this.witnesses = given.doors;
    this.#tree = given.tree;
    this.#publicLog = given.publicLog;
    this.#cosigning = given.cosigning;
    this.sequencer = given.sequencer;
  }

  /** Opens the log; throws StaleDatabase where the database is older than what was published. */
  static async open(needs: LedgerNeeds): Promise<Ledger> {
    const key = openLogKey(needs.keys);
    const tree = new StoredTree(key);
    const { fork, realNow, report, cadence, cover } = needs;
    const watch = needs.watch?.(key);
    const policy = watch?.policy ?? policyOf({ file: undefined, log: key, demonstration: [] });
    const doors = doorsOf(parsePolicy(policy), watch?.demonstration ?? []);
    const place = placeOf(needs, policy, doors);
    const em = fork();
    const rootAt = async (size: number) => rootOf(await frontierOf(size, tree.nodes(em, size)));
    await compareWithSecondPlace({ size: await storedSize(em), rootAt }, { key, place, adopt: needs.adopt ?? false });
    const stored = await tree.checkpoint(em);
    if (stored)
      await place.confirm?.(stored, (from) => proveConsistency(from, stored.size, tree.nodes(em, stored.size)));
    const publicLog = needs.publicLog === undefined ? undefined : new PublicLog(needs.publicLog);
    publicLog?.put('log.vkey', `${verifierKeyText(key)}\n`);
    publicLog?.put('policy', policy);
    let cosigning: Cosigning | undefined;
    const sequencer = new Sequencer({
      fork,
      key,
      tree,
      secondPlace: place,
      publicLog,
      cover,
      published: () => cosigning?.wake(),
      realNow,
      report,
      ...(cadence === undefined ? {} : { cadence }),
    });
    if (needs.exclusive) await needs.fork().nativeUpdate(LedgerLease, {}, { until: 0 });
    await sequencer.drain();
    cosigning = new Cosigning({ fork, tree, doors, now: realNow, report, rest: watch?.rest });
    return new Ledger({ key, tree, sequencer, policy, doors, cosigning, publicLog });
  }

  /** Stops what runs in the background. */
  async close(): Promise<void> {
    await this.sequencer.stop();
    await this.#cosigning.stop();
  }

  get origin(): string {
    return this.key.name;
  }

  get verifierKey(): string {
    return verifierKeyText(this.key);
  }

  /** Witnesses that have seen another tree of this log, by their names: proof of a fork, or of an old copy. */
  get contradictedBy(): readonly string[] {
    return [...this.#cosigning.contradicted];
  }

  /** The newest checkpoint, signed by the log alone. */
  async checkpoint(em: EntityManager): Promise<SignedCheckpoint> {
    const checkpoint = await this.#tree.checkpoint(em);
    if (!checkpoint) throw new Error('the log has not begun');
    return checkpoint;
  }

  /**
   * The newest checkpoint with the cosignatures that have come; one that meets the policy is preferred to one that is
   * a moment newer. `covering` asks for one that holds the entry of that place. Waits for nobody who was not asked.
   */
  async published(em: EntityManager, given: { covering?: number; patience?: number } = {}): Promise<SignedCheckpoint> {
    const newest = await this.checkpoint(em);
    if (this.#policy.witnesses.length === 0) return newest;
    await this.#cosigning.settled(newest.size, given.patience ?? 0);
    const whole = await this.#joined(em, newest.note, newest.size);
    if (meetsQuorum(this.#policy, whole.signed)) return whole;
    const earlier = await this.#quorate(em, newest.size, given.covering);
    return earlier ?? whole;
  }

  async #joined(em: EntityManager, note: string, size: number): Promise<SignedCheckpoint> {
    const lines = await em.find(LogCosignature, { size }, { orderBy: { witness: 'asc' }, disableIdentityMap: true });
    return openCheckpoint(note + lines.map(({ line }) => line).join(''), policyKeys(this.#policy));
  }

  /** The newest checkpoint below a size that meets the policy, if it is recent, or at least holds what it must. */
  async #quorate(
    em: EntityManager,
    below: number,
    covering: number | undefined,
  ): Promise<SignedCheckpoint | undefined> {
    const since = new Date(this.#now().getTime() - maxLag);
    const where = covering === undefined ? { at: { $gte: since } } : { size: { $gt: covering } };
    const rows = await em.find(
      LogCosignature,
      { $and: [{ size: { $lt: below } }, where] },
      { orderBy: { size: 'desc' }, limit: 50, disableIdentityMap: true },
    );
    for (const size of new Set(rows.map((row) => row.size))) {
      const row = await em.findOne(LogCheckpoint, { size }, { disableIdentityMap: true });
      const whole = row && (await this.#joined(em, row.note, size));
      if (whole && meetsQuorum(this.#policy, whole.signed)) return whole;
    }
    return undefined;
  }

  #now(): Date {
    return this.#cosigning.now();
  }

  /** What the witnesses say of the log as it is. */
  async watched(em: EntityManager): Promise<Watched> {
    return watchedBy(this.#policy, (await this.published(em)).signed);
  }

  /** The bytes of a tile: from its file, or where that was cleared away, as the beginning of what the database holds. */
  async tileBytes(em: EntityManager, tile: Tile): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const laidOut = this.#publicLog?.bytes(tile);
    if (laidOut) return laidOut;
    const { size } = await this.checkpoint(em);
    return this.#tree.tileBytes(em, tile, size);
  }

  async inclusionProof(em: EntityManager, index: number, size: number): Promise<string[]> {
    return hexOf(await proveInclusion(index, size, this.#tree.nodes(em, size)));
  }

  async consistencyProof(em: EntityManager, from: number, to: number): Promise<string[]> {
    return hexOf(await proveConsistency(from, to, this.#tree.nodes(em, to)));
  }

  /**
   * The receipt of an entry that is in the tree, under a checkpoint that meets the policy as soon as there is one. It
   * opens the entry to whoever holds it: give that of a sealed entry to those entitled only.
   */
  async receiptFor(em: EntityManager, entryId: string): Promise<string> {
    const place = await em.findOneOrFail(LogLeaf, { entry: entryId });
    const entry = await em.findOneOrFail(LedgerEntry, { id: entryId });
    const checkpoint = await this.published(em, { covering: place.index });
    const proof = await proveInclusion(place.index, checkpoint.size, this.#tree.nodes(em, checkpoint.size));
    const { body, salt } = openingOf(entry);
    return receiptOf({
      index: place.index,
      proof,
      checkpoint: checkpoint.note,
      body,
      ...(salt === null ? {} : { salt: fromHex(salt) }),
    });
  }

  /** Waits until an entry is in the tree, and gives its receipt. Call it after the transaction, never inside. */
  async receiptWhenIntegrated(em: EntityManager, entryId: string): Promise<string> {
    await this.sequencer.integrated(entryId);
    return this.receiptFor(em, entryId);
  }

  /** Compares every row with the tree, and every file with every row; gives what does not fit, in words. Reads the whole log. */
  fsck(em: EntityManager): Promise<string[]> {
    return fsck(em, this.key, this.#publicLog);
  }
}

/** Examines the log of a house whose server does not run; changes nothing. Says how long it is and what does not fit. */
export async function examineLog(
  config: House['config'],
  em: EntityManager,
): Promise<{ size: number; faults: string[] }> {
  const keys = join(config.folder, 'keys');
  const key = openLogKey({ folder: keys, origin: config.logOrigin, passphrase: config.logPassphrase });
  const tree = new StoredTree(key);
  const faults = await fsck(em, key, new PublicLog(join(config.folder, 'public-log')));
  const place = checkpointFile(config.logSecondPlace ?? join(keys, 'last-checkpoint'));
  const size = await storedSize(em);
  try {
    const rootAt = async (at: number) => rootOf(await frontierOf(at, tree.nodes(em, at)));
    await compareWithSecondPlace({ size, rootAt }, { key, place, adopt: false });
  } catch (fault) {
    faults.push(fault instanceof Error ? fault.message : String(fault));
  }
  return { size, faults };
}

function placeOf(needs: LedgerNeeds, policy: string, doors: readonly WitnessDoor[]): SecondPlace {
  const own = needs.secondPlace ?? checkpointFile(`${needs.keys.folder}/last-checkpoint`);
  if (needs.keeper === undefined) return own;
  const witness = parsePolicy(policy).witnesses.find(({ name }) => name === needs.keeper);
  const door = doors.find(({ key }) => key.id === witness?.key.id);
  if (!door) throw new Error(`the witness policy names no witness ${needs.keeper} that can be reached`);
  return witnessPlace(door, own);
}
