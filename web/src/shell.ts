// The kept shell: registers the service worker, and brings in a new version
// only while nothing waits to be sent.

import { all } from './outbox/store'

/** keepShell registers the worker in a built app and starts a waiting new version when it is safe. */
export function keepShell() {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  addEventListener('load', () => { void register() })
}

async function register() {
  const registration = await navigator.serviceWorker.register('/sw.js').catch(() => null)
  if (registration && registration.waiting) await activate(registration.waiting)
}

async function activate(waiting: ServiceWorker) {
  const entries = await all()
  if (entries.some((entry) => entry.state === 'waiting')) return
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
  waiting.postMessage({ type: 'activate' })
}

/** keepFile asks the worker to keep one more file for use without a network (the scanner's). */
export function keepFile(url: string) {
  if (!('serviceWorker' in navigator)) return
  void navigator.serviceWorker.ready.then((registration) => {
    if (registration.active) registration.active.postMessage({ type: 'keep', url })
  })
}

/** reloadOnLostChunk: after an upgrade of the server an open page may ask for a chunk that is gone; one reload brings the new page. */
export function reloadOnLostChunk() {
  addEventListener('vite:preloadError', () => {
    const last = Number(sessionStorage.getItem('hufen.reloaded') || 0)
    if (Date.now() - last < 60000 || navigator.onLine === false) return
    sessionStorage.setItem('hufen.reloaded', String(Date.now()))
    void (navigator.serviceWorker ? navigator.serviceWorker.getRegistration().then((found) => found && found.unregister()) : Promise.resolve())
      .then(() => location.reload())
  })
}
