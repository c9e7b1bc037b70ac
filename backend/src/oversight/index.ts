/**
 * Oversight: lights and desks, computed from what all earlier stages recorded. It decides nothing; what supervision
 * looks at is itself written down.
 */
export { routes as oversightRoutes } from './oversight.routes.ts';
export { OversightRead, oversightEntities } from './oversight.entity.ts';
