import { api, unwrap } from './client'
import type { AdjustmentObject } from './types'

/** listAdjustments gives a page of adjustments and late reversals, newest first. */
export const listAdjustments = (query: { division?: string; household?: string; month?: string; waiting?: boolean; cursor?: string }) =>
  unwrap(api.GET('/adjustments', { params: { query: { ...query, limit: 100 } } }))

export const getAdjustment = (id: string) => unwrap(api.GET('/adjustments/{id}', { params: { path: { id } } }))

/** createAdjustment gives a household points, or takes them (hundredths below zero). In all writes id is the write's own UUIDv7. */
export const createAdjustment = (id: string, household: string, points: number, reason: string, photo?: string) =>
  unwrap(api.POST('/adjustments', { body: { id, household_id: household, points, reason, photo_id: photo } }))

/** proposeReversal asks for something to be taken back; a second person decides. */
export const proposeReversal = (id: string, kind: AdjustmentObject, object: string, reason: string, photo?: string) =>
  unwrap(api.POST('/reversals', { body: { id, object_kind: kind, object_id: object, reason, photo_id: photo } }))

export const approveAdjustment = (adjustment: string, id: string) =>
  unwrap(api.POST('/adjustments/{id}/approve', { params: { path: { id: adjustment } }, body: { id } }))

export const refuseAdjustment = (adjustment: string, id: string, reason: string) =>
  unwrap(api.POST('/adjustments/{id}/refuse', { params: { path: { id: adjustment } }, body: { id, reason } }))

/** getBulletin gives the public list of a month. */
export const getBulletin = (query: { division?: string; month: string }) =>
  unwrap(api.GET('/bulletins/adjustments', { params: { query } }))

/** The address of the public list as a file. */
export const bulletinFile = (query: { division?: string; month: string }) =>
  `/api/v1/bulletins/adjustments/file?month=${query.month}${query.division ? `&division=${query.division}` : ''}`
