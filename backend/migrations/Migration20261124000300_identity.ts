import { Migration } from '@mikro-orm/migrations';

/** People, organisations, their seats and sessions, and the certificates pinned for them. */
export class Migration20261124000300_identity extends Migration {
  override name = 'Migration20261124000300_identity';

  override up(): void {
    this.addSql(
      'create table `person` (`id` varchar(36) not null, `login` varchar(64) not null, `name` varchar(40) not null, `password_hash` varchar(255) not null, `password_expired` tinyint(1) not null, `created_at` datetime(3) not null, primary key (`id`))',
    );
    this.addSql('create unique index `person_login_unique` on `person` (`login`)');
    this.addSql(
      'create table `organisation` (`id` varchar(36) not null, `uscc` varchar(18) not null, `held_uscc` varchar(18) null, `name` varchar(100) not null, `sought` varchar(120) not null, `kinds` varchar(120) not null, `region_code` varchar(6) not null, `state` varchar(16) not null, `profile` mediumtext not null, `version` int not null, `declared_at` datetime(3) null, `created_at` datetime(3) not null, primary key (`id`))',
    );
    this.addSql('create unique index `organisation_held_uscc_unique` on `organisation` (`held_uscc`)');
    this.addSql('create index `organisation_uscc_index` on `organisation` (`uscc`)');
    this.addSql('create index `organisation_state_index` on `organisation` (`state`)');
    this.addSql(
      'create table `seat` (`id` varchar(36) not null, `person_id` varchar(36) not null, `organisation_id` varchar(36) null, `place` varchar(36) not null, `roles` varchar(160) not null, `state` varchar(16) not null, `created_at` datetime(3) not null, primary key (`id`))',
    );
    this.addSql('create index `seat_organisation_id_index` on `seat` (`organisation_id`)');
    this.addSql('create unique index `seat_person_id_place_unique` on `seat` (`person_id`, `place`)');
    this.addSql(
      'create table `session` (`id` varchar(36) not null, `token_hash` varchar(64) not null, `person_id` varchar(36) not null, `seat_id` varchar(36) not null, `started_at` datetime(3) not null, `seen_at` datetime(3) not null, `address` varchar(64) not null, `device` varchar(120) not null, primary key (`id`))',
    );
    this.addSql('create unique index `session_token_hash_unique` on `session` (`token_hash`)');
    this.addSql('create index `session_person_id_index` on `session` (`person_id`)');
    this.addSql('create index `session_seat_id_index` on `session` (`seat_id`)');
    this.addSql(
      'create table `sign_in_attempt` (`id` varchar(36) not null, `name` varchar(8) not null, `address` varchar(64) not null, `at` datetime(3) not null, primary key (`id`))',
    );
    this.addSql('create index `sign_in_attempt_name_at_index` on `sign_in_attempt` (`name`, `at`)');
    this.addSql('create index `sign_in_attempt_address_at_index` on `sign_in_attempt` (`address`, `at`)');
    this.addSql(
      'create table `certificate` (`id` varchar(36) not null, `pair_id` varchar(36) not null, `seat_id` varchar(36) not null, `person_id` varchar(36) not null, `organisation_id` varchar(36) null, `kind` varchar(16) not null, `fingerprint` varchar(64) not null, `der` mediumtext not null, `serial` varchar(40) not null, `not_before` datetime(3) not null, `not_after` datetime(3) not null, `state` varchar(16) not null, `demonstration` tinyint(1) not null, `chain` mediumtext not null, `proof` mediumtext null, `pinned_at` datetime(3) not null, `revoked_at` datetime(3) null, `revoke_reason` varchar(32) null, primary key (`id`))',
    );
    this.addSql('create index `certificate_seat_id_index` on `certificate` (`seat_id`)');
    this.addSql('create index `certificate_pair_id_index` on `certificate` (`pair_id`)');
    this.addSql('create index `certificate_organisation_id_index` on `certificate` (`organisation_id`)');
    this.addSql('create unique index `certificate_fingerprint_unique` on `certificate` (`fingerprint`)');
  }
}
