import type { EntityManager } from '@mikro-orm/core';
import { fromHex } from '@xinbiao/contracts/kernel';
import {
  proveConsistency,
  proveInclusion,
  receiptOf,
  verifierKeyText,
  type SignedCheckpoint,
  type SignerKey,
  type Tile,
  type VerifierKey,
} from '@xinbiao/contracts/trust';
import { join } from 'node:path';
import type { House } from '../platform/index.ts';
import { fsck } from './fsck.ts';
import { LedgerEntry, LedgerLease, LogLeaf } from './ledger.entity.ts';
import { openLogKey, type LogKeyPlace } from './log-key.ts';
import { openingOf } from './record.ts';
import { checkpointFile, compareWithSecondPlace, type SecondPlace } from './second-place.ts';
import { Sequencer } from './sequencer.ts';
import { hexOf, StoredTree } from './tree.ts';

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
};

declare module '../platform/house.ts' {
  interface House {
    readonly ledger: Ledger;
  }
}

/** Opens the log of a house; its keys lie in the house's folder, beside the database and never inside it. */
export function openLedger(house: Pick<House, 'config' | 'fork' | 'clock' | 'report'>): Promise<Ledger> {
  const { config, fork, clock, report } = house;
  return Ledger.open({
    fork,
    report,
    keys: { folder: join(config.folder, 'keys'), origin: config.logOrigin, passphrase: config.logPassphrase },
    exclusive: config.databaseUrl === undefined,
    realNow: () => clock.real(),
    cadence: config.logCadence,
  });
}

/** The public log of a house: what it publishes, and the sequencer that makes it grow. */
export class Ledger {
  readonly sequencer: Sequencer;
  readonly key: VerifierKey;
  readonly #tree: StoredTree;

  private constructor(key: SignerKey, tree: StoredTree, sequencer: Sequencer) {
    const { name, id, kind } = key;
    this.key = { name, id, kind, key: key.key };
    this.#tree = tree;
    this.sequencer = sequencer;
  }

  /** Opens the log; throws StaleDatabase where the database is older than what was published. */
  static async open(needs: LedgerNeeds): Promise<Ledger> {
    const key = openLogKey(needs.keys);
    const tree = new StoredTree(key);
    const place = needs.secondPlace ?? checkpointFile(`${needs.keys.folder}/last-checkpoint`);
    await compareWithSecondPlace(needs.fork(), tree, { key, place, adopt: needs.adopt ?? false });
    const { fork, realNow, report, cadence } = needs;
    const sequencer = new Sequencer({
      fork,
      key,
      tree,
      secondPlace: place,
      realNow,
      report,
      ...(cadence === undefined ? {} : { cadence }),
    });
    if (needs.exclusive) await needs.fork().nativeUpdate(LedgerLease, {}, { until: 0 });
    await sequencer.drain();
    return new Ledger(key, tree, sequencer);
  }

  get origin(): string {
    return this.key.name;
  }

  get verifierKey(): string {
    return verifierKeyText(this.key);
  }

  /** The newest checkpoint, signed. */
  async checkpoint(em: EntityManager): Promise<SignedCheckpoint> {
    const checkpoint = await this.#tree.checkpoint(em);
    if (!checkpoint) throw new Error('the log has not begun');
    return checkpoint;
  }

  async tileBytes(em: EntityManager, tile: Tile): Promise<Uint8Array<ArrayBuffer> | undefined> {
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
   * The receipt of an entry that is in the tree. It opens the entry to whoever holds it: give that of a sealed
   * entry to those entitled only.
   */
  async receiptFor(em: EntityManager, entryId: string): Promise<string> {
    const place = await em.findOneOrFail(LogLeaf, { entry: entryId });
    const entry = await em.findOneOrFail(LedgerEntry, { id: entryId });
    const checkpoint = await this.checkpoint(em);
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

  /** Compares every row with the tree; gives what does not fit, in words. Reads the whole log. */
  fsck(em: EntityManager): Promise<string[]> {
    return fsck(em, this.key);
  }
}
