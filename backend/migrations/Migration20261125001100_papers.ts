import { Migration } from '@mikro-orm/migrations';

/** Papers are issued once and given out again byte for byte. */
export class Migration20261125001100_papers extends Migration {
  override name = 'Migration20261125001100_papers';

  override up(): void {
    this.addSql(
      'create table `issued_paper` (`content` varchar(64) not null, `number` varchar(200) not null, `sha256` varchar(64) not null, `at` datetime(3) not null, primary key (`content`))',
    );
  }
}
