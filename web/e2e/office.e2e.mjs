// The desk: every page in each of its looks, and what is written there.

import { check, desk, equal, faultsOf, phone } from './harness.mjs'

const looks = [
  { name: 'desk', viewport: desk, settings: {}, text: 16 },
  { name: 'desk-elder', viewport: desk, settings: { size: 'elder' }, text: 20 },
  { name: 'phone', viewport: phone, settings: {}, text: 16, target: 48 },
  { name: 'phone-elder-english', viewport: phone, settings: { size: 'elder', lang: 'en' }, text: 20, target: 60 },
]

/** pagesOf lists the desk's pages with what shows that they are there. */
async function pagesOf(call) {
  const { items: villages } = await call('GET', '/divisions?level=village&limit=1')
  const { items: households } = await call('GET', '/households?limit=1&division=' + villages[0].id)
  const { items: users } = await call('GET', '/users?limit=1')
  const { items: shops } = await call('GET', '/shops?limit=1')
  const village = villages[0].id
  const month = lastMonth()
  const { items: tickets } = await call('GET', `/weigh-ins?limit=1&division=${village}&to=${month}-28`)
  return [
    ['reduction', `/office/reduction?month=${month}`, '.tbl'], ['village', `/office/reduction/${village}?month=${month}`, '.trend'],
    ['drop-offs', '/office/drop-offs', '.totals, .empty'], ['activity', `/office/activity?month=${month}`, '.totals'],
    ['redemptions', '/office/redemptions', '.totals, .empty'],
    ['households', '/office/households', '.holder, .phone-rows'], ['household', `/office/households/${households[0].id}`, '.part'],
    ['household-new', '/office/households/new', 'form'], ['cards', `/office/cards?division=${village}`, '.tick'],
    ['reviews', '/office/reviews', '.list, .empty'],
    ['weigh-ins', `/office/weigh-ins?month=${month}`, '.holder'], ['weigh-in', `/office/weigh-ins/${tickets[0].id}`, '.figure'],
    ['weigh-in-new', '/office/weigh-ins/new', 'form'],
    ['baselines', `/office/baselines?v=${village}&m=${Number(month.slice(5))}`, '.panel'], ['baseline-new', '/office/baselines/new', 'form'],
    ['imports', '/office/imports', 'form'], ['setup', '/office/setup', '.list'],
    ['divisions', `/office/setup/divisions?division=${village}`, '.part'], ['points', '/office/setup/points', '.card .row'],
    ['shops', '/office/setup/shops', '.card .row'], ['shop', `/office/setup/shops/${shops[0].id}`, '.goods'],
    ['tariffs', '/office/setup/tariffs', '.sheet'], ['tariff-new', '/office/setup/tariffs/new', '.rule'],
    ['settings', '/office/setup/settings', '.setting'],
    ['users', '/office/setup/users', '.holder, .phone-rows'], ['user', `/office/setup/users/${users[0].id}`, '.part'],
    ['user-new', '/office/setup/users/new', 'form'], ['api-keys', '/office/setup/api-keys', '.card .row, .empty'],
  ]
}

/** lastMonth gives the last finished month in China's time. */
function lastMonth() {
  const now = new Date(Date.now() + 8 * 3600000)
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1)).toISOString().slice(0, 7)
}

const lookTests = looks.map((look) => ({
  name: 'look ' + look.name,
  async run(t) {
    const page = await t.page({ settings: look.settings, viewport: look.viewport })
    const { call } = await t.signIn(page, 'town_official')
    const found = []
    for (const [name, path, ready] of await pagesOf(call)) {
      await page.goto(path)
      await page.waitForSelector(ready, { state: 'attached' })
      found.push(...(await faultsOf(page, `office-${name}-${look.name}`, look)).map((fault) => `${name}: ${fault}`))
    }
    check(found.length === 0, '\n' + found.join('\n'))
  },
}))

/** The sentences a page says: what is wrong, and what was done. */
const said = async (page) => (await page.locator('.summary li, .banner').allInnerTexts()).join(' | ')

