import type { ExpiryMode } from '../../domain/expiry'
import { useText } from '../../i18n'
import { expiryText } from '../../i18n/expiry'

/** useExpiryWords says a rule about points that run out in a sentence. */
export function useExpiryWords() {
  const t = useText(expiryText)
  return (mode: ExpiryMode, months: number): string => {
    if (mode === 'none') return t('ruleNone')
    if (mode === 'idle') return t('ruleIdle', { n: months })
    return months === 0 ? t('ruleYear') : t('ruleYearGrace', { month: months })
  }
}
