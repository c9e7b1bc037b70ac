import { Migration } from '@mikro-orm/migrations';

/** The tables of the public log, in SQL that SQLite, MariaDB and TiDB read alike. */
export class Migration20261124000100_ledger extends Migration {
  override name = 'Migration20261124000100_ledger';

  override up(): void {
    this.addSql(
      'create table `ledger_scope` (`scope` varchar(64) not null, `last` int not null, primary key (`scope`))',
    );
    // There from the start: on MariaDB two first entries of one scope at the same moment would deadlock.
    this.addSql("insert into `ledger_scope` (`scope`, `last`) values ('house', 0)");
    this.addSql(
      'create table `ledger_entry` (`id` varchar(36) not null, `scope` varchar(64) not null, `number` int not null, `type` varchar(64) not null, `visibility` varchar(6) not null, `at` datetime(3) not null, `actor` varchar(64) null, `leaf` mediumtext not null, `leaf_hash` varchar(64) not null, `body` mediumtext null, `salt` varchar(64) null, primary key (`id`))',
    );
    this.addSql('create unique index `ledger_entry_scope_number_unique` on `ledger_entry` (`scope`, `number`)');
    this.addSql('create index `ledger_entry_leaf_hash_index` on `ledger_entry` (`leaf_hash`)');
    this.addSql(
      'create table `ledger_outbox` (`entry` varchar(36) not null, `scope` varchar(64) not null, `number` int not null, `at` datetime(3) not null, primary key (`entry`))',
    );
    this.addSql('create index `ledger_outbox_at_entry_index` on `ledger_outbox` (`at`, `entry`)');
    this.addSql('create table `log_leaf` (`idx` bigint not null, `entry` varchar(36) not null, primary key (`idx`))');
    this.addSql('create unique index `log_leaf_entry_unique` on `log_leaf` (`entry`)');
    this.addSql(
      'create table `log_hash` (`level` int not null, `idx` bigint not null, `hash` varchar(64) not null, primary key (`level`, `idx`))',
    );
    this.addSql(
      'create table `log_checkpoint` (`size` bigint not null, `note` text not null, `at` datetime(3) not null, primary key (`size`))',
    );
    this.addSql(
      'create table `ledger_lease` (`name` varchar(32) not null, `holder` varchar(64) not null, `until` bigint not null, primary key (`name`))',
    );
    this.addSql(
      'create table `ledger_disclosure` (`entry` varchar(36) not null, `at` datetime(3) not null, primary key (`entry`))',
    );
    this.addSql(
      'create table `signed_act` (`entry` varchar(36) not null, `hash` varchar(64) not null, `type` varchar(64) not null, `act` mediumtext not null, `signature` mediumtext not null, `certificate_sha256` varchar(64) not null, primary key (`entry`))',
    );
    this.addSql('create index `signed_act_hash_index` on `signed_act` (`hash`)');
  }
}
