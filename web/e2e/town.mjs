// What tests need of the demo town: a household of the cleaner's village with
// a printed card and a PIN nobody else's test uses.

import { cardsOf } from './harness.mjs'

let next = 0

/** household gives one more household of the cleaner's village, with its card, and a PIN if asked for. */
export async function household(t, { pin } = {}) {
  const page = await t.page()
  const cleaner = await t.signIn(page, 'cleaner')
  const village = cleaner.session.roles.filter(({ role }) => role === 'cleaner')[0].division
  await page.context().clearCookies()
  const { call } = await t.signIn(page, 'town_official')
  const { items } = await call('GET', `/households?division=${village.id}&limit=50`)
  const chosen = items[next++ % items.length]
  const [card] = await cardsOf(call, [chosen.id])
  if (pin) await call('PUT', `/households/${chosen.id}/pin`, { pin })
  await page.context().close()
  return { ...chosen, card, pin }
}
