import { Migration } from '@mikro-orm/migrations';

/** Cosignatures of witnesses, which join checkpoints after they were published. */
export class Migration20261125000100_log extends Migration {
  override name = 'Migration20261125000100_log';

  override up(): void {
    this.addSql(
      'create table `log_cosignature` (`size` bigint not null, `witness` varchar(191) not null, `line` text not null, `at` datetime(3) not null, primary key (`size`, `witness`))',
    );
    // There from the start, like `house`: decoys of two servers at the same moment would deadlock on the first.
    this.addSql(
      "insert into `ledger_scope` (`scope`, `last`) select 'decoy', 0 from (select 1 as `one`) t where not exists (select 1 from `ledger_scope` where `scope` = 'decoy')",
    );
  }
}
