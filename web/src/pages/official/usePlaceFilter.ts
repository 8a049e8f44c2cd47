import { computed } from 'vue'
import { getDivision, listTowns, listUpper } from '../../api/divisions'
import type { DivisionBrief } from '../../api/types'
import type { Filter } from '../../components/FilterBar.vue'
import { useLoad } from '../../composables/useLoad'
import { useSession } from '../../composables/useSession'
import { useText } from '../../i18n'
import { setupText } from '../../i18n/setup'
import { useAddress } from './useAddress'

/**
 * usePlaceFilter gives the one division a page of rules is about: the own
 * ones and, for those above, their towns. The address's `division` may name
 * any other in scope. It begins with the first.
 */
export function usePlaceFilter() {
  const t = useText(setupText)
  const address = useAddress()
  const { grants } = useSession()
  const asked = computed(() => address.value('division'))

  const places = useLoad(async () => {
    const own = grants.value.map((grant) => grant.division).filter((one): one is DivisionBrief => !!one)
    const given = asked.value ? [await getDivision(asked.value)] : []
    const above = own.length > 0 ? own : await listUpper()
    return [...above, ...await listTowns(), ...given].filter((one, at, all) => all.findIndex((other) => other.id === one.id) === at)
  }, () => asked.value)

  const all = computed(() => places.data.value || [])
  const division = computed(() => asked.value || (all.value[0] ? all.value[0].id : ''))
  const filters = computed<Filter[]>(() => (all.value.length < 2 ? [] : [
    { id: 'place', label: t('where'), value: division.value, options: all.value.map((one) => ({ value: one.id, label: one.name })) },
  ]))
  const name = computed(() => all.value.filter((one) => one.id === division.value).map((one) => one.name)[0] || '')
  /** There is nothing yet that rules could be about. */
  const none = computed(() => !!places.data.value && !division.value)
  return { division, filters, name, none, take: (_id: string, value: string) => { void address.set({ division: value }) } }
}
