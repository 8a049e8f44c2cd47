// A household as a witness: a drop-off's receipt is checked by anybody, before
// and after it is sealed; an auditor looks at the seals and takes the files home.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import { check, desk, equal, inspector, newId, phone, wait } from './harness.mjs'
import { household } from './town.mjs'

const inspect = inspector('witness')

/** readQR reads the QR code whose picture is shown at a place of a page. */
async function readQR(page, selector) {
  const picture = await page.context().newPage()
  await picture.goto(await page.getAttribute(selector, 'src'))
  prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(readFileSync(fileURLToPath(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm')))).buffer } })
  const [found] = await readBarcodes(new Uint8Array(await picture.screenshot()), { formats: ['QRCode'] })
  await picture.close()
  return found && found.text
}

export default [{
  name: 'a receipt is in the book, a wrong one is not',
  async run(t) {
    const home = await household(t, { pin: '4711' })
    const cleaner = await t.page({ viewport: phone })
    const { call } = await t.signIn(cleaner, 'cleaner')
    const happened = new Date().toISOString()
    const dropOff = (id) => call('POST', '/drop-offs', { id, card_code: home.card.code, happened_at: happened, items: [{ item: 'food', grams: 1200, grade: 'good' }] })
    const made = await dropOff(newId())
    check(made.receipt && /^([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}$/.test(made.receipt.code), `no receipt: ${JSON.stringify(made)}`)
    equal((await dropOff(made.id)).receipt.code, made.receipt.code, 'the receipt of the same drop-off again')

    // Anybody, signed in nowhere.
    const stranger = await t.page({ viewport: phone, settings: { size: 'elder' } })
    await stranger.goto('/check')
    await inspect(stranger, 'empty', { text: 20, target: 60 })
    const ask = async (code) => {
      await stranger.fill('#receipt-code', code)
      await stranger.click('form button[type=submit]')
      await stranger.waitForSelector('.answer .banner, .answer [role=alert]')
      return stranger.innerText('.answer')
    }
    check((await ask(made.receipt.code.toLowerCase())).includes('没有改过'), 'the receipt was not found')
    await inspect(stranger, 'found', { text: 20, target: 60 })
    const other = (made.receipt.code[0] === '0' ? '1' : '0') + made.receipt.code.slice(1)
    check((await ask(other)).includes('24'), 'a mistyped code was asked for')
    await stranger.goto('/check#' + made.receipt.code)
    equal((await stranger.inputValue('#receipt-code')).replace(/\s/g, ''), made.receipt.code, 'the code of a link')
    const cut = await stranger.evaluate(() => { const box = document.querySelector('#receipt-code'); return box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight })
    check(!cut, 'the code does not fit where it is typed')

    // The slip of the same drop-off says it as a QR code, and the code opens the check.
    await cleaner.goto(`/cleaner/saved/${made.id}/slip`)
    await cleaner.waitForSelector('.scan img')
    await inspect(cleaner, 'slip', { target: 48 })
    equal(await readQR(cleaner, '.scan img'), `${t.base}/check#`.toUpperCase() + made.receipt.code.replace(/-/g, ''), 'the QR code of the slip')
    await stranger.goto('/CHECK#' + made.receipt.code.replace(/-/g, ''))
    await stranger.waitForFunction((code) => document.querySelector('#receipt-code').value.replace(/\s/g, '') === code, made.receipt.code)

    // The household's own page vouches for every line so far.
    await stranger.goto(`/c/${home.card.code}/pin`)
    for (const digit of home.pin) await stranger.click(`.key:text-is("${digit}")`)
    await stranger.waitForSelector('.witness')
    check((await stranger.innerText('.witness')).includes(made.receipt.code.slice(-4)), 'the newest line has another code')
    await inspect(stranger, 'household', { text: 20 })
  },
}, {
  name: 'a drop-off without points has a slip that says so',
  async run(t) {
    const home = await household(t)
    const cleaner = await t.page({ viewport: phone, settings: { size: 'elder' } })
    const { call } = await t.signIn(cleaner, 'cleaner')
    const { rules } = await call('GET', '/tariffs/current')
    const dropOff = (item) => call('POST', '/drop-offs', { id: newId(), card_code: home.card.code, happened_at: new Date().toISOString(), items: [item] })
    const nothing = await dropOff({ item: rules.find((rule) => rule.basis === 'per_grade').item, grade: 'poor' })
    equal([nothing.credited, nothing.receipt], [0, undefined], 'a drop-off that earns nothing')
    const heavy = await dropOff({ item: rules.find((rule) => rule.basis === 'per_kg').item, grams: 60000 })
    equal([heavy.status, heavy.receipt], ['pending', undefined], 'a drop-off that waits')
    for (const [name, id, words] of [['nothing', nothing.id, '没有得分'], ['waits', heavy.id, '还没有入账']]) {
      await cleaner.goto(`/cleaner/saved/${id}/slip`)
      await cleaner.waitForSelector('.receipt')
      await inspect(cleaner, `slip-${name}`, { text: 20, target: 60 })
      const text = await cleaner.innerText('.receipt')
      check(text.includes(words) && text.includes('回执码') && text.includes(id.slice(-4).toUpperCase()), `the slip says ${text}`)
      check(!(await cleaner.$('.receipt img')), 'a QR code for what is not in the ledger')
    }
  },
}, {
  name: 'an auditor sees seals and checks, and takes files home',
  async run(t) {
    const auditor = await t.page({ viewport: desk })
    const { call } = await t.signIn(auditor, 'auditor')
    for (let tries = 0; tries < 100 && !(await call('GET', '/verifications')).seal; tries++) await wait(1000)
    await auditor.goto('/office/setup/proof')
    await auditor.waitForSelector('.seal .short')
    await inspect(auditor, 'proof')
    check(/^([0-9a-f]{4} ){3}[0-9a-f]{4}$/.test(await auditor.innerText('.seal .short')), 'no short seal')
    const board = await auditor.request.get('/api/v1/seals/newest/board')
    check((await board.text()).includes('<svg'), 'the board has no QR code')
    const tables = await auditor.request.get('/api/v1/exports/sheets')
    equal((await tables.body()).subarray(0, 2).toString(), 'PK', 'the tables')
    const small = await t.page({ viewport: phone, settings: { lang: 'en' } })
    await t.signIn(small, 'auditor')
    await small.goto('/office/setup/proof')
    await small.waitForSelector('.seal .short')
    await inspect(small, 'proof-en')
  },
}]
