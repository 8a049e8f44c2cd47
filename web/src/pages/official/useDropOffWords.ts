import type { DropOff } from '../../api/types'
import { useItemText } from '../../composables/useItemText'
import { lang } from '../../composables/useSettings'
import { houseLabel } from '../../domain/household'
import { formatKg } from '../../domain/weight'
import { useText } from '../../i18n'
import { formatDay } from '../../domain/period'
import { closingText } from '../../i18n/closing'
import { officeText } from '../../i18n/office'
import { reviewText } from '../../i18n/review'

/** useDropOffWords writes what was dropped off, by whom, and why it waits. */
export function useDropOffWords() {
  const t = useText(officeText)
  const r = useText(reviewText)
  const b = useText(closingText)
  const { describe } = useItemText()

  const house = (one: DropOff) => (one.household ? houseLabel(one.household, lang.value) : t('unknownHouse'))
  const itemWords = (item: DropOff['items'][number]) => describe(item.name || t(item.category), { ...item, photo_id: undefined })
  const items = (one: DropOff) => one.items.map(itemWords).join(lang.value === 'zh' ? '；' : '; ')
  const grams = (one: DropOff) => one.items.reduce((sum, item) => sum + (item.grams || 0), 0)
  const photos = (one: DropOff) => one.items.map((item) => item.photo_id).filter((id): id is string => !!id)

  /** Why it waits, or the reason it was refused with: a title and one sentence. */
  function why(one: DropOff): { title: string; say: string } {
    const reason = one.review_reason || ''
    const people = one.household ? one.household.member_count : 0
    if (one.objection && one.status === 'pending') return { title: r('whyObjected'), say: one.objection }
    if (reason === 'objection_period') return { title: r('whyPosted'), say: r('postedUntil', { day: formatDay(one.objection_until || '', lang.value) }) }
    if (reason === 'review_class') return { title: r('whyClass'), say: t('whyAll') }
    if (reason === 'implausible_weight') return { title: t('why_implausible_weight'), say: t('whyWeight', { n: people, kg: formatKg(grams(one)) }) }
    if (reason === 'over_budget') return { title: b('whyBudget'), say: b('whyBudgetSay') }
    if (reason === 'review_all') return { title: t('why_review_all'), say: t('whyAll') }
    return { title: reason || t('reviewWaits'), say: '' }
  }

  return { house, itemWords, items, grams, photos, why }
}
