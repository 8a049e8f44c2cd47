import { api, unwrap } from './client'

/** getTrace gives what was before and after a drop-off, entry, redemption, settlement or payment. */
export const getTrace = (id: string) => unwrap(api.GET('/trace/{id}', { params: { path: { id } } }))

/** The address of the same as a file. */
export const traceFile = (id: string) => `/api/v1/trace/${id}`
