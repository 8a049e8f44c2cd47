import type { RouteRecordRaw } from 'vue-router'
import type { Role } from '../../api/types'

const staff: readonly Role[] = ['cleaner', 'shopkeeper', 'cadre', 'town_official', 'district_official', 'finance', 'auditor', 'administrator']

export const routes: RouteRecordRaw[] = [
  { path: '/login', name: 'login', component: () => import('./LoginPage.vue') },
  { path: '/c/:code', alias: '/C/:code', name: 'card', component: () => import('./CardPage.vue') },
  { path: '/c/:code/pin', alias: '/C/:code/pin', name: 'card-pin', component: () => import('./PinPage.vue') },
  { path: '/check', name: 'receipt-check', component: () => import('./ReceiptCheckPage.vue') },
  { path: '/account', name: 'account', meta: { roles: staff }, component: () => import('./AccountPage.vue') },
]
