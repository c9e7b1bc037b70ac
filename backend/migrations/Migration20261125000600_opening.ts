import { Migration } from '@mikro-orm/migrations';

/** The course of an opening: windows, announced batches, omissions, recoveries, bidders' own keys, disputes, evidence. */
export class Migration20261125000600_opening extends Migration {
  override name = 'Migration20261125000600_opening';

  override up(): void {
    this.addSql(
      'create table `opening_course` (`lot_id` varchar(36) not null, `round` int not null, `objection_until` datetime(3) not null, `release_until` datetime(3) not null, `defaulted_at` datetime(3) null, `recovery_until` datetime(3) null, `gate_until` datetime(3) null, `absent` mediumtext not null, `version` int not null default 1, primary key (`lot_id`))',
    );
    this.addSql(
      'create table `opening_announcement` (`id` varchar(36) not null, `lot_id` varchar(36) not null, `officer` varchar(64) not null, `attempt` int not null, `batch` varchar(64) not null, `state` varchar(8) not null, `at` datetime(3) not null, `entry_id` varchar(36) not null, `leaf` varchar(64) not null, primary key (`id`))',
    );
    this.addSql(
      'create unique index `opening_announcement_lot_id_officer_attempt_unique` on `opening_announcement` (`lot_id`, `officer`, `attempt`)',
    );
    this.addSql(
      'create table `opening_omission` (`id` varchar(36) not null, `lot_id` varchar(36) not null, `organisation_id` varchar(36) not null, `bidder` varchar(200) not null, `manifest_hash` varchar(64) not null, `leaf` varchar(64) not null, `at` datetime(3) not null, `entry_id` varchar(36) not null, `finding` mediumtext null, `decided_by` varchar(300) null, `decided_at` datetime(3) null, `decision_entry_id` varchar(36) null, `version` int not null default 1, primary key (`id`))',
    );
    this.addSql('create unique index `opening_omission_lot_id_leaf_unique` on `opening_omission` (`lot_id`, `leaf`)');
    for (const [table, secret] of [
      ['opening_recovery', 'keys'],
      ['opening_gate', 'gates'],
    ]) {
      this.addSql(
        `create table \`${table}\` (\`bid_id\` varchar(36) not null, \`lot_id\` varchar(36) not null, \`at\` datetime(3) not null, \`act\` mediumtext not null, \`signature\` mediumtext not null, \`certificate\` varchar(64) not null, \`entry_id\` varchar(36) not null, \`${secret}\` mediumtext not null, primary key (\`bid_id\`))`,
      );
      this.addSql(`create index \`${table}_lot_id_index\` on \`${table}\` (\`lot_id\`)`);
    }
    this.addSql(
      'create table `opening_dispute` (`id` varchar(36) not null, `lot_id` varchar(36) not null, `bid_id` varchar(36) not null, `manifest_hash` varchar(64) not null, `stage` varchar(32) not null, `officer` varchar(64) not null, `officer_group` varchar(32) not null, `opened_at` datetime(3) not null, `until` datetime(3) not null, `entry_id` varchar(36) not null, `ephemeral` varchar(64) null, `verdict` varchar(16) null, `share` varchar(24) null, `decided_at` datetime(3) null, `version` int not null default 1, primary key (`id`))',
    );
    this.addSql(
      'create unique index `opening_dispute_lot_id_manifest_hash_stage_officer_unique` on `opening_dispute` (`lot_id`, `manifest_hash`, `stage`, `officer`)',
    );
    this.addSql('create index `opening_dispute_verdict_until_index` on `opening_dispute` (`verdict`, `until`)');
    this.addSql(
      'create table `opening_evidence` (`id` varchar(36) not null, `lot_id` varchar(36) not null, `bid_id` varchar(36) not null, `hash` varchar(64) not null, `code` varchar(40) not null, `party` varchar(8) not null, `readers` varchar(8) not null, `evidence` mediumtext not null, primary key (`id`))',
    );
    this.addSql('create index `opening_evidence_bid_id_index` on `opening_evidence` (`bid_id`)');
  }
}
