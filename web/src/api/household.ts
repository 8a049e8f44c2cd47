import { api, unwrap } from './client'

export const getOwnHousehold = () => unwrap(api.GET('/household'))
export const getOwnStatement = (cursor?: string) =>
  unwrap(api.GET('/household/statement', { params: { query: { cursor, limit: 50 } } }))
export const getOwnTariff = () => unwrap(api.GET('/household/tariff'))
export const getOwnGoods = () => unwrap(api.GET('/household/goods'))
/** objectToDropOff puts an own drop-off that is posted before a cadre. */
export const objectToDropOff = (dropOff: string, id: string, reason: string) =>
  unwrap(api.POST('/drop-offs/{id}/objection', { params: { path: { id: dropOff } }, body: { id, reason } }))
