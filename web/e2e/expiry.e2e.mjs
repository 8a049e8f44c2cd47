// A town says that points not used for a month run out: who reads the rule, who
// is told, and what the household sees, with what each page looks like.

import { check, desk, equal, inspector, phone } from './harness.mjs'
import { household } from './town.mjs'

const inspect = inspector('expiry')

export default [{
  name: 'a rule is set, the list and the household tell what runs out, the rule is taken off',
  async run(t) {
    const town = await t.page({ viewport: desk })
    const { call, session } = await t.signIn(town, 'town_official')
    const place = session.roles.filter(({ role }) => role === 'town_official')[0].division
    await town.goto('/office/setup')
    await town.click('a[href="/office/setup/expiry"]')
    await town.waitForSelector('.head .main')
    await inspect(town, 'none')

    const set = async (way, months) => {
      await town.click('.head .main')
      await town.click(`label:has(input[value=${way}])`)
      if (months !== undefined) await town.fill('#months', months)
      await town.fill('#from', await town.evaluate(() => document.querySelector('#from').value))
    }
    await set('idle', '0')
    await town.click('form .main')
    await town.waitForSelector('#months-error')
    await inspect(town, 'error')
    await town.fill('#months', '1')
    const today = new Date(Date.now() + 8 * 3600000).toISOString().slice(0, 10) // in Shanghai
    await town.fill('#from', today)
    await town.click('form .main')
    await town.waitForSelector('.banner.ok')
    await inspect(town, 'set')
    const { in_force: rule } = await call('GET', `/expiry-rules?division=${place.id}`)
    equal(rule.mode, 'idle', 'the rule in force')

    const { card, pin, id } = await household(t, { pin: '8642' })
    const notices = await call('GET', '/expiry-notices?limit=200')
    const own = await t.page({ viewport: phone, settings: { size: 'elder' } })
    await own.goto(`/c/${card.code}/pin`)
    for (const digit of pin) await own.click(`.key:text-is("${digit}")`)
    await own.waitForSelector('.bal')
    const answer = await (await own.request.get('/api/v1/household')).json()
    check(answer.expiry, `household ${id} is told what it loses: ${JSON.stringify(answer)}`)
    const words = await own.textContent('main')
    check(words.includes(answer.expiry.soon ? '去兑换' : '用到'), 'the page says until when')
    await inspect(own, 'household', { text: 20, target: 60 })

    await town.goto('/office/expiring')
    await town.waitForSelector(notices.items.length ? '.holder' : '.empty')
    await inspect(town, 'list')
    await town.setViewportSize(phone)
    await inspect(town, 'list-phone', { target: 48 })
    await town.setViewportSize(desk)

    await town.goto('/office/setup/expiry')
    await town.waitForSelector('.now')
    await set('none')
    await town.fill('#from', today)
    await town.click('form .main')
    await town.waitForSelector('.banner.ok')
    await inspect(town, 'off')
    const cadre = await t.page({ viewport: phone, settings: { lang: 'en' } })
    await t.signIn(cadre, 'cadre')
    await cadre.goto('/office/setup/expiry')
    await cadre.waitForSelector('.now')
    equal(await cadre.locator('.head .main').count(), 0, 'a cadre only reads')
    await inspect(cadre, 'cadre', { target: 48 })
  },
}]
