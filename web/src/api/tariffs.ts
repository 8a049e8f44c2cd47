import { api, unwrap } from './client'

/** getCurrentTariff gives the tariff that holds in a division (or the own scope) today. */
export const getCurrentTariff = (division?: string) =>
  unwrap(api.GET('/tariffs/current', { params: { query: { division } } }))
