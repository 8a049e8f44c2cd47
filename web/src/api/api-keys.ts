import { api, unwrap } from './client'

export const listApiKeys = () => unwrap(api.GET('/api-keys'))

/** createApiKey gives the new key with its secret, which is never shown again. */
export const createApiKey = (id: string, user: string, name: string) =>
  unwrap(api.POST('/api-keys', { body: { id, user_id: user, name } }))
export const revokeApiKey = (id: string) => unwrap(api.DELETE('/api-keys/{id}', { params: { path: { id } } }))
