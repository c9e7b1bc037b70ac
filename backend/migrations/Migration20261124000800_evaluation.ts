import { Migration } from '@mikro-orm/migrations';

/** The tables of qualification, panels and sealed scoring. */
export class Migration20261124000800_evaluation extends Migration {
  override name = 'Migration20261124000800_evaluation';

  override up(): void {
    this.addSql(
      'create table `qualification_check` (`lot_id` varchar(36) not null, `at` datetime(3) not null, `by_name` varchar(300) not null, `bids` mediumtext not null, `entry_id` varchar(36) not null, `leaf` varchar(64) not null, primary key (`lot_id`))',
    );
    this.addSql(
      'create table `panel` (`lot_id` varchar(36) not null, `tender_id` varchar(36) not null, `appointed_at` datetime(3) not null, `by_name` varchar(300) not null, `entry_id` varchar(36) not null, `leaf` varchar(64) not null, `drawn` mediumtext null, `convened_at` datetime(3) null, `sheets_until` datetime(3) null, `all_in_at` datetime(3) null, `reveal_until` datetime(3) null, `entries` mediumtext not null, `version` int not null default 1, primary key (`lot_id`))',
    );
    this.addSql(
      'create table `panel_member` (`id` varchar(36) not null, `lot_id` varchar(36) not null, `tender_id` varchar(36) not null, `expert` varchar(32) not null, `seat_id` varchar(36) not null, `person_id` varchar(36) not null, `name` varchar(100) not null, `kind` varchar(12) not null, `state` varchar(12) not null, `reason` varchar(400) null, `replaces` varchar(36) null, `invited_at` datetime(3) not null, `answered_at` datetime(3) null, `accept_entry_id` varchar(36) null, `report_entry_id` varchar(36) null, `report_signed_at` datetime(3) null, `version` int not null default 1, primary key (`id`))',
    );
    this.addSql('create unique index `panel_member_lot_id_expert_unique` on `panel_member` (`lot_id`, `expert`)');
    this.addSql('create index `panel_member_seat_id_index` on `panel_member` (`seat_id`)');
    this.addSql(
      'create table `score_sheet` (`member_id` varchar(36) not null, `lot_id` varchar(36) not null, `expert` varchar(32) not null, `seq` int not null, `ctx` mediumtext not null, `commitment` varchar(64) not null, `escrow_hash` varchar(64) not null, `escrow` mediumtext not null, `signature` mediumtext not null, `entry_id` varchar(36) not null, `committed_at` datetime(3) not null, `salt` varchar(64) null, `sheet` mediumtext null, `source` varchar(8) null, `revealed_at` datetime(3) null, primary key (`member_id`))',
    );
    this.addSql('create index `score_sheet_lot_id_index` on `score_sheet` (`lot_id`)');
    this.addSql(
      'create table `escrow_release` (`id` varchar(36) not null, `lot_id` varchar(36) not null, `expert` varchar(32) not null, `officer` varchar(64) not null, `blob` mediumtext not null, `at` datetime(3) not null, primary key (`id`))',
    );
    this.addSql(
      'create unique index `escrow_release_lot_id_expert_officer_unique` on `escrow_release` (`lot_id`, `expert`, `officer`)',
    );
    this.addSql(
      'create table `evaluation` (`lot_id` varchar(36) not null, `tender_id` varchar(36) not null, `result` mediumtext not null, `result_hash` varchar(64) not null, `report_hash` varchar(64) not null, `ranked_at` datetime(3) not null, `entry_id` varchar(36) not null, `leaf` varchar(64) not null, primary key (`lot_id`))',
    );
  }
}
