// The service worker. It keeps the shell (page, scripts, styles) so that a
// cleaner's phone opens the app without a network. It never touches /api.

declare const __FILES__: string[]
declare const __VERSION__: string

const worker = self as unknown as ServiceWorkerGlobalScope
const files: string[] = __FILES__
const shell = 'shell-' + __VERSION__
const onDemand = 'on-demand'

worker.addEventListener('install', (event) => {
  event.waitUntil(caches.open(shell).then((cache) =>
    cache.addAll(files.map((file) => new Request(file, { cache: 'reload' })))))
})

worker.addEventListener('activate', (event) => {
  event.waitUntil(dropOldShells().then(() => worker.clients.claim()))
})

worker.addEventListener('message', (event) => {
  const message = event.data as { type: string; url?: string }
  if (message.type === 'activate') worker.skipWaiting()
  if (message.type === 'keep' && message.url) {
    const url = message.url
    event.waitUntil(caches.open(onDemand).then((cache) =>
      cache.match(url).then((found) => found ? undefined : cache.add(url))))
  }
})

worker.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  if (event.request.method !== 'GET' || url.origin !== location.origin) return
  if (event.request.mode === 'navigate') {
    if (isPage(url.pathname)) event.respondWith(page(event.request, url))
    return
  }
  if (url.pathname.startsWith('/assets/') || files.indexOf(url.pathname) >= 0) {
    event.respondWith(asset(event.request))
  }
})

/** Pages of the app; everything the server itself answers stays with the server. */
function isPage(path: string): boolean {
  return !/^\/(api|healthz|readyz|metrics)(\/|$)/.test(path) && !/\.[a-z0-9]+$/i.test(path)
}

/** Desk pages come from the network first; phones get the kept shell at once. */
async function page(request: Request, url: URL): Promise<Response> {
  const kept = await caches.match('/', { cacheName: shell })
  if (!kept) return fetch(request)
  if (!url.pathname.startsWith('/office')) return kept
  return fetch(request).catch(() => kept)
}

async function asset(request: Request): Promise<Response> {
  const kept = await caches.match(request)
  return kept || fetch(request)
}

async function dropOldShells(): Promise<void> {
  const names = await caches.keys()
  await Promise.all(names.filter((name) => name !== shell && name !== onDemand).map((name) => caches.delete(name)))
}
