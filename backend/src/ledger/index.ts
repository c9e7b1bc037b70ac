/**
 * Ledger: writes down what happened, in an order nobody can change, and proves it. It must never know why
 * something was recorded, nor anything of tenders, bids or people beyond an entry's scope, type and hashes.
 */
export { startDecoys, startDisclosing } from './decoys.ts';
export { ledgerEntities } from './ledger.entity.ts';
export {
  actOf,
  entriesBetween,
  entriesOfScope,
  entryByLeaf,
  logHealth,
  openedEntry,
  placesOf,
  publicAct,
} from './ledger.queries.ts';
export { routes as ledgerRoutes } from './ledger.routes.ts';
export { examineLog, Ledger, openLedger, type LedgerNeeds } from './ledger.service.ts';
export { disclose, record, recordAct, type Record, type RecordAct, type Recorded, type RecordedAct } from './record.ts';
export { checkpointFile, StaleDatabase, type SecondPlace } from './second-place.ts';
export type { Cover, Sequencer } from './sequencer.ts';
export { StepStore } from './step-store.ts';
export { DemonstrationWitness, distantWitness, WitnessAway, type WitnessDoor } from './witnesses.ts';
