import { api, unwrap } from './client'
import type { GoodsChange, NewGoods, NewShop, NewStockMove, ShopChange } from './types'

/** listShops gives a page of the shops in scope by name, closed ones too. */
export const listShops = (query: { division?: string; cursor?: string } = {}) =>
  unwrap(api.GET('/shops', { params: { query: { ...query, limit: 100 } } }))
export const createShop = (body: NewShop) => unwrap(api.POST('/shops', { body }))
export const changeShop = (shop: string, body: ShopChange) =>
  unwrap(api.PATCH('/shops/{id}', { params: { path: { id: shop } }, body }))

/** listGoods gives what a shop has, with today's price and the stock; hidden goods last. */
export const listGoods = (shop: string) => unwrap(api.GET('/shops/{id}/goods', { params: { path: { id: shop } } }))
export const createGoods = (shop: string, body: NewGoods) =>
  unwrap(api.POST('/shops/{id}/goods', { params: { path: { id: shop } }, body }))
export const changeGoods = (goods: string, body: GoodsChange) =>
  unwrap(api.PATCH('/goods/{id}', { params: { path: { id: goods } }, body }))

/** moveStock notes a delivery, or the difference found at a count; again under the same id is the same as once. */
export const moveStock = (goods: string, body: NewStockMove) =>
  unwrap(api.POST('/goods/{id}/stock', { params: { path: { id: goods } }, body }))
