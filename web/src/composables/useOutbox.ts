import { computed, shallowRef } from 'vue'
import { listen } from '../outbox/outbox'
import type { Entry } from '../outbox/store'

const entries = shallowRef<Entry[]>([])
let listening = false

/** useOutbox gives this phone's entries, live, and the counts pages show. */
export function useOutbox() {
  if (!listening) {
    listening = true
    listen((now) => { entries.value = now })
  }
  const waiting = computed(() => entries.value.filter((entry) => entry.state === 'waiting'))
  const refused = computed(() => entries.value.filter((entry) => entry.state === 'refused'))
  const done = computed(() => entries.value.filter((entry) => entry.state === 'done'))
  return { entries, waiting, refused, done }
}
