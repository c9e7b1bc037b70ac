/** Platform: carpentry without a word of procurement in it. Stages import from here. */
export { cipherOf } from './cipher.ts';
export * from './clock.ts';
export * as columns from './columns.ts';
export * from './config.ts';
export * from './house.ts';
export * from './http.ts';
export * from './orm.ts';
export * from './refused.ts';
export { HouseSetting, platformEntities, StoredFile } from './setting.entity.ts';
export * from './storage.ts';
export { isFileName, newId } from './uploads.ts';
export { Router } from '@koa/router';
