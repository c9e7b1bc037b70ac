import { Migration } from '@mikro-orm/migrations';

/** The bidder's own encryption certificate, where its key is needed to open; and no part of an envelope in two tenders. */
export class Migration20261125000300_envelope extends Migration {
  override name = 'Migration20261125000300_envelope';

  override up(): void {
    this.addSql('alter table `envelope` add `gate_certificate` mediumtext null');
    this.addSql('create unique index `bid_identifier_digest_unique` on `bid_identifier` (`digest`)');
  }
}
