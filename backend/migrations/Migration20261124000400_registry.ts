import { Migration } from '@mikro-orm/migrations';

/** Versions, requests and decisions about parties; experts; companies' libraries; records of dishonesty and their checks. */
export class Migration20261124000400_registry extends Migration {
  override name = 'Migration20261124000400_registry';

  override up(): void {
    this.addSql(
      'create table `organisation_version` (`id` varchar(36) not null, `organisation_id` varchar(36) not null, `version` int not null, `name` varchar(100) not null, `profile` mediumtext not null, `by` varchar(40) not null, `at` datetime(3) not null, primary key (`id`))',
    );
    this.addSql(
      'create unique index `organisation_version_organisation_id_version_unique` on `organisation_version` (`organisation_id`, `version`)',
    );
    this.addSql(
      'create table `change_request` (`id` varchar(36) not null, `organisation_id` varchar(36) not null, `seat_id` varchar(36) not null, `kind` varchar(16) null, `name` varchar(100) null, `reason` varchar(500) not null, `state` varchar(16) not null, `decision` varchar(500) null, `at` datetime(3) not null, primary key (`id`))',
    );
    this.addSql('create index `change_request_organisation_id_index` on `change_request` (`organisation_id`)');
    this.addSql('create index `change_request_state_at_index` on `change_request` (`state`, `at`)');
    this.addSql(
      'create table `standing` (`id` varchar(36) not null, `subject_id` varchar(36) not null, `move` varchar(16) not null, `by_person_id` varchar(36) not null, `by` varchar(40) not null, `reason` varchar(500) not null, `at` datetime(3) not null, primary key (`id`))',
    );
    this.addSql('create index `standing_subject_id_index` on `standing` (`subject_id`)');
    this.addSql(
      'create table `expert` (`id` varchar(36) not null, `person_id` varchar(36) not null, `seat_id` varchar(36) not null, `name` varchar(40) not null, `state` varchar(16) not null, `region_code` varchar(6) not null, `specialties` varchar(120) not null, `profile` mediumtext not null, `unavailable` mediumtext not null, `version` int not null, `reason` varchar(500) null, `applied_at` datetime(3) not null, primary key (`id`))',
    );
    this.addSql('create unique index `expert_person_id_unique` on `expert` (`person_id`)');
    this.addSql('create unique index `expert_seat_id_unique` on `expert` (`seat_id`)');
    this.addSql('create index `expert_state_index` on `expert` (`state`)');
    this.addSql(
      'create table `expert_version` (`id` varchar(36) not null, `expert_id` varchar(36) not null, `version` int not null, `profile` mediumtext not null, `at` datetime(3) not null, primary key (`id`))',
    );
    this.addSql(
      'create unique index `expert_version_expert_id_version_unique` on `expert_version` (`expert_id`, `version`)',
    );
    this.addSql(
      'create table `library_item` (`id` varchar(36) not null, `organisation_id` varchar(36) not null, `kind` varchar(16) not null, `content` mediumtext not null, `files` mediumtext not null, `changed_by` varchar(40) not null, `changed_at` datetime(3) not null, `version` int not null, primary key (`id`))',
    );
    this.addSql('create index `library_item_organisation_id_kind_index` on `library_item` (`organisation_id`, `kind`)');
    this.addSql(
      'create table `blacklist_entry` (`id` varchar(36) not null, `name` varchar(100) not null, `sought` varchar(255) not null, `uscc` varchar(18) not null, `decision_number` varchar(100) not null, `authority` varchar(100) not null, `legal_basis` varchar(300) not null, `reason` mediumtext not null, `decided_on` varchar(10) not null, `forbids` varchar(80) not null, `region_code` varchar(6) null, `from_day` varchar(10) not null, `until_day` varchar(10) not null, `published_until` varchar(10) not null, `state` varchar(16) not null, `evidence` mediumtext null, `added_by` varchar(36) not null, `added_at` datetime(3) not null, `ended_at` datetime(3) null, `end_reason` varchar(500) null, `end_decision_number` varchar(100) null, primary key (`id`))',
    );
    this.addSql(
      'create unique index `blacklist_entry_uscc_decision_number_unique` on `blacklist_entry` (`uscc`, `decision_number`)',
    );
    this.addSql(
      'create index `blacklist_entry_state_published_until_index` on `blacklist_entry` (`state`, `published_until`)',
    );
    this.addSql(
      'create table `blacklist_check` (`id` varchar(36) not null, `uscc` varchar(18) not null, `act` varchar(16) not null, `region_code` varchar(6) null, `judged_at` datetime(3) not null, `refused_by` varchar(36) null, `flagged_by` mediumtext not null, `visible_from` datetime(3) null, `at` datetime(3) not null, primary key (`id`))',
    );
    this.addSql('create index `blacklist_check_uscc_index` on `blacklist_check` (`uscc`)');
    this.addSql('create index `blacklist_check_visible_from_id_index` on `blacklist_check` (`visible_from`, `id`)');
  }
}
