// The phone's waiting list. A drop-off is stored here before anything is sent,
// under the id the server will know it by, so it is neither lost nor counted twice.

import { now as time } from '../domain/clock'
import { newId } from '../domain/id'
import { patienceFor } from '../domain/patience'
import type { Entry, Label } from './store'
import * as store from './store'

/** What became of one attempt to send. */
export type Attempt =
  | { kind: 'done'; outcome: unknown }
  | { kind: 'refused'; code: string; sentence: string }
  /** No network, 5xx, 429: try again later; with `only`, what comes after it may go all the same. */
  | { kind: 'later'; only?: boolean }
  /** 401: stays waiting until somebody signs in. */
  | { kind: 'signed-out' }

/** Sender posts one entry and says what became of it; it does not throw. */
export type Sender = (entry: Entry) => Promise<Attempt>

const leaseMillis = 45000
/** Done entries stay for the saved page and today's list, then make room. */
const keepDoneMillis = 3 * 86400000

type Listener = (entries: Entry[]) => void
const listeners: Listener[] = []
const channel = typeof BroadcastChannel === 'function' ? new BroadcastChannel('hufen-outbox') : null
if (channel) channel.onmessage = () => { void tell() }

/** listen calls back with all entries, now and after every change in any tab; returns how to stop. */
export function listen(listener: Listener): () => void {
  listeners.push(listener)
  void store.all().then(listener)
  return () => { listeners.splice(listeners.indexOf(listener), 1) }
}

async function tell() {
  const entries = await store.all()
  for (const listener of listeners.slice()) listener(entries)
}

async function changed() {
  if (channel) channel.postMessage('changed')
  await tell()
}

/** What is to be kept: whose it is, how it is shown, what is sent. */
export interface Input {
  owner: string
  label: Label
  photos?: Entry['photos']
  /** Makes the request from the entry's id, so that both always agree. */
  makeBody: (id: string) => unknown
}

/** add stores a new entry as waiting. */
export async function add(input: Input, now = time()): Promise<Entry> {
  const id = newId()
  const entry: Entry = {
    id, owner: input.owner, label: input.label, body: input.makeBody(id), photos: input.photos || [],
    state: 'waiting', recordedAt: now, triedAt: 0, tries: 0,
  }
  await store.put(entry)
  askToPersist()
  await changed()
  return entry
}

/**
 * flush sends the owner's waiting entries, unless another tab is sending: those
 * without photos first, which take long on a slow network, then oldest first.
 */
export async function flush(owner: string, send: Sender, now = time): Promise<void> {
  const holder = newId()
  if (!(await store.lease(holder, leaseMillis, now()))) return
  try {
    const waiting = (await store.all()).filter((entry) => entry.state === 'waiting' && entry.owner === owner)
    for (const entry of [...waiting.filter((one) => !hasPhotos(one)), ...waiting.filter(hasPhotos)]) {
      if (!(await store.lease(holder, leaseFor(entry), now()))) return
      const begun = await store.updateIf(entry.id, isWaiting, { triedAt: now(), tries: entry.tries + 1 })
      if (!begun) continue
      const attempt = await send(begun)
      await settle(begun, attempt)
      if (attempt.kind === 'signed-out' || (attempt.kind === 'later' && !attempt.only)) return
    }
    await makeRoom(now())
  } finally {
    await store.release(holder)
    await changed()
  }
}

async function settle(entry: Entry, attempt: Attempt) {
  if (attempt.kind === 'done') {
    await store.updateIf(entry.id, isWaiting, { state: 'done', outcome: attempt.outcome, photos: [] })
  } else if (attempt.kind === 'refused') {
    await store.updateIf(entry.id, isWaiting, { state: 'refused', code: attempt.code, sentence: attempt.sentence })
  }
  await changed()
}

const photosOf = (entry: Entry) => entry.photos || []
const hasPhotos = (entry: Entry) => photosOf(entry).length > 0
const leaseFor = (entry: Entry) => photosOf(entry).reduce((millis, { picture }) => millis + patienceFor(picture.size), leaseMillis)

const isWaiting = (entry: Entry) => entry.state === 'waiting'

async function makeRoom(now: number) {
  for (const entry of await store.all()) {
    const old = entry.state === 'done' && entry.recordedAt < now - keepDoneMillis
    if (old) await store.removeIf(entry.id, (still) => still.state === 'done')
  }
}

/** takeBack removes an entry that was never sent; false if it may have reached the server. */
export async function takeBack(id: string): Promise<boolean> {
  const taken = await store.removeIf(id, (entry) => isWaiting(entry) && entry.tries === 0)
  await changed()
  return taken
}

/** dismiss removes a refused entry once the person has dealt with it. */
export async function dismiss(id: string): Promise<void> {
  await store.removeIf(id, (entry) => entry.state === 'refused')
  await changed()
}

/** forgetBalance takes the household's balance off the phone once the saved page has shown it. */
export async function forgetBalance(id: string): Promise<void> {
  const entry = await store.get(id)
  const outcome = entry && (entry.outcome as { balance?: number } | undefined)
  if (!outcome || outcome.balance === undefined) return
  await store.updateIf(id, (still) => still.state === 'done', { outcome: { ...outcome, balance: undefined } })
}

/** markUndone notes that the server reversed a done entry. */
export async function markUndone(id: string, now = time()): Promise<void> {
  await store.updateIf(id, (entry) => entry.state === 'done', { undoneAt: now })
  await changed()
}

export const find = store.get

function askToPersist() {
  if (navigator.storage && navigator.storage.persist) void navigator.storage.persist().catch(() => false)
}
