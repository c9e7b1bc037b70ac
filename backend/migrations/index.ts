import { Migration20261124000100_ledger } from './Migration20261124000100_ledger.ts';
import { Migration20261124000200_house } from './Migration20261124000200_house.ts';
import { Migration20261124000300_identity } from './Migration20261124000300_identity.ts';

/** Every change of the schema, in order. A public register only goes forward: nothing here is ever edited after a release. */
export const migrations = [Migration20261124000100_ledger, Migration20261124000200_house, Migration20261124000300_identity];
