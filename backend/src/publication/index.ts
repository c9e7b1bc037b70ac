/**
 * Publication: what everybody may read, gathered from all stages. It writes nothing, and before a lot closes it
 * must not even ask whether anybody has bid.
 */
export { routes as publicationRoutes } from './publication.routes.ts';
