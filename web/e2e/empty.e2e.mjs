// An installation with nothing in it: an administrator makes the first district,
// town, village and group by forms, and registers the first household.

import { check, desk, equal, inspector, openPage, phone, signIn, startEmpty } from './harness.mjs'

const inspect = inspector('empty')

/** Pages an administrator can open before there is a place. */
const pages = [
  'reduction', 'drop-offs', 'activity', 'households', 'points-board', 'expiring', 'adjustments', 'adjustments/board', 'cards', 'weigh-ins', 'baselines',
  'redemptions', 'settlements', 'liability', 'budgets', 'closings', 'imports', 'setup', 'setup/points', 'setup/shops', 'setup/tariffs', 'setup/settings',
  'setup/expiry', 'setup/users', 'setup/api-keys', 'setup/proof', 'setup/audit-log',
]

export default [{
  name: 'begins with a form for the first district',
  async run(t) {
    const service = await startEmpty()
    const windows = []
    const open = async (options) => {
      const page = await openPage(t.browser, service.base, options)
      page.setDefaultTimeout(30000)
      windows.push(page)
      return page
    }
    try {
      const page = await open({ viewport: desk })
      const { call } = await signIn(page, service.logins.administrator)
      for (const path of pages) {
        await page.goto('/office/' + path)
        await page.waitForSelector('main')
        await page.waitForLoadState('networkidle')
        equal(await page.locator('main .banner.stop').count(), 0, `/office/${path} of an empty installation shows a fault`)
      }

      await page.goto('/office/setup/divisions')
      await page.waitForSelector('.empty')
      await inspect(page, 'none')
      await page.click('.tools .main')
      await page.waitForSelector('#level')
      await page.click('form button[type=submit]')
      await page.waitForSelector('#name-error')
      await inspect(page, 'form')
      await page.setViewportSize(phone)
      await inspect(page, 'form-phone', { target: 48 })
      await page.setViewportSize(desk)
      await page.fill('#name', '通川区')
      await page.fill('#code', '511702')
      await page.click('form button[type=submit]')
      await page.waitForSelector('.banner.ok')
      await inspect(page, 'first')

      // And down from there, each below the one before.
      for (const [name, code] of [['碑庙镇', '511702108'], ['青松村', '511702108291'], ['1组', '']]) {
        await page.click('main .card a.row')
        await page.waitForSelector('aside')
        await page.click('.tools .main')
        await page.fill('#name', name)
        if (code) await page.fill('#code', code)
        await page.click('form button[type=submit]')
        await page.waitForSelector('.banner.ok')
      }
      const { items } = await call('GET', '/divisions?level=group')
      equal(items.map((one) => one.name), ['1组'], 'the group is there')

      await page.goto('/office/households/new')
      await page.waitForSelector('#division-group')
      const group = page.locator('#division-group')
      if (await page.locator('#division-village').count()) await page.selectOption('#division-village', { index: (await page.locator('#division-village option').count()) - 1 })
      await group.locator('option >> nth=1').waitFor({ state: 'attached' })
      await page.selectOption('#division-group', { index: 1 })
      await page.fill('#house', '1')
      await page.fill('#head', '李明')
      await page.fill('#members', '4')
      await page.click('button[type=submit]')
      await page.waitForURL(/households\/[0-9a-f-]{36}/)
      await page.waitForSelector('.part')
      await inspect(page, 'household')

      await page.goto('/office/setup/divisions')
      await page.waitForSelector('main .card a.row')
      equal(await page.locator('main .card a.row').count(), 1, 'one district at the top')
      check(windows.every((one) => one.faults.length === 0), windows.map((one) => one.faults.join(' | ')).join(' | '))
    } finally {
      for (const one of windows) await one.context().close().catch(() => {})
      await service.stop()
    }
  },
}]
