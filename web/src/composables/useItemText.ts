import { formatKg } from '../domain/weight'
import type { Grade, Item, Rule } from '../domain/tariff'
import { useText } from '../i18n'
import { dropOffText } from '../i18n/drop-off'
import { lang } from './useSettings'

/** useItemText writes items of a drop-off in words: 厨余 3.6 公斤，优. */
export function useItemText() {
  const t = useText(dropOffText)

  function ruleName(rule: Pick<Rule, 'name_zh' | 'name_en'>): string {
    return lang.value === 'zh' ? rule.name_zh : rule.name_en
  }

  function describe(name: string, item: Pick<Item, 'grams' | 'pieces' | 'photo_id'> & { grade?: Grade }): string {
    let what = name
    if (item.pieces) what = t('itemPieces', { name, n: item.pieces })
    else if (item.grams) what = t('itemKg', { name, kg: formatKg(item.grams) })
    if (item.grade) what = t('itemGrade', { what, grade: t(item.grade) })
    return item.photo_id ? t('itemPhoto', { what }) : what
  }

  return { ruleName, describe }
}
