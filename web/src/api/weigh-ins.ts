import { api, unwrap } from './client'
import type { NewWeighIn, WeighInCorrection } from './types'

/** listWeighIns gives tickets in force, newest day first. */
export const listWeighIns = (query: { division?: string; from?: string; to?: string; cursor?: string }) =>
  unwrap(api.GET('/weigh-ins', { params: { query: { ...query, limit: 100 } } }))

/** getWeighIn gives a ticket with all its versions. */
export const getWeighIn = (id: string) => unwrap(api.GET('/weigh-ins/{id}', { params: { path: { id } } }))

export const createWeighIn = (body: NewWeighIn) => unwrap(api.POST('/weigh-ins', { body }))
export const correctWeighIn = (id: string, body: WeighInCorrection) =>
  unwrap(api.POST('/weigh-ins/{id}/corrections', { params: { path: { id } }, body }))
