import type { RouteRecordRaw } from 'vue-router'
import type { Role } from '../../api/types'

const roles: readonly Role[] = ['cleaner', 'cadre']

export const routes: RouteRecordRaw[] = [
  { path: '/cleaner', name: 'cleaner-home', meta: { roles }, component: () => import('./HomePage.vue') },
]
