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
    const id = village() || ''
    const [list, found] = await Promise.all([allOfDay(today()), sizesOf(id)])
    keep({ day: today(), village: id, ...found, dropOffs: list.items })
  }

  /** sizesOf asks for households per group once a day: they hardly change, and each group is a request. */
  async function sizesOf(id: string): Promise<{ households: number; groups: GroupSize[] }> {
    if (!id) return { households: 0, groups: [] }
    if (mine.value && mine.value.households) return { households: mine.value.households, groups: mine.value.groups }
    const [whole, listed] = await Promise.all([getDivision(id), listGroups(id)])
    const groups = await Promise.all(listed.items.map((group) => getDivision(group.id)))
    return {
      households: whole.households || 0,
      groups: groups.map(({ id: group, name, households }) => ({ id: group, name, households })),
    }
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
