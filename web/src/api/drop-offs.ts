import type { Attempt } from '../outbox/outbox'
import type { Entry } from '../outbox/store'
import { api, unwrap } from './client'
import { sendPhoto } from './photos'
import { Problem } from './problem'
import type { DropOff, NewDropOff } from './types'

/** sendDropOff posts one entry of the outbox and says what became of it. It never throws. */
export async function sendDropOff(entry: Entry): Promise<Attempt> {
  try {
    for (const { id, picture } of entry.photos || []) await sendPhoto(id, picture)
    const outcome = await unwrap(api.POST('/drop-offs', { body: entry.body as NewDropOff }))
    if (!outcome || outcome.id !== entry.id) return { kind: 'later' }
    return { kind: 'done', outcome }
  } catch (error) {
    return attemptOf(error)
  }
}

/**
 * attemptOf: a refusal is final only when Hufen itself said it, with a code.
 * Anything in between (a Wi-Fi log-in page, a proxy, too many requests) is not.
 */
export function attemptOf(error: unknown): Attempt {
  if (!(error instanceof Problem)) return { kind: 'later' }
  if (error.status === 401) return { kind: 'signed-out' }
  const final = error.status >= 400 && error.status < 500 && error.status !== 408 && error.status !== 429
  const ours = error.code.indexOf('http.') !== 0 && error.code.indexOf('csrf') < 0
  if (final && ours) return { kind: 'refused', code: error.code, sentence: error.message }
  // A fault of the server may be this entry's alone, and is not to hold up the others.
  return { kind: 'later', only: error.status === 500 }
}

/** listOfDay gives the drop-offs of a day, newest first, at most 200 a page. */
export const listOfDay = (day: string, cursor?: string) =>
  unwrap(api.GET('/drop-offs', { params: { query: { day, cursor, limit: 200 } } }))

/** allOfDay gives every drop-off of a day with its totals. */
export async function allOfDay(day: string) {
  const first = await listOfDay(day)
  const items: DropOff[] = first.items.slice()
  let cursor = first.next_cursor
  while (cursor) {
    const next = await listOfDay(day, cursor)
    items.push(...next.items)
    cursor = next.next_cursor
  }
  return { items, totals: first.totals }
}

/** reverseDropOff undoes a drop-off by an opposite entry; id is this reversal's own UUIDv7. */
export const reverseDropOff = (dropOff: string, id: string, reason: string) =>
  unwrap(api.POST('/drop-offs/{id}/reversal', { params: { path: { id: dropOff } }, body: { id, reason } }))

/** listDropOffs gives a page of a division's drop-offs of a day, newest first. */
export const listDropOffs = (query: { division?: string; day: string; cursor?: string }) =>
  unwrap(api.GET('/drop-offs', { params: { query: { ...query, limit: 100 } } }))
export const getDropOff = (id: string) => unwrap(api.GET('/drop-offs/{id}', { params: { path: { id } } }))
