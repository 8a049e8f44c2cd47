import { api, unwrap } from './client'
import type { Division, DivisionChange, Level, NewDivision } from './types'

export const getDivision = (id: string) => unwrap(api.GET('/divisions/{id}', { params: { path: { id } } }))

/** listGroups gives the groups of a village. */
export const listGroups = (village: string) =>
  unwrap(api.GET('/divisions', { params: { query: { parent: village, level: 'group', limit: 200 } } }))

/** listUpper gives provinces, cities and districts inside the own scope, from the top. */
export async function listUpper(): Promise<Division[]> {
  const levels: Level[] = ['province', 'city', 'district']
  const lists = await Promise.all(levels.map((level) => everyDivision({ level })))
  return lists[0].concat(lists[1], lists[2])
}

/** listTowns gives the towns inside the own scope. */
export const listTowns = () => everyDivision({ level: 'town' })

/** listVillages gives the villages of a town, or of the whole own scope. */
export const listVillages = (town?: string) => everyDivision({ level: 'village', parent: town })

/** fewVillages gives the villages of the own scope where there are at most `most` of them, else none. */
export async function fewVillages(most: number): Promise<Division[]> {
  const { items } = await unwrap(api.GET('/divisions', { params: { query: { level: 'village', limit: most + 1 } } }))
  return items.length > most ? [] : items
}

/** listChildren gives a page of the divisions right below one, or of the top of the own scope. */
export const listChildren = (parent?: string, cursor?: string) =>
  unwrap(api.GET('/divisions', { params: { query: { parent, cursor, limit: 200 } } }))

/** findDivisions gives the divisions in scope whose name or code has a text in it. */
export const findDivisions = (q: string, level?: Level) =>
  unwrap(api.GET('/divisions', { params: { query: { q, level, limit: 50 } } }))

export const createDivision = (body: NewDivision) => unwrap(api.POST('/divisions', { body }))
export const updateDivision = (id: string, body: DivisionChange) =>
  unwrap(api.PATCH('/divisions/{id}', { params: { path: { id } }, body }))

/** At most this many pages of 200 are fetched for a select. */
const mostPages = 5

async function everyDivision(query: { level: Level; parent?: string }): Promise<Division[]> {
  const all: Division[] = []
  let cursor: string | undefined
  for (let page = 0; page < mostPages; page++) {
    const answer = await unwrap(api.GET('/divisions', { params: { query: { ...query, cursor, limit: 200 } } }))
    all.push(...answer.items)
    cursor = answer.next_cursor
    if (!cursor) break
  }
  return all
}
