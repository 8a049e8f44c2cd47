// What tests need of the demo town: a household of the cleaner's village with
// a printed card and a PIN nobody else's test uses.

import { cardsOf } from './harness.mjs'

let next = 0

/** household gives one more household of the cleaner's village, with its card, and a PIN, or none, if asked for. */
export async function household(t, { pin, bare } = {}) {
  const page = await t.page()
  const cleaner = await t.signIn(page, 'cleaner')
  const village = cleaner.session.roles.filter(({ role }) => role === 'cleaner')[0].division
  await page.context().clearCookies()
  const { call } = await t.signIn(page, 'town_official')
  const found = await call('GET', `/households?division=${village.id}&limit=200`)
  const items = bare ? found.items.filter((one) => !one.has_pin) : found.items.slice(0, 50)
  const chosen = items[next++ % items.length]
  const [card] = await cardsOf(call, [chosen.id])
  if (pin) await call('PUT', `/households/${chosen.id}/pin`, { pin })
  await page.context().close()
  return { ...chosen, card, pin }
}
