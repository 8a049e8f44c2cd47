// The village's board of points: opened from the households, looked at, printed
// on A3; forty households on one sheet, more on a second, no row cut.

import { check, desk, equal, inspector, keep, phone } from './harness.mjs'

const inspect = inspector('points-board')

/** pagesOf prints a page and gives the size of each sheet in millimetres. */
async function pagesOf(page) {
  const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true })
  return [...pdf.toString('latin1').matchAll(/\/MediaBox\s*\[([^\]]*)\]/g)].map(([, box]) => box.trim().split(/\s+/).slice(2).map((point) => Math.round(Number(point) * 25.4 / 72)).join('×'))
}

/** rowsOf gives sheets with that many households, made from a real answer. */
function withRows(board, count) {
  const rows = Array.from({ length: count }, (_, index) => ({ house_number: String(index + 1), masked_name: '谭*强', visits: 28, points: 20900 + index }))
  return { ...board, sheets: [{ ...board.sheets[0], rows }] }
}

export default [{
  name: 'a month is chosen, looked at and printed on A3',
  async run(t) {
    const page = await t.page({ viewport: desk })
    const { call } = await t.signIn(page, 'cadre')
    await page.goto('/office/households')
    await page.click('.inside a[href*="/office/points-board"]')
    await page.waitForSelector('.sheet')
    await inspect(page, 'screen')
    const now = new Date(Date.now() + 8 * 3600000) // in Shanghai
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1)).toISOString().slice(0, 7)
    const board = await call('GET', `/bulletins/points?month=${month}`)
    equal(await page.locator('.sheet h2').count() >= board.sheets.length, true, 'a sheet for each group')
    equal(await page.locator('.sheet tbody tr').count(), board.sheets.reduce((sum, sheet) => sum + sheet.rows.length, 0), 'a row for each household')
    const words = await page.textContent('.sheets')
    check(words.includes('不排名次') && words.includes('村务监督委员会'), 'the board says how it is ordered and whom to tell')
    check(board.sheets.every(({ rows }) => rows.every(({ masked_name: name }) => !name || name.includes('*'))), 'names are masked')

    const show = async (count) => {
      await page.route('**/api/v1/bulletins/points*', (route) => route.fulfill({ json: withRows(board, count) }))
      await page.reload()
      await page.waitForSelector('.sheet')
      const found = await pagesOf(page)
      await page.unroute('**/api/v1/bulletins/points*')
      return found
    }
    equal(await show(30), ['297×420'], 'thirty households on one A3 sheet')
    if (process.env.HUFEN_SHOTS) await keep(page, 'points-board-30', { fullPage: true })
    equal(await show(40), ['297×420'], 'forty too')
    equal(await show(70), ['297×420', '297×420'], 'seventy on two')
    equal(await page.locator('.sheet tbody tr').count(), 70, 'with every row')
    await page.emulateMedia({ media: 'print' })
    const cut = await page.evaluate(() => [...document.querySelectorAll('.sheet')].filter((sheet) => sheet.getBoundingClientRect().height > 398 * 96 / 25.4).length)
    equal(cut, 0, 'no sheet is higher than its paper within the margins')
    await page.emulateMedia({ media: 'screen' })
    await page.setViewportSize(phone)
    await inspect(page, 'phone', { target: 48, whole: false })

    const english = await t.page({ viewport: desk, settings: { lang: 'en' } })
    await t.signIn(english, 'cadre')
    await english.route('**/api/v1/bulletins/points*', (route) => route.fulfill({ json: withRows(board, 40) }))
    await english.goto(`/office/points-board?month=${month}`)
    await english.waitForSelector('.sheet')
    equal(await pagesOf(english), ['297×420'], 'English fits its sheet too')
    await inspect(english, 'english')

    const town = await t.page({ viewport: desk })
    await t.signIn(town, 'town_official')
    await town.goto('/office/points-board')
    await town.waitForSelector('.empty')
    await inspect(town, 'choose')
  },
}]
