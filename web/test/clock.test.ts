import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { api } from '../src/api/client'
import { heard, now } from '../src/domain/clock'
import { today } from '../src/domain/period'

const true_ = Date.parse('2026-11-21T16:30:00Z') // half past midnight of the 22nd in China
const day = 86400000

/** phone sets this machine's clock some milliseconds beside the true time. */
const phone = (beside: number) => vi.setSystemTime(true_ + beside)
const hear = () => heard(new Date(true_).toUTCString(), Date.now())

beforeEach(() => { vi.useFakeTimers({ toFake: ['Date'] }) })
afterEach(() => {
  phone(0)
  hear()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('clock', () => {
  it('is the server\'s where the phone\'s is a day ahead, years behind or right', () => {
    for (const beside of [day, -3000 * day, 0]) {
      phone(beside)
      hear()
      expect(Math.abs(now() - true_)).toBeLessThan(1000)
      expect(today()).toBe('2026-11-22')
    }
  })

  it('leaves alone what the network and whole seconds explain', () => {
    phone(20000)
    hear()
    expect(now()).toBe(true_ + 20000)
    const begun = Date.now()
    vi.setSystemTime(begun + 150000) // an answer that took two and a half minutes
    heard(new Date(true_ + 140000).toUTCString(), begun)
    expect(now()).toBe(begun + 150000)
  })

  it('is kept for a start without a network', async () => {
    phone(2 * day)
    hear()
    vi.resetModules()
    const afresh = await import('../src/domain/clock')
    expect(Math.abs(afresh.now() - true_)).toBeLessThan(1000)
  })

  it('hears Hufen, nothing in between, and no nonsense', async () => {
    phone(day)
    const answer = (headers: Record<string, string>) =>
      vi.stubGlobal('fetch', async () => new Response('{}', { headers: { 'Content-Type': 'application/json', ...headers } }))
    const stated = new Date(true_).toUTCString()
    for (const headers of [{ Date: stated }, { 'X-Request-Id': 'a', Date: 'soon' }, { 'X-Request-Id': 'a' }]) {
      answer(headers as Record<string, string>)
      await api.GET('/session')
      expect(now()).toBe(true_ + day)
    }
    answer({ 'X-Request-Id': 'a', Date: stated })
    await api.GET('/session')
    expect(Math.abs(now() - true_)).toBeLessThan(1000)
  })
})
