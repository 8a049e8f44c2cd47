// The shop: goods for points, by PIN, by photo and by the cadre's code; too few
// points, nothing on the shelf, a lost answer, cancelling.

import { check, desk, equal, newId, phone } from './harness.mjs'
import { household } from './town.mjs'

let made = 0
const pixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mP8z8BQz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC', 'base64')

/** counter gives a shopkeeper's page, the shop, and a household with a few points. */
async function counter(t, { pin } = {}) {
  const someone = await household(t, { pin, bare: !pin })
  const page = await t.page({ viewport: phone })
  const cleaner = await t.signIn(page, 'cleaner')
  const tariff = await cleaner.call('GET', '/tariffs/current')
  const paid = tariff.rules.find((rule) => rule.basis === 'per_grade') || tariff.rules[0]
  const item = paid.basis === 'per_grade' ? { item: paid.item, grade: 'excellent' }
    : paid.basis === 'per_kg' ? { item: paid.item, grams: 2000 } : { item: paid.item, pieces: 100 }
  await cleaner.call('POST', '/drop-offs', { id: newId(), card_code: someone.card.code, happened_at: new Date().toISOString(), items: [item] })
  await page.context().clearCookies()
  const keeper = await t.signIn(page, 'shopkeeper')
  const { shop } = keeper.session.roles.find(({ role }) => role === 'shopkeeper')
  return { page, shop, household: someone, goods: (points, stock) => addGoods(t, shop, points, stock) }
}

async function addGoods(t, shop, points, stock) {
  const page = await t.page()
  const { call } = await t.signIn(page, 'town_official')
  const goods = await call('POST', `/shops/${shop.id}/goods`, { id: newId(), name: `试卖品 ${Date.now() % 100000}-${++made}`, unit: '件', points, stock })
  await page.context().close()
  return goods
}

const row = (goods) => `.good:has-text("${goods.name}")`

async function choose(page, code, goods) {
  await page.goto('/shop/redeem/' + code)
  await page.click(`${row(goods)} .step button:last-child`)
}

async function type(page, digits) {
  for (const digit of digits) await page.click(`.keypad .key:text-is("${digit}")`)
}

