/** House: what every instance offers whatever it is used for: its clock, its health, uploads. */
export * from './house.endpoints.ts';
export * from './house.refusals.ts';
