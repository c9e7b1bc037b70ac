import { openLedgerHouse } from './ledger.house.ts';
import { record } from './record.ts';

/** Records and integrates without end, saying which entries were promised, until somebody kills it. */
const [folder = '', exclusive] = process.argv.slice(2);
const { fork, ledger } = await openLedgerHouse(folder, { cadence: 1, exclusive: exclusive === 'exclusive' });
ledger.sequencer.run();
process.stdout.write('ready\n');
for (let at = 0; ; at += 1) {
  const entries = await fork().transactional(async (tx) => {
    const one = await record(tx, {
      scope: `lot-${at % 3}`,
      type: 'bid.receipt',
      visibility: 'commit',
      body: { at },
      at: new Date(),
    });
    const other = await record(tx, {
      scope: 'house',
      type: 'tender.publish',
      visibility: 'public',
      body: { at },
      at: new Date(),
    });
    return [one, other];
  });
  for (const { entryId } of entries) {
    await ledger.sequencer.integrated(entryId);
    process.stdout.write(`${entryId}\n`);
  }
}
