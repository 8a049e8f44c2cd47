import type { Role, RoleGrant } from '../../api/types'
import { useText } from '../../i18n'
import { userText } from '../../i18n/users'

/** useRoleWords writes a role with where it holds: 保洁员，青竹湾村. */
export function useRoleWords() {
  const t = useText(userText)
  const roleSay = (grant: RoleGrant) => {
    const place = grant.shop ? grant.shop.name : grant.division ? grant.division.name : t('everywhere')
    const points = (grant.points || []).map((point) => point.name)
    return t('roleAt', { role: t(grant.role), place: [place, ...points].join(' · ') })
  }
  const roleName = (role: Role) => t(role)
  return { roleSay, roleName }
}
