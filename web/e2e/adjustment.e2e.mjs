// Points given by hand, by one person and by two; a drop-off taken back late
// whose points were spent; what is owed and worked off; the public list.

import { check, desk, equal, inspector, newId, phone } from './harness.mjs'
import { household } from './town.mjs'

const inspect = inspector('adjustment')

async function adjust(page, house, points, reason) {
  await page.goto(`/office/adjustments/new?household=${house.id}`)
  await page.waitForSelector('#points')
  await page.fill('#points', points)
  await page.fill('#reason', reason)
  await page.click('form button[type=submit]')
  await page.waitForSelector('.stages')
}

export default [{
  name: 'given by one and by two, posted on the list',
  async run(t) {
    const house = await household(t)
    const village = await t.page({ viewport: desk })
    const cadre = await t.signIn(village, 'cadre')
    const balance = async () => (await cadre.call('GET', `/households/${house.id}/statement`)).balance
    const before = await balance()

    await village.goto(`/office/households/${house.id}`)
    await village.click('.adjust')
    await village.waitForSelector('#points')
    await village.click('form button[type=submit]')
    await village.waitForSelector('#points-error')
    await inspect(village, 'form')

    // Without a household the page asks for it, by house number or by card.
    await village.goto('/office/adjustments')
    await village.click('.tools .main')
    await village.waitForSelector('#find')
    await village.fill('#find', '没有这个人')
    await village.waitForSelector('[role=search] [aria-live] .note')
    await inspect(village, 'find-none')
    await village.fill('#find', house.house_number)
    await village.waitForSelector('[role=search] .row')
    await inspect(village, 'find')
    await village.fill('#find', house.card.code)
    await village.waitForSelector(`[role=search] .row:only-child:has-text("${house.masked_name}")`)
    await village.click('[role=search] .row')
    await village.waitForURL(`**/adjustments/new?household=${house.id}`)
    await village.waitForSelector('#points')
    check(/\d+ 号/.test(await village.textContent('h1')), 'the title names the household')

    await adjust(village, house, '20', '上周漏记了两次厨余')
    await village.waitForSelector('.badge.done')
    equal(await balance() - before, 2000, 'one person gave 20 points')
    await adjust(village, house, '80.5', '帮村里清运河道，奖励一次')
    await village.waitForSelector('.badge.wait')
    equal(await balance() - before, 2000, 'above the limit it waits')
    await inspect(village, 'waits')
    const waiting = village.url()

    const town = await t.page({ viewport: desk })
    await t.signIn(town, 'town_official')
    await town.goto('/office/adjustments?state=waiting')
    await town.waitForSelector('.holder .wide .rowlink')
    await inspect(town, 'list')
    await town.goto(waiting)
    await town.waitForSelector('.box .main')
    await inspect(town, 'decide')
    await town.click('.box .main')
    await town.waitForSelector('.badge.done')
    equal(await balance() - before, 10050, 'two persons gave 80.5')

    const month = new Date(Date.now() + 8 * 3600000).toISOString().slice(0, 7)
    await village.goto(`/office/adjustments/board?month=${month}`)
    await village.waitForSelector('.holder')
    await inspect(village, 'board')
    const file = await cadre.call('GET', `/bulletins/adjustments/file?month=${month}`)
    check(file.includes('帮村里清运河道') && !file.includes('"points"'), 'the file holds the list')
    await village.setViewportSize(phone)
    await inspect(village, 'board-phone', { target: 48 })
  },
}, {
  name: 'a drop-off whose points are spent is taken back, and the debt worked off',
  async run(t) {
    const house = await household(t, { pin: '2580' })
    const village = await t.page({ viewport: desk })
    const cadre = await t.signIn(village, 'cadre')
    const town = await t.page({ viewport: desk })
    const { call } = await t.signIn(town, 'town_official')
    const balance = async () => (await cadre.call('GET', `/households/${house.id}/statement`)).balance
    const card = house.card.code
    const cleaner = await t.page()
    const round = await t.signIn(cleaner, 'cleaner')
    const drop = async () => {
      const [item] = (await round.call('GET', '/tariffs/current')).rules.filter(({ basis }) => basis === 'per_grade')
      return round.call('POST', '/drop-offs', { id: newId(), card_code: card, happened_at: new Date().toISOString(), items: [{ item: item.item, grade: 'excellent' }] })
    }
    const brought = await drop()
    const rest = await balance()
    const taken = await cadre.call('POST', '/adjustments', { id: newId(), household_id: house.id, points: -rest, reason: '重复登记，全部扣回' })
    if (taken.state === 'proposed') await call('POST', `/adjustments/${taken.id}/approve`, { id: newId() })
    equal(await balance(), 0, 'all is taken')
    await village.goto(`/office/adjustments/new?drop_off=${brought.id}`)
    await village.fill('#reason', '扫错了卡，是隔壁家的')
    await village.click('form button[type=submit]')
    await village.waitForSelector('.badge.wait')
    await town.goto(village.url())
    await town.click('.box .main')
    await town.waitForSelector('.badge.done')
    equal((await cadre.call('GET', `/households/${house.id}/statement`)).owed, brought.credited, 'what was spent is owed')
    await village.goto(`/office/households/${house.id}`)
    await village.waitForSelector('.owed')
    await inspect(village, 'owed', { whole: false })

    const again = await drop()
    const after = await cadre.call('GET', `/households/${house.id}/statement`)
    equal(after.owed, brought.credited - Math.floor(again.credited / 2), 'half of the next award works it off')
    equal(after.items[0].worked_off, Math.floor(again.credited / 2), 'and the line says so')

    const own = await t.page({ viewport: phone, settings: { size: 'elder' } })
    const answer = await own.request.post('/api/v1/session/household', { data: { card_code: card, pin: house.pin }, headers: { 'Sec-Fetch-Site': 'same-origin' } })
    check(answer.ok(), `the household opens its page: ${answer.status()}`)
    await own.goto('/household')
    await own.waitForSelector('.owed')
    await inspect(own, 'household', { text: 20, whole: false })
    check(!/(月初)\s*−/.test(await own.textContent('main')), 'a month does not begin below zero')
    await own.goto('/household/bulletin')
    await own.waitForSelector('.line')
    await inspect(own, 'bulletin', { text: 18, whole: false })
    await town.setViewportSize(phone)
    await inspect(town, 'decided-phone', { target: 48 })
  },
}]
