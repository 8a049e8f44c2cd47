// The main job, end to end, on real files: import a roster, print its cards,
// scan one, record a drop-off, look at the balance, redeem, import weighbridge
// tickets, read the reduction rate. The figures are those of the worked case:
// 12,400 kg and 1,050 people in the base month, 8,900 kg and 1,080 now.

import { cameraShowing, check, desk, equal, launch, newId, phone } from './harness.mjs'

const people = 1080
const baseKilograms = 12400
const basePeople = 1050
const kilograms = 8900

/** lastMonth gives the last whole month in Shanghai: '2026-07', its days, and the same month a year before. */
function lastMonth() {
  const now = new Date(Date.now() + 8 * 3600e3)
  const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1))
  const days = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate()
  const text = (year) => `${year}-${String(first.getUTCMonth() + 1).padStart(2, '0')}`
  return { month: text(first.getUTCFullYear()), before: text(first.getUTCFullYear() - 1), days }
}

const csv = (rows) => Buffer.from('\ufeff' + rows.map((row) => row.join(',')).join('\r\n') + '\r\n')

/** upload imports a file on the page and gives the page's own sentence about wrong rows, if any. */
async function upload(page, kind, name, buffer) {
  await page.goto('/office/imports?kind=' + kind)
  await page.setInputFiles('input[type=file]', { name, mimeType: 'text/csv', buffer })
  await page.click('button[type=submit]')
  await page.waitForSelector('.tri')
  const wrong = await page.innerText('.tri .card:nth-child(2) .figure')
  await page.click('.acts .button.main')
  await page.waitForSelector('.banner.ok')
  return parseInt(wrong, 10)
}

