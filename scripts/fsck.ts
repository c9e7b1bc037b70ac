import { migrations } from '../backend/migrations/index.ts';
import { examineLog } from '../backend/src/ledger/index.ts';
import { configOf, openDatabase } from '../backend/src/platform/index.ts';
import { entities } from '../backend/src/stages.ts';

/*
 * `npm run fsck`: compares every row of the ledger, every file of the public log and the last checkpoint with one
 * another. On the embedded database the server must be stopped; nothing is changed. Ends with 0 where all fits, 2
 * where something does not.
 */

const config = configOf(process.env);
const database = await openDatabase({ folder: config.folder, url: config.databaseUrl, entities, migrations });
try {
  const { size, faults } = await examineLog(config, database.orm.em.fork());
  for (const fault of faults) process.stdout.write(`✗ ${fault}\n`);
  process.stdout.write(
    faults.length === 0
      ? `✓ ${size} 条记录、它们的文件和最后的检查点都相符。 ${size} entries, their files and the last checkpoint all fit.\n`
      : `${faults.length} 处不符。 ${faults.length} things do not fit.\n`,
  );
  process.exitCode = faults.length === 0 ? 0 : 2;
} finally {
  await database.close();
}
