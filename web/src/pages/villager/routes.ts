import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/household', name: 'household', meta: { household: true }, component: () => import('./HouseholdPage.vue') },
]