export default [
  {
    name: 'from a roster in a file to the figure an auditor reads',
    async run(t) {
      const { month, before, days } = lastMonth()
      const office = await t.page({ viewport: desk })
      const { session, call } = await t.signIn(office, 'town_official')
      const town = session.roles.find(({ role }) => role === 'town_official').division
      const { code } = await call('GET', '/divisions/' + town.id)
      const village = { id: newId(), parent_id: town.id, level: 'village', name: '新桥村', code: code + '388', valid_from: '2020-01-01' }
      await call('POST', '/divisions', village)

      // The roster: 270 households of 4, and a row that cannot be right.
      const houses = Array.from({ length: people / 4 }, (_, i) => [village.code, `${1 + Math.floor(i / 90)}组`, `${1 + i % 90}`, `王${'春夏秋冬'[i % 4]}花`, 4, '', '2020-01-01'])
      const heading = ['村编码', '组', '门牌号', '户主姓名', '人口数', '电话', '起始日期']
      const roster = csv([heading, ...houses, [village.code, '1组', '99', '李四', 0, '', '']])
      equal(await upload(office, 'households', '户册.csv', roster), 1, 'wrong rows of the roster')
      await office.waitForSelector('text=人口数')
      equal((await call('GET', `/divisions/${village.id}`)).households, people / 4, 'households of the new village')

      // Its cards, from the print page.
      await office.goto('/office/cards?division=' + village.id)
      await office.waitForSelector('a.button.main.print')
      const sheet = await call('GET', (await office.getAttribute('a.button.main.print', 'href')).replace('/api/v1', ''))
      const cards = [...sheet.matchAll(/<article class="card">([\s\S]*?)<\/article>/g)].map(([, one]) => ({
        code: /<p class="code">([\s\S]*?)<\/p>/.exec(one)[1].replace(/<[^>]*>|[\s-]/g, ''),
        svg: /<svg class="qr"[\s\S]*?<\/svg>/.exec(one)[0],
      }))
      check(cards.length >= 90, `only ${cards.length} cards were printed`)
      const card = cards[0]

      // A cleaner of the village scans it and records.
      await call('POST', '/users', { id: newId(), login: 'xinqiao', name: '赵大姐', kind: 'person', password: 'bucket-and-broom', role: { role: 'cleaner', division_id: village.id } })
      const seeing = await launch({ video: await cameraShowing(t.browser, card.svg, t.folder) })
      let given
      try {
        const cleaner = await t.page({ browser: seeing, viewport: phone })
        await cleaner.goto('/login')
        await cleaner.fill('input >> nth=0', 'xinqiao')
        await cleaner.fill('input >> nth=1', 'bucket-and-broom')
        await cleaner.keyboard.press('Enter')
        await cleaner.click('text=扫户卡')
        await cleaner.waitForSelector('.guard')
        check(cleaner.url().endsWith(card.code), 'another code was read')
        check((await cleaner.innerText('.guard')).includes('1 组 1 号'), 'the guard does not show the house')
        if (await cleaner.$('.grades')) await cleaner.click('.grades .tile >> nth=0')
        else for (const key of '5') await cleaner.click(`.keypad .key:text-is("${key}")`)
        await cleaner.click('.key.main')
        await cleaner.waitForSelector('text=已入账')
        given = Number((await cleaner.innerText('.saved .figure')).replace(/[^\d.]/g, ''))
        check(given > 0, 'nothing was given')
      } finally {
        await seeing.close()
      }

      // The household's own page.
      const { household } = await call('POST', '/cards/lookup', { card_code: card.code })
      await call('PUT', `/households/${household.id}/pin`, { pin: '8613' })
      const own = await t.page({ viewport: phone })
      await own.goto(`/c/${card.code}/pin`)
      for (const digit of '8613') await own.click(`.key:text-is("${digit}")`)
      await own.waitForSelector('.bal .figure')
      equal(Number((await own.innerText('.bal .figure')).replace(/[^\d.]/g, '')), given, 'the balance')

      // The shop gives something for one point.
      const counter = await t.page({ viewport: phone })
      const keeper = await t.signIn(counter, 'shopkeeper')
      const { shop } = keeper.session.roles.find(({ role }) => role === 'shopkeeper')
      const soap = await call('POST', `/shops/${shop.id}/goods`, { id: newId(), name: `肥皂 ${Date.now()}`, unit: '块', points: 100, stock: 3 })
      await counter.goto('/shop/redeem/' + card.code)
      await counter.click(`.good:has-text("${soap.name}") .step button:last-child`)
      await counter.click('.foot .button.main:not([disabled])')
      await counter.waitForSelector('.keypad')
      for (const digit of '8613') await counter.click(`.keypad .key:text-is("${digit}")`)
      await counter.waitForSelector('.receipt')
      await own.reload()
      await own.waitForSelector('.bal .figure')
      equal(Number((await own.innerText('.bal .figure')).replace(/[^\d.]/g, '')), given - 1, 'the balance after the shop')

      // A baseline, locked by one person and signed by another.
      const baseline = { id: newId(), village_id: village.id, month: before, disposal_grams: baseKilograms * 1000, person_days: basePeople * days, method: '过磅', source: '去年台账.xlsx' }
      await call('POST', '/baselines', baseline)
      await call('POST', `/baselines/${baseline.id}/lock`)
      const higher = await t.page()
      await (await t.signIn(higher, 'district_official')).call('POST', `/baselines/${baseline.id}/sign`)

      // A month of tickets, imported on the page; the figure on the report.
      const each = Math.floor(kilograms / days)
      const tickets = Array.from({ length: days }, (_, i) => [`${month}-${String(i + 1).padStart(2, '0')}`, village.code, '其他垃圾',
        i + 1 < days ? each : kilograms - each * (days - 1), `新桥-${i + 1}`, '碑庙转运站'])
      equal(await upload(office, 'weigh_ins', '过磅单.csv', csv([['日期', '村', '类别', '净重', '票号', '转运站'], ...tickets])), 0, 'wrong rows of the tickets')
      await office.goto(`/office/reduction?from=${month}&to=${month}`)
      const row = 'table.wide tr:has-text("新桥村")'
      await office.waitForSelector(row)
      const text = await office.innerText(row)
      check(text.includes('30.2%'), `the rate per person is not 30.2 %: ${text}`)
      check(text.includes('28.2%'), `the raw rate is not 28.2 %: ${text}`)
      check(text.includes('达标'), 'the village does not reach the goal')
      await office.click(`${row} .open`)
      await office.waitForSelector('tr.more >> text=/8,?900/')
      const file = await office.request.get(`/api/v1/reports/reduction?division=${village.id}&from=${month}&to=${month}&format=csv`)
      check((await file.text()).startsWith('\ufeff'), 'the CSV has no BOM')
    },
  },
]
