import { Migration } from '@mikro-orm/migrations';

/** Openings: what officers released, what it opened, and what bidders said to it. */
export class Migration20261124000700_opening extends Migration {
  override name = 'Migration20261124000700_opening';

  override up(): void {
    this.addSql(
      'create table `opening_release` (`id` varchar(36) not null, `lot_id` varchar(36) not null, `officer` varchar(64) not null, `officer_group` varchar(32) not null, `seat_id` varchar(36) not null, `at` datetime(3) not null, `act` mediumtext not null, `signature` mediumtext not null, `certificate` varchar(64) not null, `entry_id` varchar(36) not null, `lacking` mediumtext not null, primary key (`id`))',
    );
    this.addSql(
      'create unique index `opening_release_lot_id_officer_unique` on `opening_release` (`lot_id`, `officer`)',
    );
    this.addSql(
      'create table `opening_fault` (`id` varchar(36) not null, `lot_id` varchar(36) not null, `bid_id` varchar(36) not null, `officer` varchar(64) not null, `code` varchar(40) not null, `at` datetime(3) not null, primary key (`id`))',
    );
    this.addSql('create index `opening_fault_lot_id_index` on `opening_fault` (`lot_id`)');
    this.addSql(
      'create table `opened_bid` (`bid_id` varchar(36) not null, `lot_id` varchar(36) not null, `no` int not null, `envelope_id` varchar(32) not null, `manifest_hash` varchar(64) not null, `state` varchar(8) not null, `price` bigint null, `offer` mediumtext null, `faults` mediumtext not null, `stage_key` varchar(64) null, `price_key` varchar(64) null, `entry_id` varchar(36) not null, `opened_at` datetime(3) not null, primary key (`bid_id`))',
    );
    this.addSql('create index `opened_bid_lot_id_index` on `opened_bid` (`lot_id`)');
    this.addSql(
      'create table `opening` (`lot_id` varchar(36) not null, `number` varchar(40) not null, `opened_at` datetime(3) not null, `record_hash` varchar(64) not null, `record` mediumtext not null, primary key (`lot_id`))',
    );
    this.addSql(
      'create table `opening_remark` (`id` varchar(36) not null, `lot_id` varchar(36) not null, `bid_id` varchar(36) not null, `kind` varchar(8) not null, `text` mediumtext not null, `at` datetime(3) not null, `entry_id` varchar(36) not null, `answer` mediumtext null, `answered_by` varchar(300) null, `answered_at` datetime(3) null, `version` int not null default 1, primary key (`id`))',
    );
    this.addSql('create index `opening_remark_lot_id_index` on `opening_remark` (`lot_id`)');
  }
}
