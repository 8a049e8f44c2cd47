// What is outstanding, a budget, and a month that is closed, changed by what
// comes late, and re-opened by two people.

import { check, desk, equal, inspector, newId, phone } from './harness.mjs'

const inspect = inspector('closing')

export default [{
  name: 'what is outstanding, on any day, as a file too',
  async run(t) {
    const page = await t.page({ viewport: desk })
    const { call } = await t.signIn(page, 'town_official')
    await page.goto('/office/liability')
    await page.waitForSelector('.totals')
    await inspect(page, 'liability')
    const { total } = await call('GET', '/reports/liability')
    check(total.points > 0 && total.fen > 0, 'something is outstanding')
    const csv = await call('GET', '/reports/liability?format=csv')
    check(csv.includes('合计'), 'the file has a total')
    await page.setViewportSize(phone)
    await inspect(page, 'liability-phone', { target: 48 })
    const elder = await t.page({ viewport: phone, settings: { size: 'elder', lang: 'en' } })
    await t.signIn(elder, 'finance')
    await elder.goto('/office/liability')
    await elder.waitForSelector('.totals')
    await inspect(elder, 'liability-elder', { text: 20, target: 60 })
  },
}, {
  name: 'a budget that is used up',
  async run(t) {
    const page = await t.page({ viewport: desk })
    await t.signIn(page, 'town_official')
    await page.goto('/office/budgets')
    await page.click('.tools button')
    await page.click('form button[type=submit]')
    await page.waitForSelector('#points-error')
    await inspect(page, 'budget-form')
    await page.selectOption('#division', { index: 1 })
    await page.selectOption('#period', 'year')
    await page.fill('#points', '1')
    await page.click('form button[type=submit]')
    await page.waitForSelector('.badge.stop')
    await inspect(page, 'budget-full')
    await page.setViewportSize(phone)
    await inspect(page, 'budget-phone', { target: 48 })
    await page.setViewportSize(desk)
    await page.click('.tools button')
    await page.selectOption('#division', { index: 1 })
    await page.fill('#points', '0')
    await page.click('form button[type=submit]')
    await page.waitForSelector('form', { state: 'detached' })
    await page.waitForSelector('.badge.stop', { state: 'detached' })
  },
}, {
  name: 'a month is closed when nothing stands in the way',
  async run(t) {
    const town = await t.page({ viewport: desk })
    const { call } = await t.signIn(town, 'town_official')
    const { items: towns } = await call('GET', '/divisions?level=town')
    const { items: months } = await call('GET', `/closings?town=${towns[0].id}`)
    equal(months.map(({ state }) => state), ['open', 'closed', 'closed'], 'the demo town\'s months')
    await town.goto('/office/closings')
    await town.waitForSelector('.holder')
    await inspect(town, 'months')
    await town.goto(`/office/closings/${towns[0].id}/${months[2].month}`)
    await town.waitForSelector('.both')
    await inspect(town, 'restated')
    const { month } = months[0]
    const path = `/office/closings/${towns[0].id}/${month}`
    await town.goto(path)
    await town.waitForSelector('.both')
    await inspect(town, 'open')

    // What stands in the way is done elsewhere.
    const cadre = await t.page({ viewport: desk })
    const { call: asCadre } = await t.signIn(cadre, 'cadre')
    const before = await call('GET', `/closings/${towns[0].id}/${month}`)
    for (const blocker of before.blockers) {
      if (blocker.kind === 'unsettled') await call('POST', '/settlements', { id: newId(), shop_id: blocker.object_id, month })
    }
    if (before.blockers.some(({ kind }) => kind === 'pending')) {
      const { items } = await asCadre('GET', '/reviews?limit=200')
      for (const one of items.filter(({ happened_at: at }) => at.slice(0, 7) <= month)) {
        await asCadre('POST', `/drop-offs/${one.id}/review`, { id: newId(), decision: 'refused', reason: '太旧了' }).catch((error) => check(false, error.message))
      }
    }
    for (let tries = 0; tries < 30; tries++) { // until the sealer has been
      const { blockers } = await call('GET', `/closings/${towns[0].id}/${month}`)
      if (!blockers.length) break
      if (tries > 26) check(false, 'still in the way: ' + JSON.stringify(blockers))
      await town.waitForTimeout(3000)
    }
    await town.reload()
    await town.click('.box .main')
    await town.waitForSelector('.say .badge.done')
    await inspect(town, 'closed')
    const closed = await call('GET', `/closings/${towns[0].id}/${month}`)
    equal(closed.state, 'closed', 'the month')
    for (const village of closed.villages) {
      for (const figure of village.figures) equal(figure.recorded, figure.restated, `${village.village.name} ${figure.name}`)
    }
  },
}, {
  name: 'the closed month is re-opened by two people', // the one of the test before
  async run(t) {
    const town = await t.page({ viewport: desk })
    const { call } = await t.signIn(town, 'town_official')
    const { items: towns } = await call('GET', '/divisions?level=town')
    const { items: months } = await call('GET', `/closings?town=${towns[0].id}`)
    const { month } = months.find(({ state }) => state === 'closed')
    const path = `/office/closings/${towns[0].id}/${month}`
    await town.goto(path)
    await town.waitForSelector('.both')
    await town.click('aside > .button')
    await town.fill('#reason', '漏了一张磅单')
    await town.click('.panel .main')
    await town.waitForSelector('.say .badge.wait')
    check(!(await town.isVisible('.box .refuse')), 'who asked cannot re-open')
    await inspect(town, 'asked')

    const finance = await t.page({ viewport: phone, settings: { lang: 'en' } })
    await t.signIn(finance, 'finance')
    await finance.goto(path)
    await finance.waitForSelector('.box .refuse')
    await inspect(finance, 'reopen', { target: 48 })
    await finance.click('.box .refuse')
    await finance.waitForSelector('.box .main')
    equal((await call('GET', `/closings/${towns[0].id}/${month}`)).acts.length, 3, 'closed, asked for, re-opened')
    await finance.click('.box .main')
    await finance.waitForSelector('.say .badge.done')
  },
}]
