import { createMemoryHistory, createRouter, createWebHistory, type Router } from 'vue-router';
import { stageRoutes } from './stage.ts';
import { useSession } from './session.store.ts';

/** The router over all stages' routes. A page for certain roles sends others to sign in and back again. */
export function makeRouter(): Router {
  const router = createRouter({
    history: import.meta.env.SSR ? createMemoryHistory() : createWebHistory(),
    routes: [
      ...stageRoutes,
      { path: '/:path(.*)*', name: 'app.unknown', component: () => import('./UnknownPage.vue') },
    ],
    scrollBehavior: (to, from, saved) =>
      saved ?? (to.hash === '' ? (to.path === from.path ? false : { top: 0 }) : { el: to.hash, top: 80 }),
  });
  router.beforeEach((to) => {
    const access = to.matched.map((record) => record.meta.access).findLast((roles) => roles !== undefined);
    if (access === undefined || import.meta.env.SSR) return true;
    const session = useSession();
    if (session.known && session.me === null) return { path: '/sign-in', query: { next: to.fullPath } };
    if (session.me !== null && access.length > 0 && !access.some((role) => session.roles.includes(role)))
      return { name: 'app.forbidden', params: {}, query: { from: to.path } };
    return true;
  });
  if (import.meta.env.MODE === 'gallery')
    router.addRoute({ path: '/kit', component: () => import('./gallery/GalleryPage.vue') });
  router.addRoute({ path: '/not-yours', name: 'app.forbidden', component: () => import('./ForbiddenPage.vue') });
  return router;
}
