import { createRouter, createWebHistory, type RouteLocationNormalized, type RouteRecordRaw } from 'vue-router'
import type { Role } from './api/types'
import { hasRole, start, useSession } from './composables/useSession'
import { routes as cleaner } from './pages/cleaner/routes'
import { routes as entry } from './pages/entry/routes'
import { routes as official } from './pages/official/routes'
import { routes as shop } from './pages/shop/routes'
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
  ...entry, ...cleaner, ...villager, ...shop, ...official,
  { path: '/:rest(.*)*', name: 'missing', component: () => import('./pages/entry/MissingPage.vue') },
]

export const router = createRouter({
  history: createWebHistory(),
  routes,
  scrollBehavior: (_to, _from, saved) => saved || { left: 0, top: 0 },
})

router.beforeEach(async (to) => {
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

/** homeOf gives the first page of whoever is signed in. */
export function homeOf(): { name: string } {
  const { session } = useSession()
  if (!session.value) return { name: 'login' }
  if (session.value.kind === 'household') return { name: 'household' }
  if (hasRole('cleaner')) return { name: 'cleaner-home' }
  if (hasRole('shopkeeper')) return { name: 'shop-home' }
  return { name: 'official-home' }
}
