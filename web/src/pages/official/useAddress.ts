import { computed } from 'vue'
import { useRoute, useRouter, type LocationQueryRaw } from 'vue-router'

/**
 * useAddress keeps what a page was asked to show in its address, so that a
 * link, a reload and the way back show the same. Leaving the page leaves the
 * last values standing until it is gone.
 */
export function useAddress() {
  const route = useRoute()
  const router = useRouter()
  const page = route.name
  let kept: Record<string, unknown> = route.query

  const query = computed(() => {
    if (route.name === page) kept = route.query
    return kept
  })

  const value = (name: string, fallback = '') => {
    const found = query.value[name]
    return typeof found === 'string' && found ? found : fallback
  }

  /** set changes values at once; an empty one leaves the address. */
  const set = (change: Record<string, string>) => {
    const next: LocationQueryRaw = { ...route.query }
    for (const name of Object.keys(change)) next[name] = change[name] || undefined
    return router.replace({ query: next })
  }

  return { value, set }
}

/** useParam gives a part of the page's path, steady while the page is left. */
export function useParam(name: string) {
  const route = useRoute()
  const page = route.name
  let kept = ''
  return computed(() => {
    const found = route.params[name]
    if (route.name === page) kept = typeof found === 'string' ? found : ''
    return kept
  })
}
