/** House: what every instance offers whatever it is used for: whose it is, its clock, uploads, demonstration accounts. */
export * from './house.endpoints.ts';
export * from './release.schema.ts';
export * from './house.refusals.ts';
