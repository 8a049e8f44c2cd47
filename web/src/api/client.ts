// The typed client of /api/v1. One call, one answer: data, or a thrown Problem
// or Unreachable. The types are openapi-fetch's; its run-time part, of which
// little would be used, is the few functions below, to keep the first load small.

import type { Client } from 'openapi-fetch'
import { noteReached } from '../composables/useOnline'
import { lang } from '../composables/useSettings'
import { heard } from '../domain/clock'
import { patienceFor } from '../domain/patience'
import { Problem, Unreachable } from './problem'
import type { paths } from './schema.gen'

export { hasCode, Problem, sentenceOf, Unreachable } from './problem'

type Value = string | number | boolean | null | undefined

interface Options {
  params?: { path?: Record<string, Value>; query?: Record<string, Value | Value[]> }
  body?: unknown
  headers?: Record<string, string>
  /** How to read a good answer; JSON where absent. */
  parseAs?: 'json' | 'text' | 'blob'
}

interface Answer { data?: unknown; error?: unknown; response: Response }

const base = '/api/v1'
/** Faults that end a session on this phone; a wrong password or PIN does not. */
const endings = ['session.over', 'session.needed']

const verb = (method: string) => (path: string, options?: Options) => call(method, path, options || {})

export const api = {
  GET: verb('GET'), POST: verb('POST'), PUT: verb('PUT'), PATCH: verb('PATCH'), DELETE: verb('DELETE'),
} as unknown as Pick<Client<paths>, 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'>

/** unwrap gives the data of an answer or throws what went wrong. */
export async function unwrap<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await answer
  if (!response.ok) throw new Problem(response.status, error)
  return data as T
}

/** upload posts a form with files. */
export async function upload<T>(path: string, form: FormData): Promise<T> {
  return unwrap(call('POST', path, { body: form })) as Promise<T>
}

/** onSignedOut is called when the server says that nobody is signed in. */
let signedOut = () => {}
export function onSignedOut(listener: () => void) {
  signedOut = listener
}

async function call(method: string, path: string, options: Options): Promise<Answer> {
  const headers: Record<string, string> = {
    Accept: 'application/json, application/problem+json, */*',
    'Accept-Language': lang.value === 'zh' ? 'zh-CN' : 'en',
    'X-CSRF-Token': cookie('csrf'),
  }
  const { body } = options
  const raw = body instanceof Blob || body instanceof FormData
  if (body !== undefined && !raw) headers['Content-Type'] = 'application/json'
  Object.assign(headers, options.headers)
  const begun = Date.now()
  const response = await patiently(base + addressOf(path, options), {
    method, headers, credentials: 'same-origin', body: body === undefined || raw ? body as BodyInit : JSON.stringify(body),
  })
  noteReached(true)
  // Only what came from Hufen itself: a Wi-Fi log-in page has a time of its own.
  if (response.headers.get('X-Request-Id')) heard(response.headers.get('Date'), begun)
  const answer = await read(response, options.parseAs)
  if (response.status === 401 && endings.indexOf(new Problem(401, answer.error).code) >= 0) signedOut()
  return answer
}

/** addressOf fills in the path and writes the query; an absent value is left out, a list is repeated. */
function addressOf(path: string, { params = {} }: Options): string {
  const filled = path.replace(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(String((params.path || {})[name])))
  const query = new URLSearchParams()
  for (const name of Object.keys(params.query || {})) {
    const value = params.query![name]
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== '') query.append(name, String(one))
    }
  }
  const text = query.toString()
  return text ? `${filled}?${text}` : filled
}

async function patiently(url: string, init: RequestInit): Promise<Response> {
  const stop = typeof AbortController === 'function' ? new AbortController() : null
  const timer = stop ? setTimeout(() => stop.abort(), patienceFor(sizeOf(init.body))) : undefined
  try {
    return await fetch(url, stop ? { ...init, signal: stop.signal } : init)
  } catch {
    noteReached(false)
    throw new Unreachable()
  } finally {
    clearTimeout(timer)
  }
}

/** sizeOf gives the bytes of a body that may be large; texts are small. */
function sizeOf(body: RequestInit['body']): number {
  if (body instanceof Blob) return body.size
  if (!(body instanceof FormData)) return 0
  let size = 0
  body.forEach((part) => { if (part instanceof Blob) size += part.size })
  return size
}

/** read parses an answer. A good one that is not what was asked for came from something in between. */
async function read(response: Response, parseAs: Options['parseAs']): Promise<Answer> {
  if (!response.ok) return { error: await response.json().catch(() => null), response }
  if (response.status === 204) return { response }
  try {
    const data = parseAs === 'blob' ? await response.blob() : parseAs === 'text' ? await response.text() : await response.json()
    return { data, response }
  } catch {
    throw new Unreachable()
  }
}

function cookie(name: string): string {
  const found = document.cookie.split('; ').filter((pair) => pair.indexOf(name + '=') === 0)[0]
  return found ? decodeURIComponent(found.slice(name.length + 1)) : ''
}
