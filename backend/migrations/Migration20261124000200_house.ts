import { Migration } from '@mikro-orm/migrations';

/** Settings of the instance, and files that people uploaded. */
export class Migration20261124000200_house extends Migration {
  override name = 'Migration20261124000200_house';

  override up(): void {
    this.addSql(
      'create table `house_setting` (`name` varchar(64) not null, `value` varchar(255) not null, primary key (`name`))',
    );
    this.addSql(
      'create table `stored_file` (`id` varchar(36) not null, `owner_person_id` varchar(36) not null, `name` varchar(255) not null, `size` bigint not null, `sha256` varchar(64) not null, `content_type` varchar(120) not null, `stored_at` datetime(3) not null, primary key (`id`))',
    );
    this.addSql('create index `stored_file_sha256_index` on `stored_file` (`sha256`)');
  }
}
