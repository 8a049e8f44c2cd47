import { api, unwrap } from './client'
import type { NewRedemption, Redemption, RedemptionLine } from './types'

/** listRedemptions gives a page of a day's redemptions, newest first, and the day's totals. */
export const listRedemptions = (query: { shop?: string; day?: string; cursor?: string }) =>
  unwrap(api.GET('/redemptions', { params: { query: { ...query, limit: 100 } } }))

/** getRedemption gives one redemption as on its receipt. */
export const getRedemption = (id: string) => unwrap(api.GET('/redemptions/{id}', { params: { path: { id } } }))

/** quote gives the total and whether the household's points are enough, never the balance. */
export const quote = (card: string, shop: string, items: RedemptionLine[]) =>
  unwrap(api.POST('/redemptions/quote', { body: { card_code: card, shop_id: shop, items } }))

/** redeem gives goods for points; body.id is this redemption's own UUIDv7, and again is the same as once. */
export const redeem = (body: NewRedemption): Promise<Redemption> => unwrap(api.POST('/redemptions', { body }))

/** reverseRedemption cancels on the same day; id is this reversal's own UUIDv7. */
export const reverseRedemption = (redemption: string, id: string, reason: string) =>
  unwrap(api.POST('/redemptions/{id}/reversal', { params: { path: { id: redemption } }, body: { id, reason } }))