export default [
  ...lookTests,
  {
    name: 'a household is registered, gets a card and a PIN, and its name is shown only for a reason',
    async run(t) {
      const page = await t.page({ viewport: desk })
      await t.signIn(page, 'cadre')
      await page.goto('/office/households/new')
      await page.waitForSelector('#division-group')
      await page.click('button[type=submit]')
      equal(await page.locator('.summary li').count(), 4, 'faults of an empty form')
      await page.selectOption('#division-group', { index: 1 })
      await page.fill('#house', '777')
      await page.fill('#head', '欧阳小兰')
      await page.fill('#members', '3')
      await page.click('button[type=submit]')
      await page.waitForURL(/households\/[0-9a-f-]{36}/)
      await page.click('text=记下：户主同意')
      await page.click('text=发户卡')
      await page.waitForSelector('text=发好了')
      await page.click('text=设密码')
      await page.fill('#pin', '7391')
      await page.fill('#pin-again', '7319')
      await page.click('form >> text=保存')
      check(/两次输的不一样/.test(await said(page)), 'two different PINs were taken')
      await page.fill('#pin-again', '7391')
      await page.click('form >> text=保存')
      await page.waitForSelector('text=密码设好了')
      check(!(await page.locator('main').innerText()).includes('欧阳小兰'), 'the full name is on the page without a reason')
      await page.click('text=看全名和手机号')
      await page.fill('#reveal-reason', '核对补贴名单')
      await page.click('text=看一眼')
      await page.waitForSelector('text=欧阳小兰')
    },
  },
  {
    name: 'a baseline is locked by one and signed by another, never by the same',
    async run(t) {
      const page = await t.page({ viewport: desk })
      const { call } = await t.signIn(page, 'town_official')
      const { items } = await call('GET', '/divisions?level=village&limit=200')
      const { items: baselines } = await call('GET', '/baselines?limit=200')
      const village = items.find((one) => baselines.every((base) => base.village.id !== one.id || base.calendar_month !== 3))
      check(!!village, 'every village has a baseline for March')
      await page.goto(`/office/baselines/new?village=${village.id}&m=3`)
      await page.waitForSelector('#month')
      await page.click('label:has-text("照台账写")')
      await page.fill('#disposal', '12,400')
      await page.fill('#person-days', '32550')
      await page.fill('#method', '转运站地磅')
      await page.fill('#source', '清运台账')
      await page.click('button[type=submit]')
      await page.click('.panel button:has-text("锁定")')
      await page.click('.panel button:has-text("签字")')
      await page.waitForSelector('.panel .error')
      const other = await t.page({ viewport: desk })
      await t.signIn(other, 'district_official')
      await other.goto(page.url())
      await other.click('.panel button:has-text("签字")')
      await other.waitForSelector('text=签过字了')
    },
  },
  {
    name: 'a ticket is weighed, corrected with a reason, and both versions stay',
    async run(t) {
      const page = await t.page({ viewport: phone })
      await t.signIn(page, 'town_official')
      await page.goto('/office/weigh-ins/new')
      await page.waitForSelector('#village option >> nth=1', { state: 'attached' })
      await page.selectOption('#village', { index: 1 })
      await page.fill('#number', 'E2E-' + Date.now())
      await page.fill('#station', '碑庙转运站')
      await page.fill('#load-gross', '3100')
      await page.fill('#load-tare', '3420')
      await page.click('button[type=submit]')
      check(/写反了/.test(await said(page)), 'a tare above the gross was taken')
      await page.fill('#load-gross', '3,420')
      await page.fill('#load-tare', '3100')
      await page.waitForSelector('text=净重 320.0 公斤')
      const answer = page.waitForResponse((response) => response.url().endsWith('/weigh-ins') && response.status() === 201)
      await page.click('button[type=submit]')
      const { id } = await (await answer).json()
      await page.goto('/office/weigh-ins/' + id)
      await page.click('text=改这张单')
      await page.fill('#correct-gross', '3430')
      await page.fill('#correct-reason', '抄错一位')
      await page.click('text=存成第 2 版')
      await page.waitForSelector('ol >> text=第 2 版')
      equal(await page.locator('ol li').count(), 2, 'versions')
      await page.waitForSelector('ol >> text=抄错一位')
    },
  },
]
