import { listUpper } from '../../api/divisions'
import { listSettings } from '../../api/settings'
import type { AuditRecord, Role, Setting } from '../../api/types'
import { useLoad } from '../../composables/useLoad'
import { useSession } from '../../composables/useSession'
import { lang } from '../../composables/useSettings'
import { readDetail } from '../../domain/audit'
import type { ExpiryMode } from '../../domain/expiry'
import { formatDay, formatMonth } from '../../domain/period'
import { formatCount, formatYuan } from '../../domain/points'
import { writeSetting } from '../../domain/setting'
import { formatKg } from '../../domain/weight'
import { useText } from '../../i18n'
import { auditDetailText } from '../../i18n/audit-detail'
import { useExpiryWords } from './useExpiryWords'
import { useRoleWords } from './useRoleWords'

/** useAuditWords tells the details of the audit log in sentences; what it cannot read stays as it was written. */
export function useAuditWords() {
  const t = useText(auditDetailText)
  const expiry = useExpiryWords()
  const { roleName } = useRoleWords()
  const { grants } = useSession()
  const settings = useLoad(async () => {
    const own = grants.value.map((grant) => grant.division).filter((one) => !!one)[0] || (await listUpper())[0]
    return own ? (await listSettings(own.id)).items : []
  }, () => lang.value)

  const word = (key: string) => (key in auditDetailText ? t(key as keyof typeof auditDetailText) : key)
  function settingWords(name: string, value: string): { setting: string; value: string } {
    const found: Setting | undefined = (settings.data.value || []).filter((one) => one.name === name)[0]
    return found ? { setting: found.title, value: writeSetting(Number(value), found.unit) } : { setting: name, value }
  }

  function told(parts: Record<string, string>): Record<string, string> {
    const said = { ...parts }
    if (parts.day) said.day = formatDay(parts.day, lang.value)
    if (parts.month) said.month = formatMonth(parts.month.slice(0, 7), lang.value)
    if (parts.grams) said.kg = formatKg(Number(parts.grams))
    if (parts.days) said.days = formatCount(Number(parts.days))
    if (parts.fen) said.yuan = formatYuan(Number(parts.fen))
    if (parts.role) said.role = roleName(parts.role as Role)
    if (parts.mode) said.rule = expiry(parts.mode as ExpiryMode, Number(parts.months))
    if (parts.consent) said.consent = word('consent_' + parts.consent)
    if (parts.kind) said.kind = word('kind_' + parts.kind)
    for (const name of ['period', 'full', 'object']) if (parts[name]) said[name] = word(parts[name])
    return parts.setting ? { ...said, ...settingWords(parts.setting, parts.value) } : said
  }

  return (record: AuditRecord): string => {
    const read = readDetail(record.action, record.detail)
    return read ? t(read.key, told(read.parts)).trim() : record.detail
  }
}
