import { api, unwrap } from './client'
import type { ExpiryNoticeList, NewExpiryRule } from './types'

/** listExpiryRules gives the rule in force in a division, those before and those to come. */
export const listExpiryRules = (division: string) => unwrap(api.GET('/expiry-rules', { params: { query: { division } } }))
export const createExpiryRule = (body: NewExpiryRule) => unwrap(api.POST('/expiry-rules', { body }))

/** listExpiryNotices gives a page of the households that lose points within 30 days. */
export const listExpiryNotices = (query: { division?: string; cursor?: string }) =>
  unwrap(api.GET('/expiry-notices', { params: { query: { ...query, limit: 200 } } })) as Promise<ExpiryNoticeList>

/** The address of the whole list as a file. */
export const expiryNoticesFile = (division?: string) => `/api/v1/expiry-notices?format=csv${division ? `&division=${division}` : ''}`
