import { Migration } from '@mikro-orm/migrations';

/** Officers before bids close: proofs of possession, versions of notices, replacements, and the trial of shares. */
export class Migration20261125000500_officers extends Migration {
  override name = 'Migration20261125000500_officers';

  override up(): void {
    this.addSql(
      'create table `officer_test` (`seat_id` varchar(36) not null, `cert_sha256` varchar(64) not null, `seed` varchar(64) not null, `made_at` datetime(3) not null, primary key (`seat_id`))',
    );
    this.addSql(
      'create table `officer_proof` (`id` varchar(36) not null, `seat_id` varchar(36) not null, `cert_sha256` varchar(64) not null, `seed` varchar(64) not null, `at` datetime(3) not null, `act` mediumtext not null, `signature` mediumtext not null, `certificate` varchar(64) not null, `entry_id` varchar(36) not null, `leaf` varchar(64) not null, primary key (`id`))',
    );
    this.addSql('create index `officer_proof_cert_sha256_at_index` on `officer_proof` (`cert_sha256`, `at`)');
    this.addSql(
      'create table `officer_appointment` (`tender_id` varchar(36) not null, `seat_id` varchar(36) not null, `officer_group` varchar(16) not null, `accepted_at` datetime(3) null, primary key (`tender_id`, `seat_id`))',
    );
    this.addSql('create index `officer_appointment_seat_id_index` on `officer_appointment` (`seat_id`)');
    this.addSql(
      'create table `tender_notice` (`tender_id` varchar(36) not null, `no` int not null, `kind` varchar(8) not null, `at` datetime(3) not null, `leaf` varchar(64) not null, `act` varchar(64) not null, `keyring_hash` varchar(64) not null, `keyring` mediumtext not null, `gone` mediumtext not null, primary key (`tender_id`, `no`))',
    );
    // What was published before notices had versions.
    this.addSql(
      "insert into `tender_notice` (`tender_id`, `no`, `kind`, `at`, `leaf`, `act`, `keyring_hash`, `keyring`, `gone`) select `id`, 1, 'publish', `published_at`, `notice_leaf`, `notice_hash`, `keyring_hash`, `keyring`, '[]' from `tender` where `published_at` is not null",
    );
    this.addSql(
      'create table `officer_change` (`tender_id` varchar(36) not null, `change` mediumtext not null, `proposer_person_id` varchar(36) not null, `proposer_name` varchar(200) not null, `at` datetime(3) not null, `act_hash` varchar(64) not null, `entry_id` varchar(36) not null, primary key (`tender_id`))',
    );
    this.addSql(
      'create table `precheck_batch` (`id` varchar(36) not null, `tender_id` varchar(36) not null, `lot_id` varchar(36) not null, `no` int not null, `keyring_hash` varchar(64) not null, `made_at` datetime(3) not null, `envelopes` mediumtext not null, primary key (`id`))',
    );
    this.addSql('create unique index `precheck_batch_lot_id_no_unique` on `precheck_batch` (`lot_id`, `no`)');
    this.addSql(
      'create table `precheck_answer` (`id` varchar(36) not null, `batch_id` varchar(36) not null, `lot_id` varchar(36) not null, `officer` varchar(64) not null, `seat_id` varchar(36) not null, `at` datetime(3) not null, `answers` mediumtext not null, `act` mediumtext not null, `signature` mediumtext not null, `certificate` varchar(64) not null, `entries` mediumtext not null, primary key (`id`))',
    );
    this.addSql(
      'create unique index `precheck_answer_batch_id_officer_unique` on `precheck_answer` (`batch_id`, `officer`)',
    );
    this.addSql('create index `precheck_answer_lot_id_index` on `precheck_answer` (`lot_id`)');
    this.addSql('alter table `lot` add column `precheck_at` datetime(3) null');
    this.addSql('create index `lot_precheck_at_index` on `lot` (`precheck_at`)');
    this.addSql('alter table `envelope` add column `unreadable_at` datetime(3) null');
  }
}
