// A household splits, and the two are merged again; one that left is erased.

import { check, desk, equal, inspector, phone } from './harness.mjs'

const inspect = inspector('change')

const idOf = (page) => /households\/([0-9a-f-]{36})/.exec(page.url())[1]

export default [{
  name: 'split, merged again, and erased',
  async run(t) {
    const page = await t.page({ viewport: desk })
    const { call, session } = await t.signIn(page, 'cadre')
    const village = session.roles.filter(({ role }) => role === 'cadre')[0].division
    const { items } = await call('GET', `/households?division=${village.id}&limit=200`)
    let chosen, balance
    for (const one of items.filter(({ member_count: n }) => n >= 3)) {
      const statement = await call('GET', `/households/${one.id}/statement`)
      if (statement.balance < 300 || (statement.pending || []).length) continue
      chosen = one
      balance = statement.balance
      break
    }
    const share = Math.floor(balance / chosen.member_count)

    await page.goto(`/office/households/${chosen.id}`)
    await page.click(`a[href$="/office/households/${chosen.id}/change"]`)
    await page.waitForSelector('#members')
    await inspect(page, 'form')
    await page.setViewportSize(phone)
    await inspect(page, 'form-phone', { target: 48 })
    await page.setViewportSize(desk)
    await page.click('form button[type=submit]')
    await page.waitForSelector('#reason-error')
    await page.fill('#members', '1')
    await page.fill('#house', '九百九十九')
    await page.fill('#head', '李明')
    await page.fill('#reason', '分家另过')
    await page.click('form button[type=submit]')
    await page.waitForSelector('.sides')
    await inspect(page, 'preview')
    await page.setViewportSize(phone)
    await inspect(page, 'preview-phone', { target: 48 })
    await page.setViewportSize(desk)
    await page.click('.acts .main')
    await page.waitForSelector('.banner.ok')
    await inspect(page, 'done')
    await page.click('.acts .main')
    await page.waitForSelector('.people')
    const young = idOf(page)
    check(young !== chosen.id, 'the new household is open')
    equal((await call('GET', `/households/${young}/statement`)).balance, share, 'the share by heads')
    equal((await call('GET', `/households/${chosen.id}/statement`)).balance, balance - share, 'the rest')

    await page.click(`a[href$="/office/households/${young}/change"]`)
    await page.waitForSelector('#members')
    await page.click('.choice label:nth-child(2)')
    await page.fill('#target', chosen.house_number)
    await page.click(`input[value="${chosen.id}"]`)
    await page.fill('#reason', '又并回来')
    await inspect(page, 'merge')
    await page.click('form button[type=submit]')
    await page.waitForSelector('.sides')
    await page.click('.acts .main')
    await page.waitForSelector('.banner.ok')
    equal((await call('GET', `/households/${chosen.id}/statement`)).balance, balance, 'no point was lost')
    const { items: changes } = await call('GET', `/households/${chosen.id}/changes`)
    equal(changes.map(({ kind }) => kind), ['merge', 'split'], 'its history')

    await page.goto(`/office/households/${young}`)
    await page.waitForSelector('.change')
    await inspect(page, 'closed')
    await page.click('aside .button.refuse')
    await page.fill('#erase-reason', '已经离开')
    await page.click('.panel .refuse')
    await page.waitForSelector('.banner.ok')
    equal((await call('GET', `/households/${young}`)).masked_name, '', 'the name is gone')
    await page.goto(`/office/trace/${changes[0].id}`)
    await page.waitForSelector('.trace li.this')
    await inspect(page, 'trace')
  },
}]
