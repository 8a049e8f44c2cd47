import { api, unwrap } from './client'
import type { CollectionPointChange, NewCollectionPoint } from './types'

export const listCollectionPoints = (division?: string, cursor?: string) =>
  unwrap(api.GET('/collection-points', { params: { query: { division, cursor, limit: 200 } } }))
export const createCollectionPoint = (body: NewCollectionPoint) => unwrap(api.POST('/collection-points', { body }))
export const updateCollectionPoint = (id: string, body: CollectionPointChange) =>
  unwrap(api.PATCH('/collection-points/{id}', { params: { path: { id } }, body }))
