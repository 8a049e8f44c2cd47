// Starts the built binary with a fresh demo town and Chromium, and gives tests
// what they all need: pages, signing in, cards, a camera that shows one.

import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const here = fileURLToPath(new URL('.', import.meta.url))
const binary = join(here, '../../bin/hufen')
const index = join(here, '../dist/index.html')
export const shots = process.env.HUFEN_SHOTS || join(here, '.out')

const chromiumPath = process.env.CHROMIUM || '/usr/bin/chromium'
const flags = [
  '--disable-background-networking', '--disable-component-update', '--disable-default-apps', '--disable-sync',
  '--disable-gpu', '--no-first-run', '--mute-audio', '--force-color-profile=srgb',
  ...(process.getuid && process.getuid() === 0 ? ['--no-sandbox'] : []),
]

/** missing says what has to be there before the tests can run, or ''. */
export function missing() {
  if (!existsSync(binary)) return 'bin/hufen is not built: make build'
  if (!existsSync(index)) return 'web/dist is not built: make build'
  if (!existsSync(chromiumPath)) return `no browser at ${chromiumPath}: apt-get install chromium`
  return ''
}

/** startService runs the binary on a free port with a fresh demo town and waits until it is ready. */
export const startService = (environment = {}) => serve(['--demo'], environment, readLogins)

/** startEmpty runs the binary with nothing in it but one administrator of everything. */
export const startEmpty = () => {
  const login = { login: 'chen', password: 'qing-zhu-wan-27' }
  return serve([], {}, () => ({ administrator: login }), (env) => {
    const made = spawnSync(binary, ['user', 'add', '--login', login.login, '--name', '陈明'], { env, input: login.password + '\n', encoding: 'utf8' })
    if (made.status !== 0) throw new Error(`no administrator: ${made.stdout}${made.stderr}`)
  })
}

async function serve(options, environment, loginsOf, before) {
  const folder = mkdtempSync(join(tmpdir(), 'hufen-e2e-'))
  const port = await freePort()
  const base = `http://127.0.0.1:${port}`
  const env = {
    PATH: process.env.PATH, HOME: folder, HOST: '127.0.0.1', PORT: String(port), DATA_DIR: folder, PUBLIC_URL: base,
    LOG_LEVEL: 'WARN', RATE_PER_SECOND: '0', SCAN_RATE_PER_MINUTE: '0', ...environment,
  }
  if (before) before(env)
  const child = spawn(binary, ['serve', ...options], { stdio: ['ignore', 'pipe', 'pipe'], env })
  let output = ''
  let ended = false
  child.stdout.on('data', (data) => { output += data })
  child.stderr.on('data', (data) => { output += data })
  child.on('exit', () => { ended = true })
  const stop = async () => {
    if (!ended) {
      const exit = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await Promise.race([exit, wait(15000)])
      if (!ended) child.kill('SIGKILL')
    }
    rmSync(folder, { recursive: true, force: true })
  }
  for (let tries = 0; tries < 1200; tries++) {
    const ready = await fetch(base + '/readyz').then((answer) => answer.ok, () => false)
    if (ready && loginsOf(output)) return { base, folder, stop, logins: loginsOf(output), output: () => output }
    if (ended) break
    await wait(100)
  }
  await stop()
  throw new Error(`the service did not start:\n${output}`)
}

/** readLogins reads the demo log-ins the service prints: one line per role with log-in and password. */
function readLogins(output) {
  const logins = {}
  for (const line of output.split('\n')) {
    const found = /\b(cleaner|shopkeeper|cadre|town_official|district_official|finance|auditor|administrator)\b\W+(\S+)\s+(?:\/\s*)?(\S+)/.exec(line)
    if (found && !logins[found[1]]) logins[found[1]] = { login: found[2], password: found[3] }
  }
  return logins.cleaner && logins.cadre ? logins : null
}

