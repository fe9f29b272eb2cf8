import { createRouter, createWebHistory, type Router } from 'vue-router'
import { session } from '../net/session.ts'
import { i18n } from './i18n.ts'
import { takeOwnerSecret } from './owner-secret.ts'
import HomePage from './pages/HomePage.vue'

/** All addresses of the client; everything but the home page comes when it is opened. */
export function createAppRouter(): Router {
  const router = createRouter({
    history: createWebHistory(),
    scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
    routes: [
      { path: '/', name: 'home', component: HomePage },
      { path: '/join/:code?', name: 'join', component: () => import('./pages/JoinPage.vue') },
      {
        path: '/room/:projectId',
        name: 'room',
        component: loadRoom,
        props: true,
      },
      {
        path: '/owner/:projectId',
        name: 'owner',
        component: () => import('./pages/OwnerLinkPage.vue'),
        props: true,
      },
      { path: '/:rest(.*)*', name: 'not-found', component: () => import('./pages/NotFoundPage.vue') },
    ],
  })

  router.beforeEach((to) => {
    if (to.name !== 'room') return true
    const projectId = String(to.params['projectId'])
    // The secret must neither stay in the address bar nor in the history.
    if (takeOwnerSecret(projectId, to.hash)) return { name: 'owner', params: { projectId }, replace: true }
    if (!session.value) return { name: 'join', query: { room: projectId }, replace: true }
    return true
  })
  return router
}

async function loadRoom() {
  const [page, { room }, { hand }] = await Promise.all([
    import('./pages/RoomPage.vue'),
    import('./messages/en/room.ts'),
    import('./messages/en/hand.ts'),
  ])
  i18n.global.mergeLocaleMessage('en', { room, hand })
  return page
}
