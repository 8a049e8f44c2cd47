import { api, unwrap } from './client'
import type { NewUser, RoleInput, UserChange } from './types'

export const listUsers = (query: { division?: string; q?: string; cursor?: string }) =>
  unwrap(api.GET('/users', { params: { query: { ...query, limit: 100 } } }))
export const getUser = (id: string) => unwrap(api.GET('/users/{id}', { params: { path: { id } } }))
export const createUser = (body: NewUser) => unwrap(api.POST('/users', { body }))
export const updateUser = (id: string, body: UserChange) =>
  unwrap(api.PATCH('/users/{id}', { params: { path: { id } }, body }))
export const grantRole = (user: string, id: string, role: RoleInput) =>
  unwrap(api.POST('/users/{id}/roles', { params: { path: { id: user } }, body: { id, role } }))
export const revokeRole = (user: string, grant: string) =>
  unwrap(api.DELETE('/users/{id}/roles/{role_id}', { params: { path: { id: user, role_id: grant } } }))