/** launch starts Chromium; video is a .y4m file the fake camera shows. */
export function launch({ video } = {}) {
  const camera = video
    ? ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${video}`]
    : []
  return chromium.launch({ executablePath: chromiumPath, args: [...flags, ...camera] })
}

/** A phone's or a desk's window. */
export const phone = { width: 360, height: 740 }
export const smallPhone = { width: 360, height: 568 }
export const desk = { width: 1280, height: 800 }

/** openPage opens a window that notes every error of the page, for the test to fail on. */
export async function openPage(browser, base, { viewport = phone, settings = {}, offlineReady = false, ...more } = {}) {
  const context = await browser.newContext({
    viewport, deviceScaleFactor: 2, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', baseURL: base,
    serviceWorkers: offlineReady ? 'allow' : 'block', ...more,
  })
  await context.addInitScript((wanted) => {
    for (const [name, value] of Object.entries(wanted)) localStorage.setItem('hufen.' + name, value)
  }, { lang: 'zh', ...settings })
  const page = await context.newPage()
  page.faults = []
  page.on('pageerror', (error) => page.faults.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource|net::ERR/.test(message.text())) page.faults.push(message.text())
  })
  return page
}

/** signIn signs a page's browser in over the API and gives a caller for further requests. */
export async function signIn(page, { login, password }) {
  const answer = await page.request.post('/api/v1/session', { data: { login, password }, headers: { 'Sec-Fetch-Site': 'same-origin' } })
  if (!answer.ok()) throw new Error(`sign in as ${login}: ${answer.status()} ${await answer.text()}`)
  const session = await answer.json()
  return { session, call: caller(page, session.csrf_token) }
}

/** caller makes requests with the signed-in browser's cookies; a fault is thrown with its text. */
function caller(page, token) {
  return async (method, path, data) => {
    const answer = await page.request.fetch('/api/v1' + path, {
      method, data, headers: { 'X-CSRF-Token': token, 'Sec-Fetch-Site': 'same-origin', 'Accept-Language': 'zh-CN' },
    })
    const text = await answer.text()
    if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${text}`)
    return /json/.test(answer.headers()['content-type'] || '') ? JSON.parse(text) : text
  }
}

/** cardsOf reads the print sheet of some households: the code and the QR's SVG of each card. */
export async function cardsOf(call, households) {
  const sheet = await call('GET', '/cards/sheet?' + households.map((id) => 'household=' + id).join('&'))
  return [...sheet.matchAll(/<article class="card">([\s\S]*?)<\/article>/g)].map(([, card]) => ({
    code: /<p class="code">([\s\S]*?)<\/p>/.exec(card)[1].replace(/<[^>]*>|[\s-]/g, ''),
    svg: /<svg class="qr"[\s\S]*?<\/svg>/.exec(card)[0],
  }))
}

/** cameraShowing writes a .y4m film of 20 frames in which a card's QR is held before the camera. */
export async function cameraShowing(browser, svg, folder) {
  const page = await browser.newPage()
  const grey = await page.evaluate(async (source) => {
    const picture = new Image()
    const svgWithSize = source.includes('xmlns=') ? source : source.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg"')
    picture.src = 'data:image/svg+xml;utf8,' + encodeURIComponent(svgWithSize)
    await picture.decode()
    const canvas = document.createElement('canvas')
    canvas.width = 640
    canvas.height = 480
    const context = canvas.getContext('2d')
    context.fillStyle = '#b9b2a2'
    context.fillRect(0, 0, 640, 480)
    context.translate(320, 240)
    context.rotate(0.06)
    context.fillStyle = '#fff'
    context.fillRect(-160, -160, 320, 320)
    context.imageSmoothingEnabled = false
    context.drawImage(picture, -130, -130, 260, 260)
    const { data } = context.getImageData(0, 0, 640, 480)
    let text = ''
    for (let at = 0; at < data.length; at += 4) text += String.fromCharCode(Math.round(16 + (data[at] * 0.3 + data[at + 1] * 0.59 + data[at + 2] * 0.11) * 0.86))
    return btoa(text)
  }, svg)
  await page.close()
  const frame = Buffer.concat([Buffer.from('FRAME\n'), Buffer.from(grey, 'base64'), Buffer.alloc(640 * 480 / 2, 128)])
  const file = join(folder, `camera-${Date.now()}.y4m`)
  writeFileSync(file, Buffer.concat([Buffer.from('YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420mpeg2\n'), ...Array.from({ length: 20 }, () => frame)]))
  return file
}

