import { Migration } from '@mikro-orm/migrations';

/** When the platform could not be reached, what witnesses signed about it, and what followed for a lot. */
export class Migration20261125001000_outages extends Migration {
  override name = 'Migration20261125001000_outages';

  override up(): void {
    this.addSql(
      'create table `downtime` (`id` varchar(36) not null, `from_at` datetime(3) not null, `to_at` datetime(3) not null, `cause` varchar(8) not null, primary key (`id`))',
    );
    this.addSql('create index `downtime_to_at_index` on `downtime` (`to_at`)');
    this.addSql(
      'create table `attestation` (`hash` varchar(64) not null, `witness` varchar(200) not null, `note` mediumtext not null, `from_at` datetime(3) not null, `to_at` datetime(3) not null, primary key (`hash`))',
    );
    this.addSql('create index `attestation_to_at_index` on `attestation` (`to_at`)');
    this.addSql(
      'create table `lot_outage` (`lot_id` varchar(36) not null, `tender_id` varchar(36) not null, `kind` varchar(9) not null, `from_at` datetime(3) not null, `to_at` datetime(3) not null, `minutes` int not null, `attested` tinyint(1) not null, `certificate` mediumtext not null, `hash` varchar(64) not null, `leaf` varchar(64) not null, `at` datetime(3) not null, primary key (`lot_id`))',
    );
    this.addSql('create index `lot_outage_tender_id_index` on `lot_outage` (`tender_id`)');
    this.addSql(
      'create table `redelivery` (`envelope_id` varchar(32) not null, `acknowledgements` mediumtext not null, primary key (`envelope_id`))',
    );
  }
}
