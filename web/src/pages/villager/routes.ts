import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/household', name: 'household', meta: { household: true }, component: () => import('./HouseholdPage.vue') },
  { path: '/household/bulletin', name: 'household-bulletin', meta: { household: true }, component: () => import('./BulletinPage.vue') },
  { path: '/household/trace/:id', name: 'household-trace', meta: { household: true }, component: () => import('./TracePage.vue') },
]
