import { api, unwrap } from './client'
import type { NewReview } from './types'

/** listReviews gives the drop-offs that wait for a cadre, or those posted, oldest first. */
export const listReviews = (division?: string, cursor?: string, posted = false) =>
  unwrap(api.GET('/reviews', { params: { query: { division, cursor, limit: 100, posted: posted || undefined } } }))
export const reviewDropOff = (dropOff: string, body: NewReview) =>
  unwrap(api.POST('/drop-offs/{id}/review', { params: { path: { id: dropOff } }, body }))
/** acceptDropOffs accepts up to 200 at once, one outcome each. */
export const acceptDropOffs = (reviews: { id: string; drop_off_id: string }[]) => unwrap(api.POST('/reviews:accept', { body: { reviews } }))
export const objectToDropOff = (dropOff: string, id: string, reason: string) =>
  unwrap(api.POST('/drop-offs/{id}/objection', { params: { path: { id: dropOff } }, body: { id, reason } }))
export const photoAddress = (id: string) => '/api/v1/photos/' + id
/** lookAtPhoto throws why a photo is not shown: it was removed, or nobody knows it. */
export const lookAtPhoto = (id: string) => unwrap(api.GET('/photos/{id}', { params: { path: { id } }, parseAs: 'blob' }))
/** erasePhoto removes a photo for good; the reason goes to the audit log. */
export const erasePhoto = (id: string, reason: string) => unwrap(api.POST('/photos/{id}/erasure', { params: { path: { id } }, body: { reason } }))
