import type { RouteRecordRaw } from 'vue-router'
import { useSession } from '../../composables/useSession'
import { areasFor, rights } from './rights'

/** The first page of whoever sits at the desk. */
function firstPage() {
  const first = areasFor(useSession().grants.value.map((grant) => grant.role))[0]
  return { name: first ? first.page : 'login' }
}

export const routes: RouteRecordRaw[] = [
  { path: '/office', name: 'official-home', meta: { roles: rights.setup }, beforeEnter: firstPage, component: () => import('../entry/MissingPage.vue') },

  { path: '/office/reduction', name: 'official-reduction', meta: { roles: rights.reduction }, component: () => import('./ReductionPage.vue') },
  { path: '/office/reduction/:id', name: 'official-village', meta: { roles: rights.reduction }, component: () => import('./VillagePage.vue') },

  { path: '/office/drop-offs', name: 'official-drop-offs', meta: { roles: rights.dropOffs }, component: () => import('./DropOffsPage.vue') },
  { path: '/office/drop-offs/:id', name: 'official-drop-off', meta: { roles: rights.dropOffs }, component: () => import('./DropOffPage.vue') },
  { path: '/office/drop-offs/:id/slip', name: 'official-drop-off-slip', meta: { roles: rights.dropOffs }, props: { backTo: 'official-drop-off' }, component: () => import('../cleaner/DropOffSlipPage.vue') },
  { path: '/office/activity', name: 'official-activity', meta: { roles: rights.activity }, component: () => import('./ActivityPage.vue') },
  { path: '/office/redemptions', name: 'official-redemptions', meta: { roles: rights.redemptions }, component: () => import('./RedemptionsPage.vue') },
  { path: '/office/settlements', name: 'official-settlements', meta: { roles: rights.settlements }, component: () => import('./SettlementsPage.vue') },
  { path: '/office/liability', name: 'official-liability', meta: { roles: rights.liability }, component: () => import('./LiabilityPage.vue') },
  { path: '/office/budgets', name: 'official-budgets', meta: { roles: rights.budgets }, component: () => import('./BudgetsPage.vue') },
  { path: '/office/closings', name: 'official-closings', meta: { roles: rights.closings }, component: () => import('./ClosingsPage.vue') },
  { path: '/office/closings/:town/:month', name: 'official-closing', meta: { roles: rights.closings }, component: () => import('./ClosingPage.vue') },
  { path: '/office/settlements/:id', name: 'official-settlement', meta: { roles: rights.settlements }, component: () => import('./SettlementPage.vue') },

  { path: '/office/households', name: 'official-households', meta: { roles: rights.households }, component: () => import('./HouseholdsPage.vue') },
  { path: '/office/households/new', name: 'official-household-new', meta: { roles: rights.householdWrite }, component: () => import('./HouseholdNewPage.vue') },
  { path: '/office/households/:id', name: 'official-household', meta: { roles: rights.households }, component: () => import('./HouseholdPage.vue') },
  { path: '/office/points-board', name: 'official-points-board', meta: { roles: rights.pointsBoard }, component: () => import('./PointsBoardPage.vue') },
  { path: '/office/expiring', name: 'official-expiring', meta: { roles: rights.expiryNotices }, component: () => import('./ExpiryNoticesPage.vue') },
  { path: '/office/households/:id/slip', name: 'official-household-slip', meta: { roles: rights.householdStatement }, component: () => import('./HouseholdSlipPage.vue') },
  { path: '/office/households/:id/change', name: 'official-household-change', meta: { roles: rights.householdWrite }, component: () => import('./HouseholdChangePage.vue') },
  { path: '/office/trace/:id', name: 'official-trace', meta: { roles: rights.trace }, component: () => import('./TracePage.vue') },
  { path: '/office/adjustments', name: 'official-adjustments', meta: { roles: rights.adjustments }, component: () => import('./AdjustmentsPage.vue') },
  { path: '/office/adjustments/new', name: 'official-adjustment-new', meta: { roles: rights.adjustmentCreate }, component: () => import('./AdjustmentNewPage.vue') },
  { path: '/office/adjustments/board', name: 'official-adjustment-board', meta: { roles: rights.adjustments }, component: () => import('./AdjustmentBoardPage.vue') },
  { path: '/office/adjustments/:id', name: 'official-adjustment', meta: { roles: rights.adjustments }, component: () => import('./AdjustmentPage.vue') },
  { path: '/office/cards', name: 'official-cards', meta: { roles: rights.cards }, component: () => import('./CardsPage.vue') },

  { path: '/office/posted', name: 'official-posted-sheet', meta: { roles: rights.reviews }, component: () => import('./PostedSheetPage.vue') },
  { path: '/office/reviews/:id?', name: 'official-reviews', meta: { roles: rights.reviews }, component: () => import('./ReviewsPage.vue') },

  { path: '/office/weigh-ins', name: 'official-weigh-ins', meta: { roles: rights.weighIns }, component: () => import('./WeighInsPage.vue') },
  { path: '/office/weigh-ins/new', name: 'official-weigh-in-new', meta: { roles: rights.weighInWrite }, component: () => import('./WeighInNewPage.vue') },
  { path: '/office/weigh-ins/:id', name: 'official-weigh-in', meta: { roles: rights.weighIns }, component: () => import('./WeighInPage.vue') },
  { path: '/office/baselines', name: 'official-baselines', meta: { roles: rights.baselines }, component: () => import('./BaselinesPage.vue') },
  { path: '/office/baselines/new', name: 'official-baseline-new', meta: { roles: rights.baselineWrite }, component: () => import('./BaselineNewPage.vue') },

  { path: '/office/imports', name: 'official-imports', meta: { roles: rights.imports }, component: () => import('./ImportsPage.vue') },
  { path: '/office/imports/:id', name: 'official-import', meta: { roles: rights.imports }, component: () => import('./ImportPage.vue') },

  { path: '/office/setup', name: 'official-setup', meta: { roles: rights.setup }, component: () => import('./SetupPage.vue') },
  { path: '/office/setup/divisions', name: 'official-divisions', meta: { roles: rights.divisions }, component: () => import('./DivisionsPage.vue') },
  { path: '/office/setup/points', name: 'official-points', meta: { roles: rights.points }, component: () => import('./PointsPage.vue') },
  { path: '/office/setup/shops', name: 'official-shops', meta: { roles: rights.shops }, component: () => import('./ShopsPage.vue') },
  { path: '/office/setup/shops/:id', name: 'official-shop', meta: { roles: rights.shops }, component: () => import('./ShopPage.vue') },
  { path: '/office/setup/tariffs', name: 'official-tariffs', meta: { roles: rights.tariffs }, component: () => import('./TariffsPage.vue') },
  { path: '/office/setup/tariffs/new', name: 'official-tariff-new', meta: { roles: rights.tariffWrite }, component: () => import('./TariffNewPage.vue') },
  { path: '/office/setup/settings', name: 'official-settings', meta: { roles: rights.settings }, component: () => import('./SettingsPage.vue') },
  { path: '/office/setup/expiry', name: 'official-expiry', meta: { roles: rights.expiryRules }, component: () => import('./ExpiryPage.vue') },
  { path: '/office/setup/users', name: 'official-users', meta: { roles: rights.users }, component: () => import('./UsersPage.vue') },
  { path: '/office/setup/users/new', name: 'official-user-new', meta: { roles: rights.userWrite }, component: () => import('./UserNewPage.vue') },
  { path: '/office/setup/users/:id', name: 'official-user', meta: { roles: rights.userWrite }, component: () => import('./UserPage.vue') },
  { path: '/office/setup/api-keys', name: 'official-api-keys', meta: { roles: rights.apiKeys }, component: () => import('./ApiKeysPage.vue') },
  { path: '/office/setup/proof', name: 'official-proof', meta: { roles: rights.proof }, component: () => import('./ProofPage.vue') },
  { path: '/office/setup/audit-log', name: 'official-audit', meta: { roles: rights.audit }, component: () => import('./AuditPage.vue') },
]
