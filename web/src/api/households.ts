import { api, unwrap } from './client'
import type { HouseholdChange, NewHousehold } from './types'

export const listHouseholds = (query: { division?: string; q?: string; closed?: boolean; cursor?: string }) =>
  unwrap(api.GET('/households', { params: { query: { ...query, limit: 100 } } }))

export const getHousehold = (id: string) => unwrap(api.GET('/households/{id}', { params: { path: { id } } }))

export const createHousehold = (body: NewHousehold) => unwrap(api.POST('/households', { body }))

export const updateHousehold = (id: string, body: HouseholdChange) =>
  unwrap(api.PATCH('/households/{id}', { params: { path: { id } }, body }))

/** revealHousehold gives full name and phone; the reason goes to the audit log. */
export const revealHousehold = (id: string, reason: string) =>
  unwrap(api.POST('/households/{id}/reveal', { params: { path: { id } }, body: { reason } }))

export const setPin = (id: string, pin: string) =>
  unwrap(api.PUT('/households/{id}/pin', { params: { path: { id } }, body: { pin } }))

/** createConfirmation gives the six digits by which a cadre confirms one redemption. */
export const createConfirmation = (id: string) =>
  unwrap(api.POST('/households/{id}/confirmation', { params: { path: { id } } }))

export const getHouseholdStatement = (id: string, cursor?: string) =>
  unwrap(api.GET('/households/{id}/statement', { params: { path: { id }, query: { cursor, limit: 50 } } }))

/** getPointsBulletin gives what hangs on the village board about a month; without a division that of the only own one. */
export const getPointsBulletin = (query: { division?: string; month: string }) =>
  unwrap(api.GET('/bulletins/points', { params: { query } }))
