import { Migration } from '@mikro-orm/migrations';

/** A draw has a suite: those held so far are of the general one. */
export class Migration20261125001200_draw_suite extends Migration {
  override name = 'Migration20261125001200_draw_suite';

  override up(): void {
    this.addSql("alter table `draw` add `suite` varchar(8) not null default 'XB1'");
  }
}
