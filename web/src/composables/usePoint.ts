import { computed, ref } from 'vue'
import { grantOf, useSession } from './useSession'

const key = 'hufen.point'
const chosen = ref(recall())

/** usePoint gives the collection points of the cleaner and the one this phone works at. */
export function usePoint() {
  const { session } = useSession()
  const grant = computed(() => (session.value ? grantOf('cleaner') || grantOf('cadre') : undefined))
  const points = computed(() => (grant.value && grant.value.points) || [])
  const point = computed(() => points.value.filter(({ id }) => id === chosen.value)[0] || points.value[0])
  return { grant, points, point, choose }
}

function choose(id: string) {
  chosen.value = id
  try {
    localStorage.setItem(key, id)
  } catch { /* private mode */ }
}

function recall(): string {
  try {
    return localStorage.getItem(key) || ''
  } catch {
    return ''
  }
}
