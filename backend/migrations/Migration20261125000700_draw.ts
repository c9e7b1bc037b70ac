import { Migration } from '@mikro-orm/migrations';

/** Draws and what parties contribute to them; evaluations that were reopened. */
export class Migration20261125000700_draw extends Migration {
  override name = 'Migration20261125000700_draw';

  override up(): void {
    this.addSql(
      'create table `draw` (`id` varchar(36) not null, `purpose` varchar(16) not null, `scope` varchar(64) not null, `title` varchar(300) not null, `law` varchar(100) not null, `state` varchar(12) not null, `proposer_id` varchar(36) null, `proposed_by` varchar(300) not null, `proposed_at` datetime(3) not null, `groups` mediumtext not null, `minutes` mediumtext not null, `names` mediumtext not null, `names_public` tinyint(1) not null, `joiners` mediumtext null, `repeats` varchar(36) null, `repeated_by` varchar(36) null, `join_until` datetime(3) null, `commit_until` datetime(3) null, `escrow_until` datetime(3) null, `reveal_until` datetime(3) null, `recover_until` datetime(3) null, `wake_at` datetime(3) null, `pool` mediumtext null, `pool_hash` varchar(64) null, `freeze` mediumtext null, `freeze_entry_id` varchar(36) null, `result` mediumtext null, `result_hash` varchar(64) null, `fault` mediumtext null, `steps` mediumtext not null, `version` int not null default 1, primary key (`id`))',
    );
    this.addSql('create index `draw_scope_index` on `draw` (`scope`)');
    this.addSql('create index `draw_wake_at_index` on `draw` (`wake_at`)');
    this.addSql('create index `draw_proposer_id_index` on `draw` (`proposer_id`)');
    this.addSql(
      'create table `draw_contribution` (`id` varchar(36) not null, `draw_id` varchar(36) not null, `party` varchar(64) not null, `side` varchar(16) not null, `name` varchar(200) not null, `seat_id` varchar(36) null, `cert_sha256` varchar(64) not null, `certificate` mediumtext not null, `commitment` varchar(64) null, `committed_at` datetime(3) null, `escrow` mediumtext null, `escrow_hash` varchar(64) null, `escrowed_at` datetime(3) null, `r` varchar(64) null, `source` varchar(8) null, `revealed_at` datetime(3) null, primary key (`id`))',
    );
    this.addSql('create index `draw_contribution_seat_id_index` on `draw_contribution` (`seat_id`)');
    this.addSql(
      'create unique index `draw_contribution_draw_id_party_unique` on `draw_contribution` (`draw_id`, `party`)',
    );
    this.addSql(
      'create table `draw_share` (`id` varchar(36) not null, `draw_id` varchar(36) not null, `party` varchar(64) not null, `holder` varchar(64) not null, `blob` mediumtext not null, `at` datetime(3) not null, primary key (`id`))',
    );
    this.addSql(
      'create unique index `draw_share_draw_id_party_holder_unique` on `draw_share` (`draw_id`, `party`, `holder`)',
    );
    this.addSql(
      'create table `draw_decline` (`id` varchar(36) not null, `draw_id` varchar(36) not null, `group_id` varchar(32) not null, `candidate` varchar(64) not null, `next` varchar(64) null, `reason` varchar(300) not null, `at` datetime(3) not null, primary key (`id`))',
    );
    this.addSql(
      'create unique index `draw_decline_draw_id_candidate_unique` on `draw_decline` (`draw_id`, `candidate`)',
    );

    this.addSql('alter table `panel` add `draw_id` varchar(36) null');
    this.addSql('alter table `panel` add `self_chosen` varchar(500) null');
    this.addSql('alter table `panel` add `defaults` mediumtext null');
    this.addSql('alter table `panel` add `round` int not null default 1');
    this.addSql(
      'create table `former_sheet` (`id` varchar(36) not null, `lot_id` varchar(36) not null, `round` int not null, `expert` varchar(32) not null, `seq` int not null, `commitment` varchar(64) not null, `salt` varchar(64) null, `sheet` mediumtext null, `signature` mediumtext not null, `entry_id` varchar(36) not null, `reason` varchar(400) not null, `at` datetime(3) not null, primary key (`id`))',
    );
    this.addSql('create index `former_sheet_lot_id_index` on `former_sheet` (`lot_id`)');
    this.addSql(
      'create table `former_evaluation` (`id` varchar(36) not null, `lot_id` varchar(36) not null, `round` int not null, `result` mediumtext not null, `result_hash` varchar(64) not null, `report_hash` varchar(64) not null, `ranked_at` datetime(3) not null, `leaf` varchar(64) not null, `ground` varchar(32) not null, `law` varchar(100) not null, `reason` varchar(500) not null, `by_name` varchar(300) not null, `reopened_at` datetime(3) not null, `reopen_entry_id` varchar(36) not null, `reopen_leaf` varchar(64) not null, primary key (`id`))',
    );
    this.addSql(
      'create unique index `former_evaluation_lot_id_round_unique` on `former_evaluation` (`lot_id`, `round`)',
    );
  }
}
