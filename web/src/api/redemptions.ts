import { api, unwrap } from './client'

/** listRedemptions gives a page of a day's redemptions, newest first, and the day's totals. */
export const listRedemptions = (query: { shop?: string; day?: string; cursor?: string }) =>
  unwrap(api.GET('/redemptions', { params: { query: { ...query, limit: 100 } } }))
