// Who may open or do what at the desk, as the contract's x-scope has it. The
// server decides; this only keeps what would be refused off the screen.

import type { Role } from '../../api/types'
import { hasRole } from '../../composables/useSession'

const all: readonly Role[] = ['cadre', 'town_official', 'district_official', 'finance', 'auditor', 'administrator']
const watching: readonly Role[] = ['cadre', 'town_official', 'district_official', 'auditor', 'administrator']
const village: readonly Role[] = ['cadre', 'town_official', 'administrator']
const above: readonly Role[] = ['town_official', 'district_official', 'administrator']

export const rights = {
  reduction: all,
  activity: all,
  dropOffs: watching,
  dropOffUndo: ['cadre'],
  reviews: ['cadre', 'town_official'],
  photoErase: above,
  reviewDecide: ['cadre', 'town_official'],
  households: watching,
  pointsBoard: watching,
  householdWrite: village,
  householdStatement: ['cadre', 'town_official', 'auditor', 'administrator'],
  confirmation: ['cadre'],
  trace: all,
  cards: village,
  imports: ['cadre', 'town_official', 'district_official', 'administrator'],
  weighIns: all,
  weighInWrite: village,
  weighInCorrect: ['town_official', 'administrator'],
  baselines: watching,
  baselineWrite: above,
  baselineSign: ['town_official', 'district_official', 'auditor', 'administrator'],
  redemptions: ['cadre', 'town_official', 'finance', 'auditor', 'administrator'],
  settlements: ['town_official', 'finance', 'auditor', 'administrator'],
  settlementCreate: ['town_official'],
  liability: all,
  budgets: all,
  budgetWrite: above,
  closings: ['town_official', 'district_official', 'finance', 'auditor', 'administrator'],
  adjustments: all,
  adjustmentsWithMoney: ['finance'],
  adjustmentCreate: ['cadre', 'town_official', 'district_official'],
  adjustmentDecide: ['town_official', 'district_official'],
  setup: all,
  divisions: all,
  divisionWrite: above,
  points: all,
  pointWrite: village,
  shops: all,
  shopWrite: ['town_official', 'administrator'],
  tariffs: all,
  tariffWrite: above,
  settings: all,
  settingWrite: above,
  expiryRules: all,
  expiryRuleWrite: above,
  expiryNotices: watching,
  users: ['cadre', 'town_official', 'district_official', 'administrator'],
  userWrite: above,
  apiKeys: above,
  proof: ['town_official', 'district_official', 'finance', 'auditor', 'administrator'],
  bookExport: ['auditor', 'administrator'],
  audit: ['auditor', 'district_official', 'administrator'],
} satisfies Record<string, readonly Role[]>

export type Right = keyof typeof rights

/** may tells whether the person signed in has one of the roles a right needs. */
export function may(right: Right): boolean {
  return hasRole(...rights[right])
}

/** The tabs of the desk, each with the right it needs and the page it opens. */
export const areas = [
  { area: 'reduction', right: 'reduction', page: 'official-reduction' },
  { area: 'dropOffs', right: 'activity', page: 'official-drop-offs' },
  { area: 'households', right: 'households', page: 'official-households' },
  { area: 'reviews', right: 'reviews', page: 'official-reviews' },
  { area: 'weighing', right: 'weighIns', page: 'official-weigh-ins' },
  { area: 'redemptions', right: 'liability', page: 'official-redemptions' },
  { area: 'imports', right: 'imports', page: 'official-imports' },
  { area: 'setup', right: 'setup', page: 'official-setup' },
] as const satisfies readonly { area: string; right: Right; page: string }[]

export type Area = typeof areas[number]['area']

export interface Tab {
  area: Area
  page: string
}

/** In a village the households come first, above it the figures. */
const villageOrder: readonly Area[] = ['households', 'reviews', 'dropOffs', 'redemptions', 'reduction', 'weighing', 'imports', 'setup']

/** areasFor lists the tabs of somebody with these roles, the first page first. */
export function areasFor(roles: readonly Role[]): Tab[] {
  const has = (right: Right) => roles.some((role) => (rights[right] as readonly Role[]).indexOf(role) >= 0)
  const seen: Tab[] = areas.filter(({ right }) => has(right))
    .map((tab) => (tab.area === 'dropOffs' && !has('dropOffs') ? { ...tab, page: 'official-activity' } : tab))
    .map((tab) => (tab.area === 'redemptions' && !has('redemptions') ? { ...tab, page: 'official-liability' } : tab))
  const inVillage = roles.indexOf('cadre') >= 0 && !roles.some((role) => above.indexOf(role) >= 0)
  return inVillage ? seen.sort((a, b) => villageOrder.indexOf(a.area) - villageOrder.indexOf(b.area)) : seen
}
