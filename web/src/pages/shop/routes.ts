import type { RouteRecordRaw } from 'vue-router'
import type { Role } from '../../api/types'

const roles: readonly Role[] = ['shopkeeper']

export const routes: RouteRecordRaw[] = [
  { path: '/shop', name: 'shop-home', meta: { roles }, component: () => import('./ShopHomePage.vue') },
  { path: '/shop/scan', name: 'shop-scan', meta: { roles }, component: () => import('./ShopScanPage.vue') },
  { path: '/shop/redeem/:code', name: 'shop-redeem', meta: { roles }, component: () => import('./RedeemPage.vue') },
  { path: '/shop/redeem/:code/confirm', name: 'shop-confirm', meta: { roles }, component: () => import('./ConfirmPage.vue') },
  { path: '/shop/receipt/:id', name: 'shop-receipt', meta: { roles }, component: () => import('./ReceiptPage.vue') },
  { path: '/shop/goods', name: 'shop-goods', meta: { roles }, component: () => import('./GoodsPage.vue') },
  { path: '/shop/statements', name: 'shop-statements', meta: { roles }, component: () => import('./StatementsPage.vue') },
  { path: '/shop/statements/:id', name: 'shop-statement', meta: { roles }, component: () => import('./StatementPage.vue') },
  { path: '/shop/trace/:id', name: 'shop-trace', meta: { roles }, component: () => import('../villager/TracePage.vue') },
]
