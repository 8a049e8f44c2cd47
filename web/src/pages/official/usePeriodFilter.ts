import { computed, ref } from 'vue'
import type { Filter } from '../../components/FilterBar.vue'
import { lang } from '../../composables/useSettings'
import { addMonths, formatMonth, formatMonthOnly, lastMonths, thisMonth } from '../../domain/period'
import { readSpan, writeSpan, type Span } from '../../domain/reduction'
import { useText } from '../../i18n'
import { officeText } from '../../i18n/office'
import { useAddress } from './useAddress'

const ownChoice = 'own'

/**
 * usePeriodFilter gives the select of months: single ones, the last few, the
 * year so far, or two chosen freely. It begins with the last finished month.
 */
export function usePeriodFilter(spans: 'months' | 'single' = 'months') {
  const t = useText(officeText)
  const address = useAddress()
  const last = addMonths(thisMonth(), -1)
  const span = computed<Span>(() => readSpan(address.value('month'), last))
  const choosing = ref(false)

  const presets = computed(() => {
    const singles = lastMonths(thisMonth(), 25).map((month) => ({ value: month, label: formatMonth(month, lang.value) }))
    if (spans === 'single') return singles
    const year = { from: last.slice(0, 4) + '-01', to: last }
    return [
      ...singles.slice(0, 13),
      ...[3, 6, 12].map((n) => ({ value: writeSpan({ from: addMonths(last, 1 - n), to: last }), label: t('lastMonthsN', { n }) })),
      { value: writeSpan(year), label: t('yearToDate', { year: year.from.slice(0, 4), month: formatMonthOnly(last, lang.value) }) },
      { value: ownChoice, label: t('ownMonths') },
    ].filter((option, index, all) => all.findIndex((other) => other.value === option.value) === index)
  })

  const own = computed(() => choosing.value || presets.value.every((option) => option.value !== writeSpan(span.value)))
  const period = computed<Filter>(() => ({
    id: 'month', label: t('pickMonths'), options: presets.value,
    value: own.value ? ownChoice : writeSpan(span.value),
  }))
  const ends = computed<Filter[]>(() => {
    if (!own.value) return []
    const options = lastMonths(thisMonth(), 36).map((month) => ({ value: month, label: formatMonth(month, lang.value) }))
    return [
      { id: 'from', label: t('from'), value: span.value.from, options },
      { id: 'to', label: t('to'), value: span.value.to, options },
    ]
  })

  /** take handles a change of the select or of the two ends; false if it was another's. */
  function take(id: string, value: string): boolean {
    if (id === 'month') {
      choosing.value = value === ownChoice
      if (!choosing.value) void address.set({ month: value, cursor: '' })
      return true
    }
    if (id !== 'from' && id !== 'to') return false
    const next = { ...span.value, [id]: value }
    if (next.to < next.from) next[id === 'from' ? 'to' : 'from'] = value
    void address.set({ month: writeSpan(next), cursor: '' })
    return true
  }

  /** In words: July 2026, or from … to …. */
  const words = computed(() => formatMonth(span.value.from, lang.value) + (span.value.to === span.value.from ? '' : ` – ${formatMonth(span.value.to, lang.value)}`))

  return { span, filters: computed(() => [period.value, ...ends.value]), take, words }
}
