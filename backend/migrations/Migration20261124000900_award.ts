import { Migration } from '@mikro-orm/migrations';

/** The table of decisions. */
export class Migration20261124000900_award extends Migration {
  override name = 'Migration20261124000900_award';

  override up(): void {
    this.addSql(
      'create table `award` (`lot_id` varchar(36) not null, `id` varchar(36) not null, `tender_id` varchar(36) not null, `bid_id` varchar(36) not null, `organisation_id` varchar(36) not null, `winner_name` varchar(200) not null, `winner_uscc` varchar(18) not null, `winner_address` varchar(300) null, `price` bigint not null, `total` int not null, `reason` varchar(500) not null, `by_name` varchar(300) not null, `at` datetime(3) not null, `entry_id` varchar(36) not null, `leaf` varchar(64) not null, `letter_hash` varchar(64) not null, `notice_hash` varchar(64) not null, primary key (`lot_id`))',
    );
    this.addSql('create index `award_organisation_id_index` on `award` (`organisation_id`)');
  }
}
