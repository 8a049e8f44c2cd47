import { api, unwrap } from './client'
import type { Baseline, NewBaseline } from './types'

/** listBaselines gives every baseline in force or waiting in a division, at most 1,000. */
export async function listBaselines(division?: string): Promise<Baseline[]> {
  const all: Baseline[] = []
  let cursor: string | undefined
  for (let page = 0; page < 5; page++) {
    const answer = await unwrap(api.GET('/baselines', { params: { query: { division, cursor, limit: 200 } } }))
    all.push(...answer.items)
    cursor = answer.next_cursor
    if (!cursor) break
  }
  return all
}

export const createBaseline = (body: NewBaseline) => unwrap(api.POST('/baselines', { body }))
export const lockBaseline = (id: string) => unwrap(api.POST('/baselines/{id}/lock', { params: { path: { id } } }))
export const signBaseline = (id: string) => unwrap(api.POST('/baselines/{id}/sign', { params: { path: { id } } }))
