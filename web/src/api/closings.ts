import { api, unwrap } from './client'
import type { LiabilityReport, NewBudget } from './types'

/** What a report of outstanding points is about; today where no day is named. */
export interface LiabilityQuery {
  division?: string
  day?: string
}

export const getLiability = (query: LiabilityQuery) =>
  unwrap(api.GET('/reports/liability', { params: { query } })) as Promise<LiabilityReport>

/** liabilityFile gives the address of the same report as a file. */
export function liabilityFile(query: LiabilityQuery, format: 'csv' | 'xlsx'): string {
  const parts = new URLSearchParams({ format })
  if (query.division) parts.append('division', query.division)
  if (query.day) parts.append('day', query.day)
  return '/api/v1/reports/liability?' + parts.toString()
}

export const listBudgets = (query: { division?: string; month?: string }) =>
  unwrap(api.GET('/budgets', { params: { query } }))

/** setBudget gives a division a budget from a month on. In all writes id is the write's own UUIDv7. */
export const setBudget = (budget: NewBudget) => unwrap(api.POST('/budgets', { body: budget }))

/** listClosings gives the months of a town, the newest first. */
export const listClosings = (town: string) => unwrap(api.GET('/closings', { params: { query: { town } } }))

export const getClosing = (town: string, month: string) =>
  unwrap(api.GET('/closings/{id}/{month}', { params: { path: { id: town, month } } }))

export const closeMonth = (town: string, month: string, id: string) =>
  unwrap(api.POST('/closings/{id}/{month}/close', { params: { path: { id: town, month } }, body: { id } }))

export const askReopening = (town: string, month: string, id: string, reason: string) =>
  unwrap(api.POST('/closings/{id}/{month}/ask', { params: { path: { id: town, month } }, body: { id, reason } }))

export const reopenMonth = (town: string, month: string, id: string) =>
  unwrap(api.POST('/closings/{id}/{month}/reopen', { params: { path: { id: town, month } }, body: { id } }))
