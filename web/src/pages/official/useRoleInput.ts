import { computed, reactive } from 'vue'
import type { Level, Role, RoleInput } from '../../api/types'
import { hasRole } from '../../composables/useSession'
import { useText } from '../../i18n'
import { userText } from '../../i18n/users'
import type { FormError } from './useForm'

export interface RoleText {
  role: Role
  division: string
  village: string
  shop: string
  points: string[]
}

/** Roles by whoever may give them: only those at the own level and below. */
const givenBy: [Role, readonly Role[]][] = [
  ['cleaner', ['town_official', 'district_official', 'administrator']],
  ['shopkeeper', ['town_official', 'district_official', 'administrator']],
  ['cadre', ['town_official', 'district_official', 'administrator']],
  ['town_official', ['district_official', 'administrator']],
  ['finance', ['district_official', 'administrator']],
  ['auditor', ['district_official', 'administrator']],
  ['district_official', ['district_official', 'administrator']],
  ['administrator', ['administrator']],
]

const upper: readonly Level[] = ['district', 'city', 'province']
/** At which levels a role makes sense, for roles about a division. */
const levelsOf: Partial<Record<Role, readonly Level[]>> = {
  town_official: ['town'], district_official: upper, finance: ['town', ...upper], auditor: ['village', 'town', ...upper], administrator: ['town', ...upper],
}

/** useRoleInput keeps the role being given: what it needs beside its name, and what is missing. */
export function useRoleInput(id: string) {
  const t = useText(userText)
  const roles = givenBy.filter(([, givers]) => hasRole(...givers)).map(([role]) => role)
  const text = reactive<RoleText>({ role: roles[0] || 'cleaner', division: '', village: '', shop: '', points: [] })
  /** What the role is about: one village, one shop, or a division of any level. */
  const about = computed(() => (text.role === 'shopkeeper' ? 'shop' : text.role === 'cleaner' || text.role === 'cadre' ? 'village' : 'division'))

  const levels = computed(() => levelsOf[text.role] || [])

  function check(): FormError[] {
    if (about.value === 'shop') return text.shop ? [] : [{ field: id + '-shop', text: t('shopMissing') }]
    if (about.value === 'village') return text.village ? [] : [{ field: id + '-village', text: t('placeMissing') }]
    return text.division || text.role === 'administrator' ? [] : [{ field: id + '-division', text: t('placeMissing') }]
  }
  const input = (): RoleInput => ({
    role: text.role,
    shop_id: about.value === 'shop' ? text.shop : undefined,
    division_id: (about.value === 'village' ? text.village : about.value === 'division' ? text.division : '') || undefined,
    point_ids: text.role === 'cleaner' && text.points.length ? text.points : undefined,
  })
  const fieldsAt = (path: string): Record<string, string> => ({
    [path]: id, [path + '/role']: id, [path + '/shop_id']: id + '-shop', [path + '/point_ids']: id,
    [path + '/division_id']: about.value === 'village' ? id + '-village' : id + '-division',
  })
  return { roles, text, about, levels, check, input, fieldsAt }
}
