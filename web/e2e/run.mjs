// Browser tests of the built binary.
//   npm run e2e            all of e2e/*.e2e.mjs
//   npm run e2e -- cleaner those whose file or name holds the word
// A file exports a list of { name, run(t), first }. What another test uses up is
// tested first. t is the town: { base, browser, logins, folder, page(options),
// signIn(page, role) }. Every window opened by t.page is closed after the test,
// and an error in the page fails it.

import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as harness from './harness.mjs'

const patience = 120000
const words = process.argv.slice(2)
const lacking = harness.missing()
if (lacking) {
  console.error(`e2e: ${lacking}`)
  process.exit(1)
}

const here = fileURLToPath(new URL('.', import.meta.url))
const tests = []
for (const file of readdirSync(here).filter((name) => name.endsWith('.e2e.mjs')).sort()) {
  const { default: list } = await import('./' + file)
  for (const test of list) tests[test.first ? 'unshift' : 'push']({ ...test, name: `${file.replace('.e2e.mjs', '')}: ${test.name}` })
}
const chosen = tests.filter(({ name }) => words.every((word) => name.includes(word)))

const service = await harness.startService()
const browser = await harness.launch()
let failed = 0
for (const test of chosen) {
  const started = Date.now()
  const error = await attempt(test)
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  if (error) failed++
  console.log(`${error ? 'FAIL' : 'ok  '} ${test.name} (${seconds} s)`)
  if (error) console.log(`     ${error.stack || error}`.replace(/\n/g, '\n     '))
}
await browser.close()
const output = service.output()
await service.stop()
if (failed && output.trim()) console.log(`what the service said:\n${output.slice(-4000)}`)
console.log(`${chosen.length - failed} passed, ${failed} failed`)
process.exit(failed || chosen.length === 0 ? 1 : 0)

/** attempt runs one test with its own windows and gives what went wrong. */
async function attempt(test) {
  const pages = []
  const t = {
    ...service, browser,
    page: async (options = {}) => {
      const page = await harness.openPage(options.browser || browser, service.base, options)
      page.setDefaultTimeout(30000)
      pages.push(page)
      return page
    },
    signIn: (page, role) => harness.signIn(page, service.logins[role]),
  }
  try {
    await Promise.race([test.run(t), harness.wait(patience).then(() => { throw new Error('took too long') })])
    const faults = pages.flatMap((page) => page.faults)
    if (faults.length) throw new Error('errors in the page: ' + faults.join(' | '))
    return null
  } catch (error) {
    for (const [index, page] of pages.entries()) {
      await harness.keep(page, `failed ${test.name} ${index}`.replace(/[^\w\u4e00-\u9fff]+/g, '-')).catch(() => {})
    }
    return error
  } finally {
    for (const page of pages) await page.context().close().catch(() => {})
  }
}
