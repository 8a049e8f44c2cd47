// A point is followed from the bin to the payment and back: from a statement
// line, a redemption, a settlement, and by the household itself.

import { check, desk, equal, inspector, newId, phone } from './harness.mjs'

const inspect = inspector('trace')

/** paid gives a statement that was paid; where there is none the shop, the town and finance see one through. */
async function paid(t) {
  const asRole = async (role) => (await t.signIn(await t.page(), role)).call
  const town = await asRole('town_official')
  const { items } = await town('GET', '/settlements?state=paid&limit=1')
  if (items.length) return items[0]
  const page = await t.page()
  const { call: keeper, session } = await t.signIn(page, 'shopkeeper')
  const shop = session.roles.filter(({ role }) => role === 'shopkeeper')[0].shop
  const now = new Date()
  const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 15)).toISOString().slice(0, 7)
  const made = await keeper('POST', '/settlements', { id: newId(), shop_id: shop.id, month })
  await keeper('POST', `/settlements/${made.id}/submit`, { id: newId() })
  await town('POST', `/settlements/${made.id}/approve`, { id: newId() })
  const finance = await asRole('finance')
  return finance('POST', `/settlements/${made.id}/pay`, { id: newId(), reference: 'FK-27', paid_on: new Date(Date.now() + 8 * 3600000).toISOString().slice(0, 10) })
}

/** spent finds a redemption of some months ago; the demo town settles every month. */
async function spent(call) {
  for (let back = 45; back < 80; back++) {
    const day = new Date(Date.now() - back * 86400000).toISOString().slice(0, 10)
    const { items } = await call('GET', `/redemptions?day=${day}&limit=50`)
    const one = items.filter((item) => item.status === 'posted' && item.household)[0]
    if (one) return one
  }
  throw new Error('nobody redeemed anything')
}

export default [{
  name: 'from a redemption to the drop-offs before and the payment after it',
  async run(t) {
    const auditor = await t.page({ viewport: desk })
    const { call } = await t.signIn(auditor, 'auditor')
    const redemption = await spent(call)
    const trace = await call('GET', `/trace/${redemption.id}`)
    const kinds = trace.steps.map((step) => step.kind)
    check(kinds.indexOf('drop_off') >= 0 && kinds.indexOf('redemption') > kinds.indexOf('drop_off'), `before and after: ${kinds}`)
    const shares = trace.steps.filter((step) => step.kind === 'drop_off').reduce((sum, step) => sum + step.share, 0)
    check(shares <= redemption.points, `${shares} of ${redemption.points} points have an origin`)
    check(!/[\u4e00-\u9fff]{2,}/.test(trace.household.masked_name), 'names are masked')

    await auditor.goto(`/office/redemptions?day=${redemption.recorded_at.slice(0, 10)}`)
    await auditor.waitForSelector('.holder .rowlink')
    await auditor.goto(`/office/trace/${redemption.id}`)
    await auditor.waitForSelector('.trace li')
    await inspect(auditor, 'redemption')
    equal(await auditor.locator('.trace li.this').count(), 1, 'what was asked for is marked')

    const award = trace.steps.filter((step) => step.kind === 'drop_off' && step.entry_id)[0]
    await auditor.goto(`/office/trace/${award.entry_id}`)
    await auditor.waitForSelector('.trace li')
    await inspect(auditor, 'award')
    await auditor.setViewportSize(phone)
    await inspect(auditor, 'award-phone', { target: 48 })

    const english = await t.page({ viewport: desk, settings: { lang: 'en', size: 'elder' } })
    await t.signIn(english, 'town_official')
    await english.goto(`/office/trace/${award.entry_id}`)
    await english.waitForSelector('.trace li')
    await inspect(english, 'award-elder-en', { text: 20 })
  },
}, {
  name: 'a settlement, a household’s own point, and what is none of theirs',
  async run(t) {
    const desk1 = await t.page({ viewport: desk })
    const { call } = await t.signIn(desk1, 'town_official')
    const redemption = await spent(call)
    const settlement = await paid(t)
    await desk1.goto(`/office/settlements/${settlement.id}`)
    await desk1.click(`a[href$="/office/trace/${settlement.id}"]`)
    await desk1.waitForSelector('.trace li.this')
    await inspect(desk1, 'settlement')
    const { steps } = await call('GET', `/trace/${settlement.id}`)
    const { steps: all } = await call('GET', `/trace/${steps.filter((step) => step.kind === 'redemption')[0].id}`)
    equal(all.slice(-2).map((step) => step.kind), ['settlement', 'payment'], 'a redemption is followed to its payment')
    const award = all.filter((step) => step.kind === 'drop_off' && step.entry_id).pop()
    await desk1.goto(`/office/trace/${award.entry_id}`)
    await desk1.waitForSelector('.trace li.this')
    await inspect(desk1, 'payment')
    await desk1.goto(`/office/households/${redemption.household.id}`)
    await desk1.click('.lines .rowlink >> nth=0')
    await desk1.waitForSelector('.trace li.this')

    await call('PUT', `/households/${redemption.household.id}/pin`, { pin: '7391' })
    const sheet = await call('GET', '/cards/sheet?household=' + redemption.household.id)
    const code = /<p class="code">([\s\S]*?)<\/p>/.exec(sheet)[1].replace(/<[^>]*>|[\s-]/g, '')
    const own = await t.page({ viewport: phone, settings: { size: 'elder' } })
    const opened = await own.request.post('/api/v1/session/household', { data: { card_code: code, pin: '7391' }, headers: { 'Sec-Fetch-Site': 'same-origin' } })
    check(opened.ok(), `the household opens its page: ${opened.status()}`)
    await own.goto('/household')
    await own.click('.line .rowlink >> nth=0')
    await own.waitForSelector('.trace li.this')
    await inspect(own, 'own', { text: 18, target: 60 })
    for (const id of [settlement.id, redemption.shop.id]) {
      const refused = await own.request.get(`/api/v1/trace/${id}`)
      equal(refused.status(), 404, 'what is not its own does not exist')
    }
  },
}]
