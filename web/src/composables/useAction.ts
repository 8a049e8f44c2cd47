import { ref, shallowRef } from 'vue'

/**
 * useAction runs what a button does: busy while it runs, one run at a time,
 * and what went wrong for the page to say. run gives undefined on a failure.
 */
export function useAction<A extends unknown[], T>(act: (...args: A) => Promise<T>) {
  const busy = ref(false)
  const problem = shallowRef<unknown>(null)

  async function run(...args: A): Promise<T | undefined> {
    if (busy.value) return undefined
    busy.value = true
    problem.value = null
    try {
      return await act(...args)
    } catch (error) {
      problem.value = error
      return undefined
    } finally {
      busy.value = false
    }
  }

  return { busy, problem, run }
}
