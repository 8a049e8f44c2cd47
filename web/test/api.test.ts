import { afterEach, describe, expect, it, vi } from 'vitest'
import { api, Problem, Unreachable, unwrap } from '../src/api/client'
import { attemptOf } from '../src/api/drop-offs'

const answer = (status: number, body: string, type = 'application/problem+json') =>
  new Response(body, { status, headers: { 'Content-Type': type } })

afterEach(() => { vi.unstubAllGlobals() })

describe('client', () => {
  it('gives the data, with token, language and query in the request', async () => {
    document.cookie = 'csrf=abc%3D'
    const fetch = vi.fn(async (_url: string, _init: RequestInit) => answer(200, '{"items":[]}', 'application/json'))
    vi.stubGlobal('fetch', fetch)
    await expect(unwrap(api.GET('/drop-offs', { params: { query: { day: '2026-07-14', cursor: undefined } } }))).resolves.toEqual({ items: [] })
    const [url, init] = fetch.mock.calls[0]
    expect(url).toBe('/api/v1/drop-offs?day=2026-07-14')
    expect(init.headers).toMatchObject({ 'X-CSRF-Token': 'abc=' })
  })

  it('throws the server\'s sentence with code and pointers', async () => {
    vi.stubGlobal('fetch', async () => answer(422, JSON.stringify({
      code: 'request.invalid', detail: '有 1 处要改', errors: [{ code: 'x.y', detail: '重量要在 0.1 到 60 公斤之间', pointer: '/items/0/grams' }],
    })))
    const error = await unwrap(api.GET('/session')).catch((caught: unknown) => caught) as Problem
    expect(error).toBeInstanceOf(Problem)
    expect(error.code).toBe('request.invalid')
    expect(error.sentenceAt('/items/0/grams')).toBe('重量要在 0.1 到 60 公斤之间')
    expect(error.sentenceAt('/other')).toBe('')
  })

  it('is unreachable without an answer, and when something in between answers', async () => {
    vi.stubGlobal('fetch', async () => { throw new TypeError('failed') })
    await expect(unwrap(api.GET('/session'))).rejects.toBeInstanceOf(Unreachable)
    vi.stubGlobal('fetch', async () => answer(200, '<html>log in to this Wi-Fi</html>', 'text/html'))
    await expect(unwrap(api.GET('/session'))).rejects.toBeInstanceOf(Unreachable)
  })
})

describe('patience', () => {
  it('waits longer for an answer to what is large', async () => {
    vi.useFakeTimers()
    try {
      vi.stubGlobal('fetch', (_url: string, init: RequestInit) => new Promise((_resolve, reject) => {
        init.signal!.addEventListener('abort', () => { reject(new Error('aborted')) })
      }))
      const ended = vi.fn()
      api.POST('/photos', { params: { query: { id: 'p' } }, body: new Blob([new Uint8Array(200000)]) as never }).catch(ended)
      await vi.advanceTimersByTimeAsync(129000)
      expect(ended).not.toHaveBeenCalled()
      await vi.advanceTimersByTimeAsync(2000)
      expect(ended).toHaveBeenCalledWith(expect.any(Unreachable))
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('attemptOf', () => {
  it.each([
    [new Problem(422, { code: 'card.revoked', detail: '挂失' }), 'refused'],
    [new Problem(409, { code: 'request.id_reused', detail: '…' }), 'refused'],
    [new Problem(401, { code: 'session.none' }), 'signed-out'],
    [new Problem(403, { code: 'request.csrf' }), 'later'],
    [new Problem(403, null), 'later'],
    [new Problem(404, '<html>'), 'later'],
    [new Problem(408, { code: 'request.timeout' }), 'later'],
    [new Problem(429, { code: 'request.limited' }), 'later'],
    [new Problem(500, { code: 'internal' }), 'later'],
    [new Problem(503, { code: 'unavailable' }), 'later'],
    [new Unreachable(), 'later'],
    [new Error('anything'), 'later'],
  ])('%s is %s', (error, kind) => {
    expect(attemptOf(error).kind).toBe(kind)
  })
})
