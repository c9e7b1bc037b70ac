import { raw, type EntityManager } from '@mikro-orm/core';
import { TenderSerial } from './tender.entity.ts';

/** The next number of a series. The row stays locked until commit, so numbers become visible in their order. */
export async function nextOf(tx: EntityManager, name: string): Promise<number> {
  const advance = () => tx.nativeUpdate(TenderSerial, { name }, { last: raw<number>('last + 1') });
  if ((await advance()) === 0) {
    await tx.upsert(TenderSerial, { name, last: 0 }, { onConflictAction: 'ignore' });
    await advance();
  }
  return (await tx.findOneOrFail(TenderSerial, { name }, { disableIdentityMap: true })).last;
}
