import { onBeforeUnmount, ref } from 'vue'
import { now as time } from '../domain/clock'

/** useNow gives the time in milliseconds, renewed every few seconds, for what ends by itself (undo). */
export function useNow(everyMillis = 5000) {
  const now = ref(time())
  const timer = setInterval(() => { now.value = time() }, everyMillis)
  onBeforeUnmount(() => clearInterval(timer))
  return now
}
