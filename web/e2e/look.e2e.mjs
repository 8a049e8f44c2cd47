// Every page of the cleaner, the household and the way in, in each of its
// looks: no accessibility fault, no text or target too small, not wider than
// the phone. HUFEN_SHOTS=folder keeps the pictures.

import { check, faultsOf, phone } from './harness.mjs'
import { household } from './town.mjs'

const looks = [
  { name: 'normal', settings: {}, text: 16, target: 48 },
  { name: 'elder', settings: { size: 'elder' }, text: 20, target: 60 },
  { name: 'sunlight', settings: { theme: 'sunlight' }, text: 16, target: 48 },
  { name: 'english', settings: { lang: 'en' }, text: 16, target: 48 },
]

async function inspect(page, look, name) {
  const found = await faultsOf(page, `${name}-${look.name}`, { ...look, whole: false })
  check(found.length === 0, `${name}, ${look.name}: ${found.join(' | ')}`)
}

export default looks.map((look) => ({
  name: look.name,
  async run(t) {
    const { card, pin } = await household(t, { pin: '8642' })
    const stranger = await t.page({ settings: look.settings, viewport: phone })
    for (const [name, path, ready] of [['card', '/c/' + card.code, '.foot'], ['mistyped', '/c/000000000000000001', 'form'], ['login', '/login', 'form'], ['missing', '/nowhere', '.foot']]) {
      await stranger.goto(path)
      await stranger.waitForSelector(ready)
      await inspect(stranger, look, name)
    }
    await stranger.goto(`/c/${card.code}/pin`)
    await stranger.waitForSelector('.keypad')
    await inspect(stranger, { ...look, text: 20, target: 60 }, 'pin')

    const page = await t.page({ settings: look.settings, viewport: phone })
    await t.signIn(page, 'cleaner')
    for (const [name, path, ready] of [
      ['cleaner-home', '/cleaner', '.groups'], ['scan', '/cleaner/scan', '.tools'], ['today', '/cleaner/today', '.sums'],
      ['outbox', '/cleaner/outbox', '.empty'], ['account', '/account', '.switch'], ['drop-off', '/cleaner/drop-off/' + card.code, '.tiles'],
    ]) {
      await page.goto(path)
      await page.waitForSelector(ready)
      await inspect(page, look, name)
    }
    if (await page.$('.grades')) await page.click('.grades .tile >> nth=0')
    for (const key of ['3', '.', '6']) await page.click(`.keypad .key:text-is("${key}")`)
    await inspect(page, look, 'drop-off-filled')
    await page.click('.key.main')
    await page.waitForSelector('.saved .badge.done, .saved .badge.wait')
    await inspect(page, look, 'saved')

    const own = await t.page({ settings: look.settings, viewport: phone })
    await own.goto(`/c/${card.code}/pin`)
    for (const digit of pin) await own.click(`.key:text-is("${digit}")`)
    await own.waitForSelector('.bal')
    const size = await own.evaluate(() => document.documentElement.getAttribute('data-size'))
    await inspect(own, { ...look, text: size === 'elder' ? 20 : 16, target: size === 'elder' ? 60 : 48 }, 'household')
  },
}))
