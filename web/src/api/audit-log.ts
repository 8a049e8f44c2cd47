import { api, unwrap } from './client'

/** listAuditLog gives who changed or revealed what, newest first. */
export const listAuditLog = (query: { division?: string; object?: string; cursor?: string }) =>
  unwrap(api.GET('/audit-log', { params: { query: { ...query, limit: 100 } } }))
