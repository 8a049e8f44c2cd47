// From a drop-off that does not count at once to its points: accepted with
// others, corrected, refused, posted and objected to; on a PC by its keys, on a
// phone, and what the household reads of it.

import { cardsOf, check, desk, equal, inspector, newId, phone } from './harness.mjs'

const inspect = inspector('review')

const today = () => new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10)

/** credit says when kitchen waste and paper count in a village, from today on. */
async function credit(officer, village, food, recyclable) {
  for (const [name, value] of [['credit_food', food], ['credit_recyclable', recyclable]]) {
    await officer('POST', '/settings', { id: newId(), division_id: village.id, name, value, valid_from: today() })
  }
}

/** broughtToday names the households whose cap of the day is no longer whole. */
async function broughtToday(officer, village) {
  const households = new Set()
  let after = ''
  do {
    const { items, next_cursor: next } = await officer('GET', `/drop-offs?division=${village.id}&limit=200${after}`)
    for (const { household } of items) households.add(household.id)
    after = next ? `&cursor=${encodeURIComponent(next)}` : ''
  } while (after)
  return households
}

/**
 * prepare lets kitchen waste count after a review and paper after three days in
 * the cleaner's village, and gives it some of each: households that brought
 * nothing today, from the list's place `from`, the last two with paper.
 */
async function prepare(t, officer, from, count) {
  const cleaner = await t.page()
  const { session, call } = await t.signIn(cleaner, 'cleaner')
  const village = session.roles.filter(({ role }) => role === 'cleaner')[0].division
  await credit(officer, village, -1, 3)
  const brought = await broughtToday(officer, village)
  const { items } = await officer('GET', `/households?division=${village.id}&limit=200`)
  const houses = items.filter(({ id }) => !brought.has(id)).slice(from, from + count)
  const dropOffs = []
  for (const [at, { id }] of houses.entries()) {
    const [card] = await cardsOf(officer, [id])
    const item = at < count - 2 ? { item: 'food', grams: 1000 + at * 100 } : { item: 'recyclable.paper', grams: 800 }
    dropOffs.push(await call('POST', '/drop-offs', { id: newId(), card_code: card.code, happened_at: new Date().toISOString(), items: [item] }))
  }
  equal(dropOffs.map(({ status }) => status), dropOffs.map(() => 'pending'), 'all wait')
  return { village, houses, dropOffs }
}