/** violations runs axe on a page and gives what it found, one line each. */
export async function violations(page) {
  const source = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
  await page.evaluate(source)
  const { violations: found } = await page.evaluate(() => window.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'],
  }))
  return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)
}

/** smallTargets lists what can be pressed and is smaller than `least` pixels on either side; an input is pressed by the label around it. */
export async function smallTargets(page, least) {
  return page.evaluate((px) => [...document.querySelectorAll('button, a[href], select, input:not([type=hidden])')]
    .filter((element) => !element.closest('.visually-hidden') && !element.classList.contains('visually-hidden') && element.getClientRects().length > 0)
    .map((element) => ({ box: (element.matches('input') && element.closest('label') || element).getBoundingClientRect(), name: (element.textContent || element.id).trim().slice(0, 30) }))
    .filter(({ box }) => box.height < px - 0.5 || box.width < px - 0.5)
    .map(({ box, name }) => `${name} ${Math.round(box.width)}×${Math.round(box.height)}`), least)
}

/** smallText lists text smaller than `least` pixels. */
export async function smallText(page, least) {
  return page.evaluate((px) => {
    const found = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.textContent.trim()
      const element = node.parentElement
      if (!text || !element || element.closest('script, style, noscript, option, .visually-hidden') || element.getClientRects().length === 0) continue
      const size = parseFloat(getComputedStyle(element).fontSize)
      if (size < px) found.push(`${text.slice(0, 20)} ${size}`)
    }
    return found
  }, least)
}

/** sideways tells by how many pixels a page is wider than its window. */
export const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

/** keep saves a screenshot under a name. */
export async function keep(page, name, options = {}) {
  mkdirSync(shots, { recursive: true })
  await page.screenshot({ path: join(shots, name + '.png'), ...options })
}

/** faultsOf keeps a screenshot if screenshots are wanted, and lists what is wrong with how a page looks: `text` and `target` are the least sizes. */
export async function faultsOf(page, name, { text = 16, target, whole = true } = {}) {
  await page.waitForTimeout(250)
  if (process.env.HUFEN_SHOTS) await keep(page, name, { fullPage: whole })
  const wider = await sideways(page)
  return [
    ...(await violations(page)),
    ...(await smallText(page, text)).map((words) => `small text: ${words}`),
    ...(target ? await smallTargets(page, target) : []).map((one) => `small target: ${one}`),
    ...(wider > 0 ? [`wider than the window by ${wider} px`] : []),
  ]
}

/** inspector gives a feature's tests what looks at a page and throws if something is wrong with it. */
export const inspector = (feature) => async (page, name, look) => {
  const found = await faultsOf(page, `${feature}-${name}`, look)
  check(found.length === 0, `${name}: ${found.join(' | ')}`)
}

/** newId makes a UUIDv7. */
export function newId() {
  const hex = [...crypto.getRandomValues(new Uint8Array(10))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const time = Date.now().toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(1, 4)}-a${hex.slice(5, 8)}-${hex.slice(8)}`
}

export const wait = (millis) => new Promise((resolve) => { setTimeout(resolve, millis) })

/** check throws unless a thing holds. */
export function check(holds, sentence) {
  if (!holds) throw new Error(sentence)
}

export function equal(given, wanted, what) {
  const [a, b] = [JSON.stringify(given), JSON.stringify(wanted)]
  if (a !== b) throw new Error(`${what}: got ${a}, want ${b}`)
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
