import { computed } from 'vue'
import { fewVillages, getDivision, listGroups, listTowns, listVillages } from '../../api/divisions'
import type { Division } from '../../api/types'
import type { Filter } from '../../components/FilterBar.vue'
import { useLoad } from '../../composables/useLoad'
import { lang } from '../../composables/useSettings'
import { groupName } from '../../domain/household'
import { useText } from '../../i18n'
import { officeText } from '../../i18n/office'
import { useAddress } from './useAddress'

type Level = 'town' | 'village' | 'group'
/** A pilot's few villages need no town to be chosen first. */
const mostAtOnce = 40

/**
 * useDivisionFilter gives the selects by which a page narrows the own scope:
 * town, village and, down to `lowest`, group. What is chosen is the address's
 * `division`. A select with a single choice is left out.
 */
export function useDivisionFilter(lowest: Level = 'village') {
  const t = useText(officeText)
  const address = useAddress()
  const division = computed(() => address.value('division'))

  const chosen = useLoad(async () => (division.value ? getDivision(division.value) : undefined), () => division.value)
  const townId = computed(() => idAt(chosen.data.value, 'town'))
  const villageId = computed(() => idAt(chosen.data.value, 'village'))

  const towns = useLoad(listTowns)
  const onlyTown = computed(() => (towns.data.value && towns.data.value.length === 1 ? towns.data.value[0].id : ''))
  const many = computed(() => !!towns.data.value && towns.data.value.length > 1)
  const villages = useLoad(async () => {
    if (lowest === 'town' || !towns.data.value) return []
    if (many.value && !townId.value) return fewVillages(mostAtOnce)
    return listVillages(townId.value || onlyTown.value || undefined)
  }, () => [towns.data.value, townId.value])
  const onlyVillage = computed(() => (!many.value && villages.data.value && villages.data.value.length === 1 ? villages.data.value[0].id : ''))
  const groups = useLoad(async () => {
    const village = villageId.value || onlyVillage.value
    return lowest === 'group' && village ? (await listGroups(village)).items : []
  }, () => [villageId.value, onlyVillage.value])

  const filters = computed<Filter[]>(() => [
    select('town', t('allTowns'), towns.data.value, townId.value),
    select('village', t('allVillages'), villages.data.value, villageId.value),
    select('group', t('allGroups'), groups.data.value, idAt(chosen.data.value, 'group')),
  ].filter((filter): filter is Filter => filter !== null))

  function select(id: Level, all: string, list: Division[] | undefined, value: string): Filter | null {
    if (!list || list.length < 2) return null
    const options = list.map((one) => ({ value: one.id, label: groupName(one.name, lang.value) }))
    return { id, label: t(id), value, options: [{ value: '', label: all }, ...options] }
  }

  /** take handles a change of one of the selects; false if it was another's. */
  function take(id: string, value: string): boolean {
    if (id !== 'town' && id !== 'village' && id !== 'group') return false
    const up = id === 'group' ? villageId.value || onlyVillage.value : id === 'village' ? townId.value : ''
    void address.set({ division: value || up, cursor: '' })
    return true
  }

  return {
    division, filters, take, chosen: chosen.data,
    /** The village the page is about, chosen or the only one; '' for several. */
    village: computed(() => villageId.value || onlyVillage.value),
    villages: villages.data, groups: groups.data, towns: towns.data, manyTowns: many,
  }
}

/** idAt gives the id of a division's ancestor (or itself) at a level. */
function idAt(division: Division | undefined, level: Level): string {
  if (!division) return ''
  if (division.level === level) return division.id
  return (division.ancestors || []).filter((one) => one.level === level).map((one) => one.id)[0] || ''
}
