import { api, unwrap } from './client'
import type { SettingChange } from './types'

/** listSettings gives every setting with the value in force in a division and where it comes from. */
export const listSettings = (division: string) => unwrap(api.GET('/settings', { params: { query: { division } } }))
export const changeSetting = (body: SettingChange) => unwrap(api.POST('/settings', { body }))
