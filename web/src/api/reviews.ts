import { api, unwrap } from './client'
import type { NewReview } from './types'

/** listReviews gives the drop-offs that wait, oldest first. */
export const listReviews = (division?: string, cursor?: string) =>
  unwrap(api.GET('/reviews', { params: { query: { division, cursor, limit: 100 } } }))
export const reviewDropOff = (dropOff: string, body: NewReview) =>
  unwrap(api.POST('/drop-offs/{id}/review', { params: { path: { id: dropOff } }, body }))
export const photoAddress = (id: string) => '/api/v1/photos/' + id