export default [{
  name: 'accepted with others, corrected and refused by keys, posted, objected to',
  async run(t) {
    const town = await t.page({ viewport: desk })
    const { call } = await t.signIn(town, 'town_official')
    const { dropOffs } = await prepare(t, call, 20, 7)
    const stateOf = async (at) => call('GET', `/drop-offs/${dropOffs[at].id}`)

    await t.page({ viewport: desk }).then(async (page) => {
      await t.signIn(page, 'cadre')
      await page.goto(`/office/reviews/${dropOffs[0].id}`)
      await page.waitForSelector('.list .row.here')
      await inspect(page, 'list')

      // Two of them together.
      for (const at of [0, 1]) await page.click(`.choice:has(a[href*="${dropOffs[at].id}"]) input`)
      await inspect(page, 'chosen')
      await page.click('.bulk .main')
      await page.waitForSelector('.banner.ok')
      await inspect(page, 'accepted')
      equal([(await stateOf(0)).status, (await stateOf(1)).status], ['credited', 'credited'], 'accepted together')

      // One put right, by keys.
      await page.goto(`/office/reviews/${dropOffs[2].id}`)
      await page.focus('.list .row.here')
      await page.keyboard.press('c')
      await page.waitForSelector('.correct')
      await inspect(page, 'correct')
      await page.click('.correct .main')
      await page.waitForSelector('#correct-reason-error')
      await page.fill('#correct-1-grams', '0.6')
      await page.fill('#correct-reason', '复称 0.6 公斤')
      await page.click('.correct .main')
      await page.waitForSelector('.banner.ok')
      const corrected = await stateOf(2)
      equal([corrected.status, corrected.items[0].grams, corrected.recorded_items[0].grams, corrected.credited], ['credited', 600, 1200, 3000], 'the corrected one')
      await page.goto(`/office/drop-offs/${dropOffs[2].id}`)
      await page.waitForSelector('.sheet')
      await inspect(page, 'one')

      // One refused, by keys: the row after this one, then R.
      await page.goto(`/office/reviews/${dropOffs[3].id}`)
      await page.focus('.list .row.here')
      await page.keyboard.press('ArrowDown')
      await page.waitForURL(`**/reviews/${dropOffs[4].id}`)
      await page.keyboard.press('ArrowUp')
      await page.waitForURL(`**/reviews/${dropOffs[3].id}`)
      await page.keyboard.press('r')
      await page.waitForSelector('#refuse-reason')
      await page.fill('#refuse-reason', '没有分开装')
      await page.click('.panel .refuse')
      await page.waitForSelector('.banner.ok')
      equal((await stateOf(3)).status, 'refused', 'the refused one')

      // What is posted.
      await page.goto(`/office/reviews/${dropOffs[5].id}?show=posted`)
      await page.waitForSelector('.verbs.posted')
      await inspect(page, 'posted')
      await page.goto('/office/posted')
      await page.waitForSelector('tbody tr')
      await inspect(page, 'sheet')
      await page.goto(`/office/reviews/${dropOffs[5].id}?show=posted`)
      await page.waitForSelector('.verbs.posted')
      await page.click('.verbs.posted .button:not(.refuse)')
      await page.fill('#object-reason', '这户不在家')
      await page.click('.panel .main')
      await page.waitForSelector('.banner.ok')
      equal((await stateOf(5)).objection, '这户不在家', 'the objection')
      await page.goto(`/office/reviews/${dropOffs[5].id}`)
      await page.waitForSelector('.verbs .main')
      await inspect(page, 'objected')
    })
  },
}, {
  name: 'on a phone, on the household’s page and on paper; settings and rules',
  async run(t) {
    const town = await t.page({ viewport: desk })
    const { call } = await t.signIn(town, 'town_official')
    const { village, houses, dropOffs } = await prepare(t, call, 30, 4)
    const [first, refused] = dropOffs
    const posted = dropOffs[3]

    // On a phone, in English, one fills the screen.
    const small = await t.page({ viewport: phone, settings: { lang: 'en' } })
    const cadre = await t.signIn(small, 'cadre')
    await small.goto('/office/reviews')
    await small.waitForSelector('.list .row')
    await inspect(small, 'phone-list')
    await cadre.call('POST', `/drop-offs/${refused.id}/review`, { id: newId(), decision: 'refused', reason: '没有分开装' })
    await small.goto(`/office/reviews/${first.id}`)
    await small.waitForSelector('.decide .main')
    await inspect(small, 'phone', { target: 48 })

    // The household reads what waits and what was refused, and objects.
    const own = await t.page({ viewport: phone, settings: { size: 'elder' } })
    const open = async (at, pin) => {
      await call('PUT', `/households/${houses[at].id}/pin`, { pin })
      const [card] = await cardsOf(call, [houses[at].id])
      await own.context().clearCookies()
      await own.goto(`/c/${card.code}/pin`)
      for (const digit of pin) await own.click(`.key:text-is("${digit}")`)
      await own.waitForSelector('.bal .figure')
    }
    await open(3, '4682')
    await own.waitForSelector('.waiting .ask')
    await own.evaluate(() => document.querySelector('.waiting').scrollIntoView())
    await inspect(own, 'own', { text: 18, target: 60, whole: false })
    await own.click('.waiting .ask')
    await own.fill('.waiting textarea', '少记了一公斤')
    await own.click('.waiting .main')
    await own.waitForSelector('.banner.ok')
    equal((await call('GET', `/drop-offs/${posted.id}`)).objection, '少记了一公斤', 'the household’s objection')
    await open(1, '4683')
    check((await own.textContent('main')).includes('没有分开装'), 'the reason stands on the household’s page')

    // The same on paper, for a household without a phone.
    await small.goto(`/office/households/${houses[3].id}/slip`)
    await small.waitForSelector('.slip .waits')
    await inspect(small, 'slip', { target: 48 })
    await small.goto(`/office/households/${houses[1].id}/slip`)
    await small.waitForSelector('.slip')
    check((await small.textContent('.slip')).includes('没有分开装'), 'the reason stands on the slip')

    // Dated settings and rules.
    await town.goto(`/office/setup/settings?division=${village.id}`)
    await town.waitForSelector('.setting')
    await inspect(town, 'settings')
    await town.goto(`/office/setup/tariffs/new?division=${village.id}`)
    await town.waitForSelector('.fold')
    await town.click('.fold')
    await town.selectOption('select[id$="-crediting"]', 'period')
    await inspect(town, 'tariff')
    await credit(call, village, 0, 0) // for the tests after this one
  },
}]
