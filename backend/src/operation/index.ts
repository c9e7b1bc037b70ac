/** Operation: the instance's own matters — its clock, its health, its uploads. Decides nothing about any tender. */
export { routes, turnClock } from './operation.routes.ts';
export { PublishedRelease, recordRelease } from './release.ts';
