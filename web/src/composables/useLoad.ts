import { ref, shallowRef, watch, type ShallowRef, type Ref } from 'vue'

export interface Load<T> {
  /** The last good answer; stays while a newer one is being fetched. */
  data: ShallowRef<T | undefined>
  /** What went wrong the last time, or null. */
  problem: ShallowRef<unknown>
  loading: Ref<boolean>
  reload: () => Promise<void>
}

/**
 * useLoad fetches what a page shows, at once and whenever `key` changes. An
 * answer that arrives after a newer request was sent is dropped.
 */
export function useLoad<T>(fetch: () => Promise<T>, key?: () => unknown): Load<T> {
  const data = shallowRef<T>()
  const problem = shallowRef<unknown>(null)
  const loading = ref(false)
  let latest = 0

  async function reload() {
    const mine = ++latest
    loading.value = true
    try {
      const answer = await fetch()
      if (mine !== latest) return
      data.value = answer
      problem.value = null
    } catch (error) {
      if (mine === latest) problem.value = error
    } finally {
      if (mine === latest) loading.value = false
    }
  }

  if (key) watch(key, reload, { immediate: true, deep: true })
  else void reload()
  return { data, problem, loading, reload }
}
