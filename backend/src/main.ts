import { configOf } from './platform/index.ts';
import { openHouse } from './open.ts';

const opened = await openHouse(configOf(process.env));
process.stdout.write(`Xinbiao answers at ${opened.url}\n`);

let closing = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    if (closing) process.exit(1);
    closing = true;
    opened.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
