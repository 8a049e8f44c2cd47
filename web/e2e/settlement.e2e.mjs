// A shop's statement from drawing up to payment: the shop, the town and finance,
// each on its own device, with what each page looks like on the way.

import { check, desk, equal, inspector, phone } from './harness.mjs'

const inspect = inspector('settlement')

export default [{
  name: 'drawn up, sent back, drawn up again, approved, paid',
  first: true, // closing settles the month that is open
  async run(t) {
    const shop = await t.page({ viewport: phone, settings: { size: 'elder' } })
    const { session } = await t.signIn(shop, 'shopkeeper')
    const own = session.roles.find(({ role }) => role === 'shopkeeper').shop.name
    const handIn = async () => {
      await shop.goto('/shop/statements')
      await shop.click('form button[type=submit]')
      await shop.waitForSelector('.foot .main')
      await inspect(shop, 'draft', { text: 20, target: 60 })
      await shop.click('.foot .main')
      await shop.waitForSelector('.foot', { state: 'detached' })
    }
    await shop.goto('/shop/statements')
    await shop.waitForSelector('form')
    await inspect(shop, 'shop', { text: 20, target: 60 })
    await handIn()

    const town = await t.page({ viewport: desk })
    const { call } = await t.signIn(town, 'town_official')
    const open = async (page, state) => {
      await page.goto('/office/settlements?state=' + state)
      await page.click(`.holder .wide tr:has-text("${own}") .rowlink`)
      await page.waitForSelector('.stages')
    }
    await town.goto('/office/settlements')
    await town.waitForSelector('.holder')
    await inspect(town, 'list')
    await open(town, 'submitted')
    await town.click('.box .refuse')
    await town.fill('#reason', '小票缺一张')
    await town.click('.panel .refuse')
    await town.waitForSelector('.badge.stop')
    await inspect(town, 'rejected')
    await handIn()
    await open(town, 'submitted')
    await town.click('.box .main')
    await town.waitForSelector('.box .main', { state: 'detached' })
    await inspect(town, 'approved')

    const finance = await t.page({ viewport: desk, settings: { lang: 'en' } })
    await t.signIn(finance, 'finance')
    await open(finance, 'approved')
    await finance.click('form .main')
    await finance.waitForSelector('#reference-error')
    await inspect(finance, 'payment')
    await finance.fill('#reference', 'RCB 2026-17')
    await finance.click('form .main')
    await finance.waitForSelector('.badge.done')
    await finance.setViewportSize(phone)
    await inspect(finance, 'paid', { target: 48 })

    const { items } = await call('GET', '/settlements?state=paid')
    const mine = items.filter(({ shop }) => shop.name === own)
    equal(mine.map((one) => one.version).sort(), [1, 1, 2], 'paid: the demo town\'s two, and the second one')
    await shop.goto('/shop/statements')
    await shop.waitForSelector('.badge.done')
    await shop.goto(`/api/v1/settlements/${items[0].id}/sheet`)
    check((await shop.textContent('.words')).includes('人民币'), 'the amount stands there in words')
  },
}]
