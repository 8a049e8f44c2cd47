import { cameraShowing, check, equal, launch, openPage, signIn, smallPhone } from './harness.mjs'
import { household } from './town.mjs'

/** type presses the keys of a figure on the number pad. */
async function type(page, figure) {
  for (const key of figure) await page.click(`.keypad .key:text-is("${key}")`)
}

/** record opens the form for a card and saves the first class with its best grade or a weight. */
async function record(page, code) {
  await page.goto('/cleaner/drop-off/' + code)
  await page.waitForSelector('.tiles')
  await fill(page)
  await page.click('.key.main')
  await page.waitForSelector('.saved')
}

async function fill(page) {
  if (await page.$('.grades')) await page.click('.grades .tile >> nth=0')
  else await type(page, '1')
}

const balanceOf = async (page) => Number((await page.innerText('.bal .figure')).replace(/[^\d.]/g, ''))

export default [
  {
    name: 'a printed card before the camera opens the form, and what is saved is on the household’s page',
    async run(t) {
      const { card, pin } = await household(t, { pin: '4711' })
      const film = await cameraShowing(t.browser, card.svg, t.folder)
      const seeing = await launch({ video: film })
      try {
        const page = await t.page({ browser: seeing })
        await t.signIn(page, 'cleaner')
        await page.goto('/cleaner')
        await page.click('text=扫户卡')
        await page.waitForSelector('.guard')
        check(page.url().endsWith(card.code), 'another code was read')
        await fill(page)
        await page.click('.key.main')
        await page.waitForSelector('text=已记下')
        await page.waitForSelector('text=已入账')
        const given = Number((await page.innerText('.saved .figure')).replace(/[^\d.]/g, ''))

        const own = await t.page()
        await own.goto(`/c/${card.code}/pin`)
        for (const digit of pin) await own.click(`.key:text-is("${digit}")`)
        await own.waitForSelector('.line')
        equal(Number((await own.innerText('.line .end >> nth=0')).replace(/[^\d.]/g, '')), given, 'newest line of the statement')
        check(await balanceOf(own) >= given, 'the balance is less than what was just given')
      } finally {
        await seeing.close()
      }
    },
  },
  {
    name: 'a photo of the card is read',
    async run(t) {
      const { card } = await household(t)
      const page = await t.page()
      await t.signIn(page, 'cleaner')
      const picture = await t.page({ viewport: { width: 420, height: 420 } })
      await picture.setContent(`<body style="margin:40px;background:#fff">${card.svg.replace('<svg', '<svg style="width:320px;height:320px"')}</body>`)
      const png = await picture.screenshot()
      await page.goto('/cleaner/scan')
      await page.setInputFiles('input[type=file]', { name: 'card.png', mimeType: 'image/png', buffer: png })
      await page.waitForSelector('.guard')
      check(page.url().endsWith(card.code), 'another code was read')
      await page.goto('/cleaner/scan')
      const empty = await t.page()
      await empty.setContent('<p>nothing here</p>')
      await page.setInputFiles('input[type=file]', { name: 'x.png', mimeType: 'image/png', buffer: await empty.screenshot() })
      await page.waitForSelector('text=照片里没找到方码')
    },
  },
  {
    name: 'several classes in one visit, a weight with one digit too many is refused before it is saved',
    async run(t) {
      const { card } = await household(t)
      const page = await t.page()
      await t.signIn(page, 'cleaner')
      await page.goto('/cleaner/drop-off/' + card.code)
      await page.waitForSelector('.tiles')
      const classes = await page.locator('.tiles').first().locator('.tile').count()
      check(classes >= 2, 'fewer than two classes in the tariff')
      await type(page, '999')
      if (await page.$('.grades')) await page.click('.grades .tile >> nth=0')
      await page.click('.key.main')
      await page.waitForSelector('text=是不是多了一位')
      for (let n = 0; n < 3; n++) await page.click('[aria-label="删一位"]')
      await type(page, '1.5')
      await page.click('text=再加')
      await page.waitForSelector('.added')
      await fill(page)
      await page.waitForSelector('text=共 2 项')
      await page.click('.key.main')
      await page.waitForSelector('.saved')
      check(await page.locator('.list .pair').count() >= 2, 'the saved page does not list both items')
      await page.waitForSelector('text=已入账')
    },
  },
  {
    name: 'undo takes the points back, once',
    async run(t) {
      const { card, pin } = await household(t, { pin: '9753' })
      const own = await t.page()
      await own.goto(`/c/${card.code}/pin`)
      for (const digit of pin) await own.click(`.key:text-is("${digit}")`)
      await own.waitForSelector('.bal .figure')
      const before = await balanceOf(own)
      const page = await t.page()
      await t.signIn(page, 'cleaner')
      await record(page, card.code)
      await page.waitForSelector('text=已入账')
      await page.click('text=记错了，撤销这笔')
      await page.waitForSelector('text=已撤销')
      await own.reload()
      await own.waitForSelector('.bal .figure')
      equal(await balanceOf(own), before, 'balance after undo')
      await page.goto('/cleaner/today')
      await page.waitForSelector('.badge:has-text("已撤销")')
    },
  },
  {
    name: 'a replaced card is refused with words, at the form',
    async run(t) {
      const { id, card, card: old } = await household(t)
      const desk = await t.page()
      const { call } = await t.signIn(desk, 'town_official')
      const { card: known } = await call('GET', '/households/' + id)
      await call('POST', `/cards/${known.id}/replace`, { id: '01999999-9999-7999-8999-' + String(Date.now()).slice(-12).padStart(12, '0'), reason: '丢了' })
      const page = await t.page()
      await t.signIn(page, 'cleaner')
      await page.goto('/cleaner/drop-off/' + old.code)
      await page.waitForSelector('.banner.stop')
      check(/换|挂失|作废/.test(await page.innerText('.banner.stop')), 'the sentence does not say that the card was replaced')
      check(card.code === old.code, 'the test mixed up its cards')
    },
  },
  {
    name: 'without a network it is recorded, kept through a restart, and sent once the network is back',
    async run(t) {
      const { card } = await household(t)
      const page = await openPage(t.browser, t.base, { offlineReady: true })
      try {
        const { call } = await signIn(page, t.logins.cleaner)
        await page.goto('/cleaner')
        await page.waitForSelector('text=扫户卡')
        await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}))
        await page.goto('/cleaner/drop-off/' + card.code)
        await page.waitForSelector('.tiles')
        const before = (await call('GET', '/drop-offs?limit=200')).totals
        await page.context().setOffline(true)
        await page.goto('/cleaner/drop-off/' + card.code)
        await page.waitForSelector('text=没有网络，户号上传后才知道')
        await fill(page)
        await page.click('.key.main')
        await page.waitForSelector('text=待上传')
        await page.goto('/cleaner')
        await page.waitForSelector('text=没有网络，照常记')
        await page.waitForSelector('.waiting:has-text("1 笔")')
        await page.reload()
        await page.waitForSelector('.waiting:has-text("1 笔")')
        await page.context().setOffline(false)
        await page.waitForSelector('.waiting', { state: 'detached' })
        await page.reload()
        await page.waitForSelector('text=扫户卡')
        const after = (await call('GET', '/drop-offs?limit=200')).totals
        if (before && after) equal(after.drop_offs, before.drop_offs + 1, 'drop-offs of the day')
      } finally {
        await page.context().close()
      }
    },
  },
  {
    name: 'a phone whose clock is two days ahead records the right time, without a network too',
    async run(t) {
      const { card } = await household(t)
      const page = await openPage(t.browser, t.base, { offlineReady: true })
      try {
        await page.clock.install({ time: Date.now() + 2 * 86400000 })
        const { call } = await signIn(page, t.logins.cleaner)
        await page.goto('/cleaner')
        await page.waitForSelector('text=扫户卡')
        await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}))
        await page.context().setOffline(true)
        const begun = Date.now()
        await page.goto('/cleaner/drop-off/' + card.code)
        await page.waitForSelector('text=没有网络，户号上传后才知道')
        await fill(page)
        await page.click('.key.main')
        await page.waitForSelector('text=待上传')
        await page.context().setOffline(false)
        await page.waitForSelector('text=已入账')
        const [newest] = (await call('GET', '/drop-offs?limit=200')).items
        const beside = Date.parse(newest.happened_at) - begun
        check(Math.abs(beside) < 60000, `recorded ${beside} ms beside the true time`)
        await page.goto('/cleaner/today')
        await page.waitForSelector(`.row:has-text("${newest.household.house_number}")`)
      } finally {
        await page.context().close()
      }
    },
  },
  {
    name: 'a lost answer does not count twice',
    async run(t) {
      const { card } = await household(t)
      const page = await t.page()
      const { call } = await t.signIn(page, 'cleaner')
      const before = (await call('GET', '/drop-offs?limit=200')).items.length
      let lost = 0
      await page.route('**/api/v1/drop-offs', async (route) => {
        if (route.request().method() !== 'POST' || lost > 0) { await route.continue(); return }
        lost++
        await route.fetch()
        await route.abort()
      })
      await record(page, card.code)
      await page.waitForTimeout(500)
      check(lost === 1, 'nothing was lost')
      await page.goto('/cleaner/outbox')
      await page.waitForFunction(() => /都传上去了|试着上传/.test(document.body.innerText))
      // It may be sent by itself between looking and pressing.
      await page.click('text=试着上传一次', { timeout: 3000 }).catch(() => undefined)
      await page.waitForSelector('text=都传上去了')
      equal((await call('GET', '/drop-offs?limit=200')).items.length, before + 1, 'drop-offs of the day')
    },
  },
  {
    name: 'a refusal is kept with its sentence and done again on another card',
    async run(t) {
      const { card } = await household(t)
      const page = await t.page()
      await t.signIn(page, 'cleaner')
      await page.route('**/api/v1/drop-offs', (route) => (route.request().method() === 'POST'
        ? route.fulfill({ status: 422, contentType: 'application/problem+json', body: JSON.stringify({ status: 422, code: 'card.revoked', detail: '这张户卡已经挂失' }) })
        : route.continue()))
      await page.goto('/cleaner/drop-off/' + card.code)
      await page.waitForSelector('.tiles')
      await fill(page)
      await page.click('.key.main')
      await page.waitForSelector('.banner.stop:has-text("这张户卡已经挂失")')
      await page.unroute('**/api/v1/drop-offs')
      await page.goto('/cleaner')
      await page.click('.waiting:has-text("没收下")')
      await page.click('text=扫新卡重记')
      await page.click('text=输卡号')
      await page.fill('#card-number', card.code.toLowerCase())
      await page.click('text=往下走')
      await page.waitForSelector('.guard')
      check(await page.$('.grades .tile.on, .kg:not(.empty)'), 'the form does not hold what was recorded before')
      await page.click('.key.main')
      await page.waitForSelector('text=已入账')
      await page.goto('/cleaner/outbox')
      await page.waitForSelector('text=都传上去了')
    },
  },
  {
    name: 'a photo goes with the drop-off',
    async run(t) {
      const { card } = await household(t)
      const page = await t.page()
      const { call } = await t.signIn(page, 'cleaner')
      await page.goto('/cleaner/drop-off/' + card.code)
      await page.waitForSelector('.tiles')
      await fill(page)
      await page.setInputFiles('input[type=file]', { name: 'x.png', mimeType: 'image/png', buffer: await page.screenshot() })
      await page.waitForSelector('text=有照片')
      await page.click('.key.main')
      await page.waitForSelector('text=已入账')
      // The newest by its id need not be this one: other tests make ids of their own.
      const withPhoto = (await call('GET', '/drop-offs?limit=200')).items.find(({ items: [item] }) => item.photo_id)
      check(withPhoto, 'the drop-off names no photo')
      const photo = await page.request.get('/api/v1/photos/' + withPhoto.items[0].photo_id)
      check(photo.ok() && /image\/jpeg/.test(photo.headers()['content-type']), `the photo is not there: ${photo.status()}`)
    },
  },
  {
    name: 'on a short screen house number, weight and the whole pad are visible at once',
    async run(t) {
      const { card } = await household(t)
      const page = await t.page({ viewport: smallPhone })
      await t.signIn(page, 'cleaner')
      await page.goto('/cleaner/drop-off/' + card.code)
      await page.waitForSelector('.tiles')
      const boxes = await page.evaluate(() => ['.guard', '.weigh', '.keypad'].map((name) => document.querySelector(name).getBoundingClientRect().toJSON()))
      const [guard, weigh, pad] = boxes
      check(guard.top >= 0 && guard.bottom <= weigh.top, 'the guard is hidden')
      check(weigh.bottom <= pad.top, `the weight is behind the pad: ${weigh.bottom} > ${pad.top}`)
      check(pad.bottom <= 568.5, 'the pad is cut off')
    },
  },
]
