/**
 * Publication: what everybody may read, gathered from all stages. It decides nothing and stores nothing; before a
 * lot closes it must not know whether anybody has bid.
 */
export * from './publication.endpoints.ts';
export * from './publication.refusals.ts';
export * from './publication.schema.ts';
