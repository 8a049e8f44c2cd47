// When the queue is sent: at start, when the network or the page comes back,
// on a timer while something waits, and when asked.

import { flush, type Sender } from './outbox'

const everyMillis = 30000

let running: Promise<void> | null = null
let again = false
let owner = ''
let sender: Sender | null = null
let timer: ReturnType<typeof setInterval> | undefined

/** startSending begins to send one person's entries; call again when the person changes. */
export function startSending(person: string, send: Sender) {
  const first = sender === null
  owner = person
  sender = send
  if (first) {
    addEventListener('online', () => { void sendNow() })
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') void sendNow()
    })
  }
  if (timer === undefined) timer = setInterval(() => { void sendNow() }, everyMillis)
  void sendNow()
}

/** stopSending keeps the entries and sends nothing until somebody signs in. */
export function stopSending() {
  owner = ''
  clearInterval(timer)
  timer = undefined
}

/** sendNow sends what waits; a call during a run makes one more run after it. */
export function sendNow(): Promise<void> {
  if (running) {
    again = true
    return running
  }
  running = run().then(finish, finish)
  return running
}

/** Nothing is tried without a network, so that an entry can still be taken back unsent. */
async function run() {
  if (owner && sender && navigator.onLine !== false) await flush(owner, sender)
}

function finish() {
  running = null
  if (!again) return
  again = false
  void sendNow()
}
