import { Migration20261124000100_ledger } from './Migration20261124000100_ledger.ts';
import { Migration20261124000200_house } from './Migration20261124000200_house.ts';
import { Migration20261124000300_identity } from './Migration20261124000300_identity.ts';
import { Migration20261124000400_registry } from './Migration20261124000400_registry.ts';
import { Migration20261124000500_tendering } from './Migration20261124000500_tendering.ts';
import { Migration20261124000600_bidding } from './Migration20261124000600_bidding.ts';
import { Migration20261124000700_opening } from './Migration20261124000700_opening.ts';
import { Migration20261124000800_evaluation } from './Migration20261124000800_evaluation.ts';
import { Migration20261124000900_award } from './Migration20261124000900_award.ts';
import { Migration20261124001000_oversight } from './Migration20261124001000_oversight.ts';
import { Migration20261125000100_log } from './Migration20261125000100_log.ts';
import { Migration20261125000200_time } from './Migration20261125000200_time.ts';
import { Migration20261125000300_envelope } from './Migration20261125000300_envelope.ts';
import { Migration20261125000500_officers } from './Migration20261125000500_officers.ts';
import { Migration20261125000600_opening } from './Migration20261125000600_opening.ts';
import { Migration20261125000700_draw } from './Migration20261125000700_draw.ts';
import { Migration20261125000900_release } from './Migration20261125000900_release.ts';
import { Migration20261125001000_outages } from './Migration20261125001000_outages.ts';
import { Migration20261125001100_papers } from './Migration20261125001100_papers.ts';
import { Migration20261125001200_draw_suite } from './Migration20261125001200_draw_suite.ts';

/** Every change of the schema, in order. A public register only goes forward: nothing here is ever edited after a release. */
export const migrations = [
  Migration20261124000100_ledger,
  Migration20261124000200_house,
  Migration20261124000300_identity,
  Migration20261124000400_registry,
  Migration20261124000500_tendering,
  Migration20261124000600_bidding,
  Migration20261124000700_opening,
  Migration20261124000800_evaluation,
  Migration20261124000900_award,
  Migration20261124001000_oversight,
  Migration20261125000100_log,
  Migration20261125000200_time,
  Migration20261125000300_envelope,
  Migration20261125000500_officers,
  Migration20261125000600_opening,
  Migration20261125000700_draw,
  Migration20261125000900_release,
  Migration20261125001000_outages,
  Migration20261125001100_papers,
  Migration20261125001200_draw_suite,
];
