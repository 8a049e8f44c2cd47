import { ref } from 'vue'

/** Whether the phone believes it has a network, and whether the last request agreed. */
const online = ref(navigator.onLine !== false)
const probeEvery = 15000
let probing: ReturnType<typeof setTimeout> | undefined

addEventListener('online', () => { online.value = true })
addEventListener('offline', () => { online.value = false })

/** useOnline gives a ref that follows the network. */
export function useOnline() {
  return online
}

/** noteReached is told by the API client whether an answer came at all. */
export function noteReached(reached: boolean) {
  online.value = reached
  clearTimeout(probing)
  if (!reached) probing = setTimeout(probe, probeEvery)
}

/** probe asks again after a failure, so that a page that waits for the network is told. */
function probe() {
  fetch('/healthz', { cache: 'no-store' }).then(() => noteReached(true), () => noteReached(false))
}
