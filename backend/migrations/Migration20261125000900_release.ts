import { Migration } from '@mikro-orm/migrations';

/** What browsers were given to run, release by release. */
export class Migration20261125000900_release extends Migration {
  override name = 'Migration20261125000900_release';

  override up(): void {
    this.addSql(
      'create table `client_release` (`sha256` varchar(64) not null, `version` varchar(64) not null, `document` mediumtext not null, `at` datetime(3) not null, primary key (`sha256`))',
    );
  }
}
