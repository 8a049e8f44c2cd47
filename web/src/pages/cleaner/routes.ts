import type { RouteRecordRaw } from 'vue-router'
import type { Role } from '../../api/types'

const roles: readonly Role[] = ['cleaner', 'cadre']

export const routes: RouteRecordRaw[] = [
  { path: '/cleaner', name: 'cleaner-home', meta: { roles }, component: () => import('./HomePage.vue') },
  { path: '/cleaner/scan', name: 'cleaner-scan', meta: { roles }, component: () => import('./ScanPage.vue') },
  { path: '/cleaner/drop-off/:code', name: 'drop-off', meta: { roles }, component: () => import('./DropOffPage.vue') },
  { path: '/cleaner/saved/:id', name: 'saved', meta: { roles }, component: () => import('./SavedPage.vue') },
  { path: '/cleaner/saved/:id/slip', name: 'drop-off-slip', meta: { roles }, props: { backTo: 'saved' }, component: () => import('./DropOffSlipPage.vue') },
  { path: '/cleaner/today', name: 'cleaner-today', meta: { roles }, component: () => import('./TodayPage.vue') },
  { path: '/cleaner/outbox', name: 'outbox', meta: { roles }, component: () => import('./OutboxPage.vue') },
]
