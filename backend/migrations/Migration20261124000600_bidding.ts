import { Migration } from '@mikro-orm/migrations';

/** Sealed bids: what was handed in, its pieces, and what closed the lot. */
export class Migration20261124000600_bidding extends Migration {
  override name = 'Migration20261124000600_bidding';

  override up(): void {
    this.addSql(
      'create table `bid` (`id` varchar(36) not null, `tender_id` varchar(36) not null, `lot_id` varchar(36) not null, `organisation_id` varchar(36) not null, `organisation_name` varchar(200) not null, `uscc` varchar(18) not null, `head_id` varchar(32) null, `seq` int not null, `standing` varchar(10) not null, `no` int null, `created_at` datetime(3) not null, `version` int not null default 1, primary key (`id`))',
    );
    this.addSql('create unique index `bid_lot_id_organisation_id_unique` on `bid` (`lot_id`, `organisation_id`)');
    this.addSql('create index `bid_organisation_id_index` on `bid` (`organisation_id`)');
    this.addSql(
      'create table `envelope` (`id` varchar(32) not null, `bid_id` varchar(36) not null, `tender_id` varchar(36) not null, `lot_id` varchar(36) not null, `seat_id` varchar(36) not null, `seq` int not null, `ctx` mediumtext not null, `certificate` mediumtext not null, `piece_length` int not null, `state` varchar(12) not null, `opened_at` datetime(3) not null, `manifest_hash` varchar(64) null, `manifest` mediumtext null, `signature` mediumtext null, `timestamps` mediumtext null, `bytes` bigint not null, `entry_id` varchar(36) null, `received_at` datetime(3) null, `withdraw_act` mediumtext null, `withdraw_signature` mediumtext null, `withdraw_entry_id` varchar(36) null, `withdrawn_at` datetime(3) null, `cleared_at` datetime(3) null, primary key (`id`))',
    );
    this.addSql('create index `envelope_bid_id_index` on `envelope` (`bid_id`)');
    this.addSql('create index `envelope_lot_id_state_index` on `envelope` (`lot_id`, `state`)');
    this.addSql('create index `envelope_state_cleared_at_index` on `envelope` (`state`, `cleared_at`)');
    this.addSql(
      'create table `envelope_piece` (`envelope_id` varchar(32) not null, `sha256` varchar(64) not null, `size` int not null, `stored_at` datetime(3) null, primary key (`envelope_id`, `sha256`))',
    );
    this.addSql('create index `envelope_piece_sha256_index` on `envelope_piece` (`sha256`)');
    this.addSql(
      'create table `bid_identifier` (`tender_id` varchar(36) not null, `digest` varchar(64) not null, `kind` varchar(16) not null, `envelope_id` varchar(32) not null, primary key (`tender_id`, `digest`))',
    );
    this.addSql(
      'create table `lot_close` (`lot_id` varchar(36) not null, `tender_id` varchar(36) not null, `hash` varchar(64) not null, `document` mediumtext not null, `leaf` varchar(64) not null, `entry_id` varchar(36) not null, `count` int not null, `closed_at` datetime(3) not null, primary key (`lot_id`))',
    );
  }
}
