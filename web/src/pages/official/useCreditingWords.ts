import { creditingWay } from '../../domain/crediting'
import { useText } from '../../i18n'
import { reviewText } from '../../i18n/review'

/** useCreditingWords says when points count. */
export function useCreditingWords() {
  const t = useText(reviewText)
  const keys = { class: 'asClass', once: 'atOnce', review: 'afterReview', period: 'afterDays' } as const
  const say = (value: number | undefined) => t(keys[creditingWay(value)], { n: value || 0 })
  const ways = (withClass: boolean) => [
    ...(withClass ? [{ value: 'class', label: t('asClass') }] : []),
    { value: 'once', label: t('atOnce') }, { value: 'review', label: t('afterReview') }, { value: 'period', label: t('afterPeriod') },
  ]
  return { say, ways }
}
