import type { TariffCap, TariffRule } from '../../api/types'
import { lang } from '../../composables/useSettings'
import { formatCount, formatPoints } from '../../domain/points'
import { useText } from '../../i18n'
import { setupText } from '../../i18n/setup'
import { useCreditingWords } from './useCreditingWords'

/** useTariffWords writes rules and caps of a tariff in words. */
export function useTariffWords() {
  const t = useText(setupText)
  const points = (value: number | undefined) => formatPoints(value || 0)

  const name = (rule: TariffRule) => (lang.value === 'zh' ? rule.name_zh : rule.name_en)
  const crediting = useCreditingWords()
  /** When the points of a rule count, where the rule itself says so. */
  const when = (rule: TariffRule) => (rule.crediting === undefined ? '' : crediting.say(rule.crediting))
  function say(rule: TariffRule): string {
    if (rule.basis === 'per_kg') return t('perKgSay', { points: points(rule.points) })
    if (rule.basis === 'per_count') return t('perCountSay', { n: formatCount(rule.per_count || 1), points: points(rule.points) })
    return t('perGradeSay', { a: points(rule.excellent), b: points(rule.good), c: points(rule.fair), d: points(rule.poor) })
  }
  const periods = { day: 'capDay', month: 'capMonth', year: 'capYear' } as const
  const capSay = (cap: TariffCap) => t('capSay', { class: cap.category === '*' ? t('allClasses') : t(cap.category), period: t(periods[cap.period]), points: points(cap.points) })

  return { name, say, when, capSay }
}
