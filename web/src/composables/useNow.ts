import { onBeforeUnmount, ref } from 'vue'

/** useNow gives the time in milliseconds, renewed every few seconds, for what ends by itself (undo). */
export function useNow(everyMillis = 5000) {
  const now = ref(Date.now())
  const timer = setInterval(() => { now.value = Date.now() }, everyMillis)
  onBeforeUnmount(() => clearInterval(timer))
  return now
}
