import { api, unwrap } from './client'

export const getSession = () => unwrap(api.GET('/session'))

/** signIn opens a user's session; a missing one-time code is the Problem session.code_needed. */
export const signIn = (login: string, password: string, code?: string) =>
  unwrap(api.POST('/session', { body: code ? { login, password, code } : { login, password } }))

export const signOut = () => unwrap(api.DELETE('/session'))

/** openHousehold opens a household's own page; any wrong combination is the same Problem. */
export const openHousehold = (cardCode: string, pin: string, remember: boolean) =>
  unwrap(api.POST('/session/household', { body: { card_code: cardCode, pin, remember } }))

export const changePassword = (old: string, fresh: string) =>
  unwrap(api.PUT('/session/password', { body: { old, new: fresh } }))

export const beginTotp = () => unwrap(api.POST('/session/totp'))
export const confirmTotp = (code: string) => unwrap(api.PUT('/session/totp', { body: { code } }))
export const removeTotp = (code: string) => unwrap(api.DELETE('/session/totp', { body: { code } }))

export const listDevices = () => unwrap(api.GET('/sessions'))
export const revokeDevice = (id: string) => unwrap(api.DELETE('/sessions/{id}', { params: { path: { id } } }))
