import { computed, ref, shallowRef, watch } from 'vue'
import { useLoad } from '../../composables/useLoad'

/** A page of a list as the contract has it. */
interface Page<T> {
  items: T[]
  next_cursor?: string
}

/**
 * usePages fetches a list page by page: `fetch` with no cursor at once and
 * whenever `key` changes, `more` adds the next page.
 */
export function usePages<T, P extends Page<T>>(fetch: (cursor?: string) => Promise<P>, key?: () => unknown) {
  const load = useLoad<P>(() => fetch(), key)
  const added = shallowRef<T[]>([])
  const next = ref<string>()
  const fetching = ref(false)
  const problem = shallowRef<unknown>(null)

  watch(load.data, (first) => {
    added.value = []
    next.value = first ? first.next_cursor : undefined
  }, { immediate: true, flush: 'sync' })

  async function more() {
    const from = load.data.value
    if (!next.value || fetching.value) return
    fetching.value = true
    problem.value = null
    try {
      const page = await fetch(next.value)
      if (from !== load.data.value) return
      added.value = added.value.concat(page.items)
      next.value = page.next_cursor
    } catch (error) {
      problem.value = error
    } finally {
      fetching.value = false
    }
  }

  const items = computed<T[]>(() => (load.data.value ? load.data.value.items.concat(added.value) : []))
  return { load, first: load.data, items, hasMore: computed(() => !!next.value), fetching, problem, more }
}
