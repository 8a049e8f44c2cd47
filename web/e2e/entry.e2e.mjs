import { check, equal, openPage, phone } from './harness.mjs'
import { household } from './town.mjs'

const unknown = '0000000000000000' + '00'

export default [
  {
    name: 'a stranger sees the same for a live card and an unknown one',
    async run(t) {
      const { card } = await household(t)
      const seen = []
      for (const code of [card.code, unknown]) {
        const page = await t.page()
        const asked = []
        page.on('request', (request) => { if (request.url().includes('/api/')) asked.push(request.method() + new URL(request.url()).pathname) })
        await page.goto('/c/' + code)
        await page.waitForSelector('text=这是一张户卡')
        seen.push([await page.innerText('body'), asked])
      }
      equal(seen[0], seen[1], 'live and unknown')
      check(!/组|村|号/.test(seen[0][0].replace('村委会', '')), 'the page names a place')
    },
  },
  {
    name: 'the upper-case address of the printed card opens the same page',
    async run(t) {
      const page = await t.page()
      await page.goto('/C/' + unknown)
      await page.waitForSelector('text=我们家的卡')
    },
  },
  {
    name: 'a mistyped card is told apart without asking the server',
    async run(t) {
      const page = await t.page()
      const asked = []
      page.on('request', (request) => { if (/\/api\/v1\/cards/.test(request.url())) asked.push(request.url()) })
      await page.goto('/c/000000000000000001')
      await page.waitForSelector('text=这个卡号抄错了')
      await page.fill('#card-number', '0000 0000 0000')
      await page.click('text=往下走')
      await page.waitForSelector('text=现在写了 12 位')
      await page.fill('#card-number', 'oooo-oooo-oooo-oooo-oo')
      await page.click('text=往下走')
      await page.waitForSelector('text=这是一张户卡')
      equal(asked, [], 'requests about cards')
    },
  },
  {
    name: 'a wrong password is refused in words, the right one leads on',
    async run(t) {
      const page = await t.page()
      const { login, password } = t.logins.cleaner
      await page.goto('/cleaner/today')
      await page.waitForURL('**/login?next=**')
      await page.click('button[type=submit]')
      await page.waitForSelector('text=请写上密码')
      await page.fill('#login', login)
      await page.fill('#password', password + 'x')
      await page.click('button[type=submit]')
      await page.waitForSelector('.field.bad .error, .error')
      await page.fill('#password', password)
      await page.click('button[type=submit]')
      await page.waitForURL('**/cleaner/today')
    },
  },
  {
    name: 'next never leads to another site',
    async run(t) {
      const page = await t.page()
      const { login, password } = t.logins.cleaner
      await page.goto('/login?next=//example.com/')
      await page.fill('#login', login)
      await page.fill('#password', password)
      await page.click('button[type=submit]')
      await page.waitForURL(t.base + '/cleaner')
    },
  },
  {
    name: 'a household opens its page with the PIN, and this phone is remembered',
    async run(t) {
      const { card, pin } = await household(t, { pin: '2580' })
      const page = await t.page()
      await page.goto('/c/' + card.code)
      await page.click('text=我们家的卡')
      await page.waitForSelector('html[data-size=elder]')
      for (const digit of '0000') await page.click(`.key:text-is("${digit}")`)
      await page.waitForSelector('.error')
      await page.click('text=记住这部手机')
      for (const digit of pin) await page.click(`.key:text-is("${digit}")`)
      await page.waitForSelector('text=可以用的积分')
      check(await page.$('html[data-size=elder]'), 'the page is not in elder type')
      await page.goto('/c/' + card.code)
      await page.waitForSelector('text=可以用的积分')
      await page.click('text=看完了，退出')
      await page.waitForURL('**/login')
      await page.goto('/household')
      await page.waitForURL('**/login')
    },
  },
  {
    name: 'another household’s card does not open with this one’s phone',
    async run(t) {
      const mine = await household(t, { pin: '1357' })
      const other = await household(t, { pin: '2468' })
      const page = await t.page()
      await page.goto(`/c/${mine.card.code}/pin`)
      for (const digit of mine.pin) await page.click(`.key:text-is("${digit}")`)
      await page.waitForSelector('text=可以用的积分')
      await page.goto('/c/' + other.card.code)
      await page.waitForSelector('text=我们家的卡')
    },
  },
  {
    name: 'a cleaner’s scan opens the form, a shopkeeper’s the exchange, a cadre’s the household',
    async run(t) {
      const { card } = await household(t)
      for (const [role, path] of [['cleaner', '**/cleaner/drop-off/**'], ['shopkeeper', '**/shop/**'], ['town_official', '**/office/**']]) {
        const page = await t.page({ viewport: phone })
        await t.signIn(page, role)
        await page.goto('/c/' + card.code)
        await page.waitForURL(path)
      }
    },
  },
  {
    name: 'staff are taken back to the card after signing in',
    async run(t) {
      const { card } = await household(t)
      const page = await t.page()
      await page.goto('/c/' + card.code)
      await page.click('text=我在这里工作')
      await page.fill('#login', t.logins.cleaner.login)
      await page.fill('#password', t.logins.cleaner.password)
      await page.click('button[type=submit]')
      await page.waitForSelector('.guard')
    },
  },
  {
    name: 'devices are listed and can be signed out',
    async run(t) {
      const lost = await t.page()
      await t.signIn(lost, 'cleaner')
      await lost.goto('/cleaner')
      const page = await t.page()
      await t.signIn(page, 'cleaner')
      await page.goto('/account')
      await page.waitForSelector('text=这一部')
      const before = await page.locator('text=让它退出').count()
      check(before > 0, 'no other device is listed')
      for (let left = before; left > 0; left--) {
        await page.click('text=让它退出 >> nth=0')
        await page.waitForFunction((count) => document.body.innerText.split('让它退出').length - 1 < count, left)
      }
      await lost.goto('/cleaner/today')
      await lost.waitForURL('**/login**')
    },
  },
  {
    name: 'English and back',
    async run(t) {
      const page = await openPage(t.browser, t.base, { settings: { lang: 'en' } })
      await page.goto('/login')
      await page.waitForSelector('text=Sign in')
      check(!/[\u4e00-\u9fff]/.test((await page.innerText('main')).replace('中文', '')), 'Chinese on the English page')
      await page.click('text=中文')
      await page.waitForSelector('text=登录一次管 30 天')
      await page.context().close()
    },
  },
]
