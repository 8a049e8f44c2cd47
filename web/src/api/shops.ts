import { api, unwrap } from './client'
import type { GoodsChange, NewGoods, NewShop, NewStockMove, ShopChange } from './types'

/** listShops gives the shops in scope, at most 200. */
export const listShops = (division?: string) => unwrap(api.GET('/shops', { params: { query: { division, limit: 200 } } }))
export const createShop = (body: NewShop) => unwrap(api.POST('/shops', { body }))
export const updateShop = (id: string, body: ShopChange) => unwrap(api.PATCH('/shops/{id}', { params: { path: { id } }, body }))

/** listGoods gives a shop's goods with price and stock. */
export const listGoods = (shop: string) => unwrap(api.GET('/shops/{id}/goods', { params: { path: { id: shop } } }))
export const createGoods = (shop: string, body: NewGoods) =>
  unwrap(api.POST('/shops/{id}/goods', { params: { path: { id: shop } }, body }))
export const updateGoods = (id: string, body: GoodsChange) => unwrap(api.PATCH('/goods/{id}', { params: { path: { id } }, body }))

/** moveStock records a delivery, or the difference found at a count. */
export const moveStock = (goods: string, body: NewStockMove) =>
  unwrap(api.POST('/goods/{id}/stock', { params: { path: { id: goods } }, body }))
