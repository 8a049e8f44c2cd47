// The typed client of /api/v1. One call, one answer: data, or a thrown Problem
// or Unreachable.

import createClient from 'openapi-fetch'
import { noteReached } from '../composables/useOnline'
import { lang } from '../composables/useSettings'
import { Problem, Unreachable } from './problem'
import type { paths } from './schema.gen'

export { hasCode, Problem, sentenceOf, Unreachable } from './problem'

/** How long a request may take on a slow network, in milliseconds. */
const patience = 30000

export const api = createClient<paths>({ baseUrl: '/api/v1', fetch: send })

/** unwrap gives the data of an answer or throws what went wrong. */
export async function unwrap<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await answer
  if (!response.ok) throw new Problem(response.status, error)
  return data as T
}

/** headers gives what every request of this app carries, also those made without the client (uploads). */
export function headers(): Record<string, string> {
  return { 'Accept-Language': lang.value === 'zh' ? 'zh-CN' : 'en', 'X-CSRF-Token': cookie('csrf') }
}

/** upload posts a form with files, outside the generated client. */
export async function upload<T>(path: string, form: FormData): Promise<T> {
  const response = await send(new Request('/api/v1' + path, { method: 'POST', body: form }))
  const body = await response.json().catch(() => null)
  if (!response.ok) throw new Problem(response.status, body)
  return body as T
}

/** onSignedOut is called when the server says that nobody is signed in. */
let signedOut = () => {}
export function onSignedOut(listener: () => void) {
  signedOut = listener
}

async function send(request: Request): Promise<Response> {
  const own = headers()
  for (const name of Object.keys(own)) if (own[name]) request.headers.set(name, own[name])
  const response = await withPatience(request)
  noteReached(true)
  if (response.status === 401) signedOut()
  return response
}

async function withPatience(request: Request): Promise<Response> {
  const stop = typeof AbortController === 'function' ? new AbortController() : null
  const timer = stop ? setTimeout(() => stop.abort(), patience) : undefined
  try {
    return await fetch(request, stop ? { signal: stop.signal } : undefined)
  } catch {
    noteReached(false)
    throw new Unreachable()
  } finally {
    clearTimeout(timer)
  }
}

function cookie(name: string): string {
  const found = document.cookie.split('; ').filter((pair) => pair.indexOf(name + '=') === 0)[0]
  return found ? decodeURIComponent(found.slice(name.length + 1)) : ''
}
