import { Migration } from '@mikro-orm/migrations';

/** Tenders, their lots, who took documents, and the words under which tenders are found. */
export class Migration20261124000500_tendering extends Migration {
  override name = 'Migration20261124000500_tendering';

  override up(): void {
    this.addSql(
      'create table `tender` (`id` varchar(36) not null, `rid` bigint null, `code` varchar(64) not null, `state` varchar(16) not null, `lot_state` varchar(16) null, `lot_states` mediumtext not null, `rulebook` varchar(8) not null, `version` int not null, `purchaser_id` varchar(36) not null, `purchaser_name` varchar(200) not null, `agency_id` varchar(36) null, `agency_name` varchar(200) null, `composer_seat_id` varchar(36) not null, `composer_person_id` varchar(36) not null, `composer_name` varchar(200) not null, `submitter_person_id` varchar(36) null, `checker_seat_id` varchar(36) null, `checker_person_id` varchar(36) null, `checker_name` varchar(200) null, `check_entry` varchar(36) null, `check_hash` varchar(64) null, `publisher_seat_id` varchar(36) null, `publisher_name` varchar(200) null, `return_reason` varchar(1000) null, `title` varchar(200) not null, `category` varchar(16) not null, `region_code` varchar(6) not null, `budget` bigint not null, `content` mediumtext not null, `lot_names` mediumtext not null, `keyring` mediumtext null, `keyring_hash` varchar(64) null, `deadline` datetime(3) null, `published_at` datetime(3) null, `notice_leaf` varchar(64) null, `notice_hash` varchar(64) null, `created_at` datetime(3) not null, `saved_at` datetime(3) not null, primary key (`id`))',
    );
    this.addSql('create unique index `tender_rid_unique` on `tender` (`rid`)');
    this.addSql('create unique index `tender_code_unique` on `tender` (`code`)');
    this.addSql('create index `tender_purchaser_id_saved_at_index` on `tender` (`purchaser_id`, `saved_at`)');
    this.addSql('create index `tender_agency_id_saved_at_index` on `tender` (`agency_id`, `saved_at`)');
    this.addSql('create index `tender_lot_state_deadline_index` on `tender` (`lot_state`, `deadline`)');
    this.addSql('create index `tender_lot_state_rid_index` on `tender` (`lot_state`, `rid`)');
    this.addSql('create index `tender_deadline_rid_index` on `tender` (`deadline`, `rid`)');
    this.addSql('create index `tender_budget_index` on `tender` (`budget`)');

    this.addSql(
      'create table `lot` (`id` varchar(36) not null, `tender_id` varchar(36) not null, `no` int not null, `state` varchar(16) not null, `title` varchar(200) not null, `budget` bigint not null, `ceiling` bigint null, `deadline` datetime(3) not null, `wake_at` datetime(3) null, `failure` varchar(16) null, `steps` mediumtext not null, primary key (`id`))',
    );
    this.addSql('create unique index `lot_tender_id_no_unique` on `lot` (`tender_id`, `no`)');
    this.addSql('create index `lot_wake_at_index` on `lot` (`wake_at`)');
    this.addSql('create index `lot_deadline_index` on `lot` (`deadline`)');

    this.addSql(
      'create table `document_taking` (`id` varchar(36) not null, `tender_id` varchar(36) not null, `organisation_id` varchar(36) not null, `seat_id` varchar(36) not null, `contact` varchar(200) not null, `taken_at` datetime(3) not null, primary key (`id`))',
    );
    this.addSql(
      'create unique index `document_taking_tender_id_organisation_id_unique` on `document_taking` (`tender_id`, `organisation_id`)',
    );

    this.addSql(
      'create table `tender_term` (`term` varchar(64) not null, `rid` bigint not null, primary key (`term`, `rid`))',
    );
    this.addSql(
      'create table `tender_serial` (`name` varchar(32) not null, `last` bigint not null, primary key (`name`))',
    );
    // There from the start: on MariaDB two first numbers at the same moment would deadlock.
    this.addSql("insert into `tender_serial` (`name`, `last`) values ('rid', 0)");
  }
}
