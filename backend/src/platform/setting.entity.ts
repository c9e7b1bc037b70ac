import { defineEntity, p } from '@mikro-orm/core';
import { id, instant, sha } from './columns.ts';

const HouseSettingSchema = defineEntity({
  name: 'HouseSetting',
  properties: { name: p.string().length(64).primary(), value: p.string().length(255) },
});
/** What an instance remembers about itself, its clock's offset for one. */
export class HouseSetting extends HouseSettingSchema.class {}
HouseSettingSchema.setClass(HouseSetting);

const StoredFileSchema = defineEntity({
  name: 'StoredFile',
  indexes: [{ properties: ['sha256'] }],
  properties: {
    id: id().primary(),
    ownerPersonId: id(),
    name: p.string().length(255),
    size: p.bigint('number').unsigned(false),
    sha256: sha(),
    contentType: p.string().length(120),
    storedAt: instant(),
  },
});
/** A finished upload: who sent it, under which name, and which bytes. */
export class StoredFile extends StoredFileSchema.class {}
StoredFileSchema.setClass(StoredFile);

export const platformEntities = [HouseSetting, StoredFile];
