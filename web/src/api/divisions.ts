import { api, unwrap } from './client'

export const getDivision = (id: string) => unwrap(api.GET('/divisions/{id}', { params: { path: { id } } }))

/** listGroups gives the groups of a village. */
export const listGroups = (village: string) =>
  unwrap(api.GET('/divisions', { params: { query: { parent: village, level: 'group', limit: 200 } } }))
