import { api, unwrap, upload } from './client'
import type { Import, ImportKind, Verdict } from './types'

export const listImports = (cursor?: string) => unwrap(api.GET('/imports', { params: { query: { cursor, limit: 50 } } }))
export const getImport = (id: string) => unwrap(api.GET('/imports/{id}', { params: { path: { id } } }))

export const listImportRows = (id: string, verdict: Verdict, cursor?: string) =>
  unwrap(api.GET('/imports/{id}/rows', { params: { path: { id }, query: { verdict, cursor, limit: 200 } } }))

/** createImport uploads a file to be checked; nothing of it is stored yet. `map` names columns that differ from the template's. */
export function createImport(id: string, kind: ImportKind, file: File, division: string, map: Record<string, string>): Promise<Import> {
  const form = new FormData()
  form.append('id', id)
  form.append('kind', kind)
  if (division) form.append('division', division)
  if (Object.keys(map).length > 0) form.append('map', JSON.stringify(map))
  form.append('file', file)
  return upload<Import>('/imports', form)
}

export const applyImport = (id: string, mode: 'good_rows' | 'all_rows') =>
  unwrap(api.POST('/imports/{id}/apply', { params: { path: { id } }, body: { mode } }))

export const importTemplate = (kind: ImportKind) => '/api/v1/imports/templates/' + kind
