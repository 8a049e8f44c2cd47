import { api, unwrap } from './client'
import type { SettlementState } from './types'

/** listSettlements gives a page of statements, newest month first. */
export const listSettlements = (query: { shop?: string; division?: string; month?: string; state?: SettlementState; cursor?: string }) =>
  unwrap(api.GET('/settlements', { params: { query: { ...query, limit: 100 } } }))

/** getSettlement gives one with its goods. */
export const getSettlement = (id: string) => unwrap(api.GET('/settlements/{id}', { params: { path: { id } } }))

/** createSettlement draws up a shop's statement for a month that is over. In all writes id is the write's own UUIDv7. */
export const createSettlement = (id: string, shop: string, month: string) =>
  unwrap(api.POST('/settlements', { body: { id, shop_id: shop, month } }))

export const submitSettlement = (settlement: string, id: string) =>
  unwrap(api.POST('/settlements/{id}/submit', { params: { path: { id: settlement } }, body: { id } }))

export const approveSettlement = (settlement: string, id: string) =>
  unwrap(api.POST('/settlements/{id}/approve', { params: { path: { id: settlement } }, body: { id } }))

export const rejectSettlement = (settlement: string, id: string, reason: string) =>
  unwrap(api.POST('/settlements/{id}/reject', { params: { path: { id: settlement } }, body: { id, reason } }))

export const paySettlement = (settlement: string, id: string, reference: string, paidOn: string) =>
  unwrap(api.POST('/settlements/{id}/pay', { params: { path: { id: settlement } }, body: { id, reference, paid_on: paidOn } }))

/** The addresses of the print page and of the spreadsheet. */
export const settlementSheet = (id: string) => `/api/v1/settlements/${id}/sheet`
export const settlementFile = (id: string) => `/api/v1/settlements/${id}/file`
