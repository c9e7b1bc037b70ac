import { Migration } from '@mikro-orm/migrations';

/** The bidder's own encryption certificate, where its key is needed to open the envelope. */
export class Migration20261125000300_envelope extends Migration {
  override name = 'Migration20261125000300_envelope';

  override up(): void {
    this.addSql('alter table `envelope` add `gate_certificate` mediumtext null');
  }
}
