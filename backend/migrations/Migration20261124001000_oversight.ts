import { Migration } from '@mikro-orm/migrations';

/** Who of supervision looked at what. */
export class Migration20261124001000_oversight extends Migration {
  override name = 'Migration20261124001000_oversight';

  override up(): void {
    this.addSql(
      'create table `oversight_read` (`id` varchar(36) not null, `lot_id` varchar(36) not null, `seat_id` varchar(36) not null, `name` varchar(300) not null, `what` varchar(64) not null, `at` datetime(3) not null, primary key (`id`))',
    );
    this.addSql('create index `oversight_read_lot_id_at_index` on `oversight_read` (`lot_id`, `at`)');
  }
}
