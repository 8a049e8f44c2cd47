// A photo of a drop-off is removed for good, with a reason: who may, that it is
// gone everywhere afterwards, and what is said in its place.

import { check, desk, equal, inspector, phone } from './harness.mjs'

const inspect = inspector('photo')

export default [{
  name: 'removed with a reason, and gone wherever it was shown',
  async run(t) {
    const town = await t.page({ viewport: desk })
    const { call } = await t.signIn(town, 'town_official')
    const { items } = await call('GET', '/reviews?limit=200')
    const [one] = items.filter((waits) => waits.items.some((item) => item.photo_id))
    check(one, 'nothing with a photo waits')
    const photo = one.items.find((item) => item.photo_id).photo_id
    const status = async () => (await town.request.get('/api/v1/photos/' + photo)).status()
    equal(await status(), 200, 'the photo is there')

    // A cadre sees it, and cannot remove it.
    const small = await t.page({ viewport: phone, settings: { size: 'elder', lang: 'en' } })
    const village = one.household.village.id
    const { session } = await t.signIn(small, 'cadre')
    const own = session.roles.some(({ division }) => division && division.id === village)
    if (own) {
      await small.goto(`/office/drop-offs/${one.id}`)
      await small.waitForSelector('a.pic img')
      equal(await small.locator('.evidence button').count(), 0, 'a cadre is offered no removal')
    }

    // Without a reason nothing is sent; given up, the photo stays.
    await town.goto(`/office/drop-offs/${one.id}`)
    await town.waitForSelector('a.pic img')
    await inspect(town, 'there')
    await town.click('.evidence button')
    await town.waitForSelector('.evidence .panel')
    await inspect(town, 'asked')
    await town.click('.evidence .panel .refuse')
    await town.waitForSelector('.evidence .error')
    equal(await status(), 200, 'without a reason it stays')

    await town.fill('.evidence textarea', '拍到了路过的小孩')
    await town.click('.evidence .panel .refuse')
    await town.waitForSelector('.pic.gone')
    check(/这张照片已于 \d{4}-\d\d-\d\d 删除/.test(await town.textContent('.pic.gone')), 'it says that it was removed, and when')
    equal(await town.locator('.evidence img, .evidence button').count(), 0, 'the picture and its button are gone')
    await inspect(town, 'gone')
    equal(await status(), 404, 'the photo cannot be had any more')

    // The drop-off is as it was, here and in the list of reviews.
    await town.reload()
    await town.waitForSelector('.pic.gone')
    equal((await call('GET', `/drop-offs/${one.id}`)).status, 'pending', 'the drop-off still waits')
    await town.goto(`/office/reviews/${one.id}`)
    await town.waitForSelector('.det .pic.gone')
    check(/删除/.test(await town.textContent('.det .pic.gone')), 'the list of reviews says that it was removed')
    await inspect(town, 'review')
    if (own) {
      await small.goto(`/office/reviews/${one.id}`)
      await small.waitForSelector('.det .pic.gone')
      check(/was removed on/.test(await small.textContent('.det .pic.gone')), 'in English too')
      await inspect(small, 'review-phone', { text: 20, target: 60 })
    }

    // Who and why stands in the audit log.
    const auditor = await t.page({ viewport: desk })
    await t.signIn(auditor, 'auditor')
    await auditor.goto(`/office/drop-offs/${one.id}`)
    await auditor.click('.pic.gone a')
    await auditor.waitForURL('**/audit-log?object=' + photo)
    await auditor.waitForSelector('.holder')
    check((await auditor.textContent('.holder')).includes('拍到了路过的小孩'), 'the audit log keeps the reason')
  },
}]
