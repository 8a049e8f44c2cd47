import { api, unwrap } from './client'
import type { NewSuccession } from './types'

/** previewHouseholdChange says what a split, merger, move or closing would do. */
export const previewHouseholdChange = (body: NewSuccession) => unwrap(api.POST('/household-changes/preview', { body }))

export const createHouseholdChange = (body: NewSuccession) => unwrap(api.POST('/household-changes', { body }))

/** listHouseholdChanges gives what a household went through, on either side. */
export const listHouseholdChanges = (id: string) => unwrap(api.GET('/households/{id}/changes', { params: { path: { id } } }))

/** eraseHousehold erases name, phone and PIN of a household that has left; the reason goes to the audit log. */
export const eraseHousehold = (id: string, reason: string) =>
  unwrap(api.POST('/households/{id}/erasure', { params: { path: { id } }, body: { reason } }))
