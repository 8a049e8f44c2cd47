// Who works on this phone. The last session is remembered (no secrets in it),
// so that a cleaner can open the app and record without a network.

import { computed, shallowRef } from 'vue'
import { onSignedOut, Problem, Unreachable } from '../api/client'
import { sendDropOff } from '../api/drop-offs'
import * as api from '../api/session'
import type { Role, RoleGrant, Session } from '../api/types'
import { startSending, stopSending } from '../outbox/flush'

const key = 'hufen.session'
const session = shallowRef<Session | null>(recall())
let starting: Promise<void> | null = null

onSignedOut(() => { if (session.value) keep(null) })

/** useSession gives the present session and the ways in and out. */
export function useSession() {
  return {
    session,
    grants: computed<RoleGrant[]>(() => (session.value && session.value.kind === 'user' ? session.value.roles : [])),
    userId: computed(() => (session.value && session.value.user ? session.value.user.id : '')),
    start, signIn, openHousehold, signOut, hasRole, grantOf,
  }
}

/** start asks the server once who is signed in; with a remembered session nobody waits for the answer. */
export function start(): Promise<void> {
  if (!starting) {
    starting = refresh()
    send()
  }
  return session.value ? Promise.resolve() : starting
}

async function refresh(): Promise<void> {
  try {
    keep(await api.getSession())
  } catch (error) {
    if (error instanceof Problem && (error.status === 401 || error.status === 403)) keep(null)
    else if (!(error instanceof Unreachable) && !(error instanceof Problem)) throw error
  }
}

async function signIn(login: string, password: string, code?: string): Promise<Session> {
  return keep(await api.signIn(login, password, code))!
}

async function openHousehold(cardCode: string, pin: string, remember: boolean): Promise<Session> {
  return keep(await api.openHousehold(cardCode, pin, remember))!
}

async function signOut(): Promise<void> {
  try {
    await api.signOut()
  } catch (error) {
    if (!(error instanceof Problem && error.status === 401)) throw error
  }
  keep(null)
}

/** hasRole tells whether the person may act in any of the roles. */
export function hasRole(...roles: Role[]): boolean {
  return !!session.value && session.value.kind === 'user' && session.value.roles.some((grant) => roles.indexOf(grant.role) >= 0)
}

/** grantOf gives the first grant of a role: with its division, shop or points. */
export function grantOf(role: Role): RoleGrant | undefined {
  return session.value ? session.value.roles.filter((grant) => grant.role === role)[0] : undefined
}

function keep(next: Session | null): Session | null {
  session.value = next
  try {
    if (next) localStorage.setItem(key, JSON.stringify({ ...next, csrf_token: '' }))
    else localStorage.removeItem(key)
  } catch { /* private mode: remembered as long as the page */ }
  send()
  return next
}

function send() {
  const user = session.value && session.value.user
  if (user && hasRole('cleaner', 'cadre')) startSending(user.id, sendDropOff)
  else stopSending()
}

function recall(): Session | null {
  try {
    const kept = localStorage.getItem(key)
    return kept ? JSON.parse(kept) as Session : null
  } catch {
    return null
  }
}
