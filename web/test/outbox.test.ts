import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Attempt } from '../src/outbox/outbox'

type Outbox = typeof import('../src/outbox/outbox')
type Store = typeof import('../src/outbox/store')

let outbox: Outbox
let store: Store
const owner = 'u1'
const done: Attempt = { kind: 'done', outcome: { credited: 1000 } }
const add = (house: string, at = Date.now()) => outbox.add({
  owner, label: { house, name: '张*芳', items: ['厨余，优'] }, makeBody: (id) => ({ id, card_code: 'X' }),
}, at)

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory()
  vi.resetModules()
  outbox = await import('../src/outbox/outbox')
  store = await import('../src/outbox/store')
})

describe('outbox', () => {
  it('stores before anything is sent, under the id the server will know', async () => {
    const entry = await add('3 组 12 号')
    expect(await store.all()).toEqual([entry])
    expect(entry.state).toBe('waiting')
    expect((entry.body as { id: string }).id).toBe(entry.id)
  })

  it('sends oldest first and keeps the outcome', async () => {
    const first = await add('1')
    const second = await add('2')
    const sent: string[] = []
    await outbox.flush(owner, async (entry) => { sent.push(entry.id); return done })
    expect(sent).toEqual([first.id, second.id])
    const entries = await store.all()
    expect(entries.map((entry) => entry.state)).toEqual(['done', 'done'])
    expect(entries[0].outcome).toEqual({ credited: 1000 })
  })

  it('keeps a refusal with the server\'s sentence and goes on with the next', async () => {
    const dead = await add('1')
    await add('2')
    await outbox.flush(owner, async (entry) => (entry.id === dead.id ? { kind: 'refused', code: 'card.revoked', sentence: '这张户卡已经挂失' } : done))
    const entries = await store.all()
    expect(entries.map((entry) => entry.state)).toEqual(['refused', 'done'])
    expect(entries[0]).toMatchObject({ code: 'card.revoked', sentence: '这张户卡已经挂失' })
  })

  it('stops at the first failure of the network and sends the same bytes again later', async () => {
    await add('1')
    await add('2')
    const bodies: unknown[] = []
    let online = false
    const send = async (entry: { body: unknown }): Promise<Attempt> => { bodies.push(entry.body); return online ? done : { kind: 'later' } }
    await outbox.flush(owner, send)
    expect(bodies).toHaveLength(1)
    expect((await store.all()).map((entry) => entry.state)).toEqual(['waiting', 'waiting'])
    online = true
    await outbox.flush(owner, send)
    expect(bodies[1]).toEqual(bodies[0])
    expect((await store.all()).map((entry) => entry.state)).toEqual(['done', 'done'])
  })

  it('waits while nobody is signed in', async () => {
    await add('1')
    await outbox.flush(owner, async () => ({ kind: 'signed-out' }))
    expect((await store.all())[0].state).toBe('waiting')
  })

  it('never sends what someone else recorded', async () => {
    await add('1')
    const send = vi.fn(async () => done)
    await outbox.flush('u2', send)
    expect(send).not.toHaveBeenCalled()
  })

  it('lets one tab send at a time, and another take over when the first is gone', async () => {
    await add('1')
    await store.lease('other tab', 1000, 5000)
    const send = vi.fn(async () => done)
    await outbox.flush(owner, send, () => 5500)
    expect(send).not.toHaveBeenCalled()
    await outbox.flush(owner, send, () => 6001)
    expect(send).toHaveBeenCalledTimes(1)
  })

  it('goes past an entry that the server stumbles over', async () => {
    const bad = await add('1')
    const good = await add('2')
    await outbox.flush(owner, async (entry) => (entry.id === bad.id ? { kind: 'later', only: true } : done))
    expect((await store.get(bad.id))!.state).toBe('waiting')
    expect((await store.get(good.id))!.state).toBe('done')
  })

  it('sends what has photos last, and gives it the time a slow network needs', async () => {
    const picture = new Blob([new Uint8Array(400000)])
    const heavy = await outbox.add({ owner, label: { house: '1', name: '', items: [] }, photos: [{ id: 'p', picture }], makeBody: (id) => ({ id }) })
    const light = await add('2')
    const sent: string[] = []
    await outbox.flush(owner, async (entry) => {
      sent.push(entry.id)
      if (entry.id === heavy.id) expect(await store.lease('other tab', 45000, Date.now() + 200000)).toBe(false)
      return done
    })
    expect(sent).toEqual([light.id, heavy.id])
  })

  it('sends although a tab that is gone took the right when the clock was a day ahead', async () => {
    await add('1')
    await store.lease('other tab', 45000, 86400000)
    const send = vi.fn(async () => done)
    await outbox.flush(owner, send, () => 5000)
    expect(send).toHaveBeenCalledTimes(1)
  })

  it('takes back what was never tried, and only that', async () => {
    const fresh = await add('1')
    expect(await outbox.takeBack(fresh.id)).toBe(true)
    const tried = await add('2')
    await outbox.flush(owner, async () => ({ kind: 'later' }))
    expect(await outbox.takeBack(tried.id)).toBe(false)
    expect((await store.all()).map((entry) => entry.id)).toEqual([tried.id])
  })

  it('does not send what was taken back while the queue was on its way', async () => {
    await add('1')
    const second = await add('2')
    const sent: string[] = []
    await outbox.flush(owner, async (entry) => {
      sent.push(entry.label.house)
      if (entry.label.house === '1') await outbox.takeBack(second.id)
      return done
    })
    expect(sent).toEqual(['1'])
  })

  it('drops nothing by age but what is done', async () => {
    const month = 30 * 86400000
    await add('old done', Date.now() - month)
    await outbox.flush(owner, async () => done)
    await add('old waiting', Date.now() - month)
    await outbox.flush(owner, async () => ({ kind: 'refused', code: 'x', sentence: 'x' }))
    await outbox.flush(owner, async () => done)
    expect((await store.all()).map((entry) => entry.label.house)).toEqual(['old waiting'])
  })

  it('forgets a refusal only when told to', async () => {
    const entry = await add('1')
    await outbox.dismiss(entry.id)
    expect(await store.all()).toHaveLength(1)
    await outbox.flush(owner, async () => ({ kind: 'refused', code: 'x', sentence: 'x' }))
    await outbox.dismiss(entry.id)
    expect(await store.all()).toHaveLength(0)
  })

  it('takes the balance off the phone after it was shown', async () => {
    const entry = await add('1')
    await outbox.flush(owner, async () => ({ kind: 'done', outcome: { credited: 1, balance: 9800 } }))
    await outbox.forgetBalance(entry.id)
    expect(JSON.stringify(await store.all())).not.toContain('9800')
  })

  it('tells listeners of every change', async () => {
    const counts: number[] = []
    outbox.listen((entries) => counts.push(entries.length))
    await add('1')
    await add('2')
    expect(counts[counts.length - 1]).toBe(2)
  })
})
