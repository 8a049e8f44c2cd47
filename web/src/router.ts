import { createRouter, createWebHistory, type RouteLocationNormalized, type RouteRecordRaw } from 'vue-router'
import type { Role } from './api/types'
import { hasRole, start, useSession } from './composables/useSession'
import { routes as cleaner } from './pages/cleaner/routes'
import { routes as entry } from './pages/entry/routes'
import { routes as villager } from './pages/villager/routes'

declare module 'vue-router' {
  interface RouteMeta {
    /** Roles that may open the page; absent means everyone. */
    roles?: readonly Role[]
    /** Only a household that opened its page with a PIN. */
    household?: boolean
  }
}

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'start', component: () => import('./pages/entry/MissingPage.vue') },
  ...entry, ...cleaner, ...villager,
  { path: '/:rest(.*)*', name: 'missing', component: () => import('./pages/entry/MissingPage.vue') },
]

export const router = createRouter({
  history: createWebHistory(),
  routes,
  scrollBehavior: (_to, _from, saved) => saved || { left: 0, top: 0 },
})

/** Areas whose routes are fetched with them; a cleaner's or a household's phone never does. */
const areas = {
  shop: () => import('./pages/shop/routes'),
  office: () => import('./pages/official/routes'),
}
const opened: Partial<Record<keyof typeof areas, Promise<void>>> = {}

/** openArea makes the routes of an area known; only then can they be named. */
export function openArea(area: keyof typeof areas): Promise<void> {
  const opening = opened[area] || areas[area]().then((fetched) => { fetched.routes.forEach((route) => router.addRoute(route)) })
  opening.catch(() => { delete opened[area] })
  opened[area] = opening
  return opening
}

router.beforeEach(async (to) => {
  const area = /^\/(shop|office)(\/|$)/.exec(to.path)
  if (area && to.name === 'missing' && !(area[1] in opened)) {
    await openArea(area[1] as keyof typeof areas)
    return to.fullPath
  }
  const guarded = to.name === 'start' || !!to.meta.roles || !!to.meta.household
  const started = start()
  if (!guarded) return true
  await started
  return to.name === 'start' ? homeOf() : allowed(to)
})

/** allowed sends a stranger to sign in, and anyone else without the role to the own first page. */
function allowed(to: RouteLocationNormalized) {
  const { session } = useSession()
  if (to.meta.household) return session.value && session.value.kind === 'household' ? true : { name: 'login' }
  if (to.meta.roles && hasRole(...to.meta.roles)) return true
  if (!session.value || session.value.kind === 'household') return { name: 'login', query: { next: to.fullPath } }
  return homeOf()
}

/** homeOf gives the address of the first page of whoever is signed in. */
export function homeOf(): string {
  const { session } = useSession()
  if (!session.value) return '/login'
  if (session.value.kind === 'household') return '/household'
  if (hasRole('cleaner')) return '/cleaner'
  return hasRole('shopkeeper') ? '/shop' : '/office'
}