export default [
  {
    name: 'by PIN, receipt, cancelled the same day',
    async run(t) {
      const { page, household: { card, pin }, goods } = await counter(t, { pin: '8642' })
      const soap = await goods(100, 2)
      await choose(page, card.code, soap)
      await page.waitForSelector('.foot .badge.done')
      check(!/余额\s*\d/.test(await page.textContent('main')), 'the shop reads the balance')
      await page.click('.foot .button.main')
      await page.waitForSelector('.keypad')
      equal(await page.evaluate(() => document.documentElement.getAttribute('data-size')), 'elder', 'the size of the PIN page')
      await type(page, '1357')
      await page.waitForSelector('.error')
      await type(page, pin)
      await page.waitForSelector('.receipt')
      check(/^\d{8}-[0-9A-Z]{6}$/.test(await page.textContent('.receipt .code')), 'the receipt has no number')
      await page.reload()
      await page.waitForSelector('.receipt')
      await page.click('.after .pick')
      await page.click('.button.refuse')
      await page.waitForSelector('.banner.ok')
      await page.goto('/shop/redeem/' + card.code)
      check(/还有 2 件/.test(await page.textContent(row(soap))), 'the stock did not come back')
    },
  },
  {
    name: 'too few points and an empty shelf are said before anyone is asked',
    async run(t) {
      const { page, household: { card }, goods } = await counter(t, { pin: '8642' })
      const dear = await goods(90_000_000, 2)
      const gone = await goods(90_000_000, 0)
      await choose(page, card.code, dear)
      await page.waitForSelector('.foot .badge.wait')
      check(/还差/.test(await page.textContent('.foot .badge')), 'it does not say how many are missing')
      check(await page.isDisabled('.foot .button.main'), 'too few points and still a button')
      check(/缺货/.test(await page.textContent(row(gone))), 'the empty shelf is not said')
    },
  },
  {
    name: 'without PIN by photo, and by the cadre\'s code',
    async run(t) {
      const { page, household: { card, id }, goods } = await counter(t)
      const salt = await goods(100, 5)
      await choose(page, card.code, salt)
      await page.click('.foot .button.main:not([disabled])')
      await page.setInputFiles('input[type=file]', { name: 'photo.png', mimeType: 'image/png', buffer: pixel })
      await page.waitForSelector('.taken')
      await page.click('.foot .button.main')
      await page.waitForSelector('.receipt:has-text("拍照")')

      const office = await t.page()
      const { call } = await t.signIn(office, 'cadre')
      const { code } = await call('POST', `/households/${id}/confirmation`)
      await choose(page, card.code, salt)
      await page.click('.foot .button.main:not([disabled])')
      await page.click('.foot .button:has-text("确认码")')
      await type(page, code)
      await page.waitForSelector('.receipt:has-text("村干部确认")')
    },
  },
  {
    name: 'a forgotten PIN has the cadre\'s code, no photo',
    async run(t) {
      const { page, household: { card, id }, goods } = await counter(t, { pin: '8642' })
      const salt = await goods(100, 5)
      const office = await t.page()
      const { call } = await t.signIn(office, 'cadre')
      const { code } = await call('POST', `/households/${id}/confirmation`)
      await choose(page, card.code, salt)
      await page.click('.foot .button.main:not([disabled])')
      await page.click('.alt .pick:has-text("忘了密码")')
      equal(await page.locator('.button:has-text("拍照")').count(), 0, 'photo buttons')
      await page.click('.alt .pick:has-text("还是输密码")')
      await page.click('.alt .pick:has-text("忘了密码")')
      await type(page, code)
      await page.waitForSelector('.receipt:has-text("村干部确认")')
    },
  },
  {
    name: 'a PIN set since the card was read is asked for, a photo does not do',
    async run(t) {
      const { page, household: { card, id }, goods } = await counter(t)
      const salt = await goods(100, 5)
      await choose(page, card.code, salt)
      await page.click('.foot .button.main:not([disabled])')
      const office = await t.page()
      const { call } = await t.signIn(office, 'cadre')
      await call('PUT', `/households/${id}/pin`, { pin: '8642' })
      await page.setInputFiles('input[type=file]', { name: 'photo.png', mimeType: 'image/png', buffer: pixel })
      await page.waitForSelector('.taken')
      await page.click('.foot .button.main')
      await page.waitForSelector('.keypad')
      check(/有密码/.test(await page.textContent('.error')), 'it does not say why')
      await type(page, '8642')
      await page.waitForSelector('.receipt')
    },
  },
  {
    name: 'a lost answer is looked up, not repeated',
    async run(t) {
      const { page, household: { card, pin }, goods } = await counter(t, { pin: '8642' })
      const rice = await goods(100, 5)
      await choose(page, card.code, rice)
      await page.click('.foot .button.main:not([disabled])')
      await page.route('**/api/v1/redemptions', async (route) => {
        await route.fetch({ headers: { ...route.request().headers(), 'sec-fetch-site': 'same-origin' } })
        await route.abort()
      })
      await type(page, pin)
      await page.waitForSelector('h1:has-text("没有等到回音")')
      await page.unroute('**/api/v1/redemptions')
      await page.click('.foot .button.main')
      await page.waitForSelector('.receipt')
      await page.goto('/shop/redeem/' + card.code)
      check(/还有 4 件/.test(await page.textContent(row(rice))), 'one was taken more or less than once')
    },
  },
  {
    name: 'offline nothing is redeemed, and what was chosen stays',
    async run(t) {
      const { page, household: { card }, goods } = await counter(t, { pin: '8642' })
      const bags = await goods(100, 5)
      await choose(page, card.code, bags)
      await page.waitForSelector('.foot .badge.done')
      await page.context().setOffline(true)
      await page.waitForSelector('h1:has-text("没有网络")')
      check((await page.textContent('main')).includes(bags.name), 'what was chosen is gone')
      await page.context().setOffline(false)
      await page.waitForSelector('.foot .badge.done')
    },
  },
  {
    name: 'after its day the town is asked to cancel',
    async run(t) {
      const page = await t.page({ viewport: phone })
      const { call } = await t.signIn(page, 'shopkeeper')
      let old
      for (let back = 1; back < 20 && !old; back++) {
        const day = new Date(Date.now() + 8 * 3600e3 - back * 86400e3).toISOString().slice(0, 10)
        old = (await call('GET', '/redemptions?day=' + day)).items.filter((one) => one.status === 'posted')[0]
      }
      await page.goto('/shop/receipt/' + old.id)
      await page.click('.after .pick')
      await page.click('.button.refuse')
      await page.waitForSelector('.said.ok, .banner.ok')
      equal((await page.$$('.after .pick')).length, 0, 'asked twice')
      const finance = await t.page({ viewport: desk })
      await t.signIn(finance, 'finance')
      await finance.goto('/office/redemptions')
      await finance.click('.inside a:has-text("积分调整")')
      await finance.waitForSelector('.holder')
      check((await finance.innerText('.holder')).includes('撤销兑换'), 'finance does not see what is asked for')
    },
  },
]
