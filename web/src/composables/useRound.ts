import { computed, shallowRef } from 'vue'
import { getDivision, listGroups } from '../api/divisions'
import { allOfDay } from '../api/drop-offs'
import type { DropOff } from '../api/types'
import { today } from '../domain/period'
import { roundOf, type GroupSize } from '../domain/round'

const key = 'hufen.round'

/** What was last known of today's round, kept on the phone for the next look without a network. */
interface Kept { day: string; village: string; households: number; groups: GroupSize[]; dropOffs: DropOff[] }

const kept = shallowRef<Kept | null>(recall())

/** useRound gives today's round of a village from what the phone last fetched; refresh fetches anew. */
export function useRound(village: () => string | undefined) {
  const mine = computed(() => (kept.value && kept.value.village === village() && kept.value.day === today() ? kept.value : null))
  const dropOffs = computed(() => (mine.value ? mine.value.dropOffs : []))
  const round = computed(() => roundOf(dropOffs.value, mine.value ? mine.value.groups : sizes(), mine.value ? mine.value.households : 0))

  /** Group sizes rarely change: yesterday's serve until today's are here. */
  function sizes(): GroupSize[] {
    return kept.value && kept.value.village === village() ? kept.value.groups : []
  }

  async function refresh(): Promise<void> {
    const id = village()
    const day = today()
    const [list, division, groups] = await Promise.all([
      allOfDay(day),
      id ? getDivision(id) : Promise.resolve(null),
      id ? listGroups(id) : Promise.resolve({ items: [] }),
    ])
    keep({
      day, village: id || '', households: (division && division.households) || 0,
      groups: groups.items.map(({ id: group, name, households }) => ({ id: group, name, households })),
      dropOffs: list.items,
    })
  }

  return { round, dropOffs, known: computed(() => mine.value !== null), refresh }
}

function keep(next: Kept) {
  kept.value = next
  try {
    localStorage.setItem(key, JSON.stringify(next))
  } catch { /* no room: known as long as the page */ }
}

function recall(): Kept | null {
  try {
    const text = localStorage.getItem(key)
    return text ? JSON.parse(text) as Kept : null
  } catch {
    return null
  }
}
