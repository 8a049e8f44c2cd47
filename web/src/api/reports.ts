import { api, unwrap } from './client'
import type { ReductionReport } from './types'

/** What a reduction report is about: months from and to, and the months to compare with where not the signed baseline. */
export interface ReductionQuery {
  division?: string
  from: string
  to: string
  base_from?: string
  base_to?: string
}

export const getReduction = (query: ReductionQuery) =>
  unwrap(api.GET('/reports/reduction', { params: { query } })) as Promise<ReductionReport>

/** reductionFile gives the address of the same report as a file. */
export function reductionFile(query: ReductionQuery, format: 'csv' | 'xlsx'): string {
  const parts = new URLSearchParams()
  const all: Record<string, string | undefined> = { ...query, format }
  for (const name of Object.keys(all)) if (all[name]) parts.append(name, all[name]!)
  return '/api/v1/reports/reduction?' + parts.toString()
}

export const getVillageReport = (id: string, month: string) =>
  unwrap(api.GET('/reports/villages/{id}', { params: { path: { id }, query: { month } } }))

export const getActivity = (query: { division?: string; from: string; to: string }) =>
  unwrap(api.GET('/reports/activity', { params: { query } }))
