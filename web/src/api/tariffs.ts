import { api, unwrap } from './client'
import type { NewTariff } from './types'

/** getCurrentTariff gives the tariff that holds in a division (or the own scope) today. */
export const getCurrentTariff = (division?: string) =>
  unwrap(api.GET('/tariffs/current', { params: { query: { division } } }))

/** listTariffs gives the versions that hold in a division, newest first. */
export const listTariffs = (division: string) => unwrap(api.GET('/tariffs', { params: { query: { division } } }))
export const createTariff = (body: NewTariff) => unwrap(api.POST('/tariffs', { body }))
