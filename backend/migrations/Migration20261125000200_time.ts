import { Migration } from '@mikro-orm/migrations';

/** Comparisons of the clock with those of timestamp authorities. */
export class Migration20261125000200_time extends Migration {
  override name = 'Migration20261125000200_time';

  override up(): void {
    this.addSql(
      'create table `clock_reading` (`id` varchar(36) not null, `authority` varchar(100) not null, `at` datetime(3) not null, `outcome` varchar(10) not null, `lowest` bigint null, `highest` bigint null, primary key (`id`))',
    );
    this.addSql('create index `clock_reading_at_index` on `clock_reading` (`at`)');
  }
}
