// The queue on the phone: IndexedDB, one record per drop-off, and the lease
// that lets one tab send.

import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import { now as time } from '../domain/clock'

/** waiting: not sent, or sent without an answer. done: 2xx. refused: 4xx, kept with the server's sentence. */
export type State = 'waiting' | 'done' | 'refused'

/** What is shown of a record without asking the server. */
export interface Label {
  /** 3 组 12 号 */
  house: string
  /** 张*芳 */
  name: string
  /** 厨余 3.6 公斤，优 — one per item */
  items: string[]
  /** Hundredths of a point per item, by the tariff on the phone. */
  itemPoints?: number[]
  /** Hundredths of a point by the tariff on the phone, before caps; absent when it cannot be told. */
  points?: number
}

export interface Entry<Body = unknown, Outcome = unknown> {
  /** UUIDv7 made on the phone; the server's idempotency key. */
  id: string
  /** User who recorded it; nobody else's session sends it. */
  owner: string
  body: Body
  /** Photos the body names, sent before it. */
  photos?: { id: string; picture: Blob }[]
  label: Label
  state: State
  /** Milliseconds since the epoch. */
  recordedAt: number
  triedAt: number
  tries: number
  /** The server's answer, once done. */
  outcome?: Outcome
  /** The server's code and sentence, once refused. */
  code?: string
  sentence?: string
  /** When it was undone by the server's reversal. */
  undoneAt?: number
}

interface Schema extends DBSchema {
  entries: { key: string; value: Entry; indexes: { state: string } }
  leases: { key: string; value: { name: string; holder: string; until: number } }
}

const longestLease = 3600000

let opened: Promise<IDBPDatabase<Schema>> | null = null

function database(): Promise<IDBPDatabase<Schema>> {
  opened = opened || openDB<Schema>('hufen-outbox', 1, {
    upgrade(db) {
      db.createObjectStore('entries', { keyPath: 'id' }).createIndex('state', 'state')
      db.createObjectStore('leases', { keyPath: 'name' })
    },
  })
  return opened
}

/** put stores an entry, replacing the one with its id. */
export async function put(entry: Entry): Promise<void> {
  await (await database()).put('entries', entry)
}

/** updateIf changes an entry that is there and fits, in one transaction, and returns what is stored. */
export async function updateIf(id: string, fits: (entry: Entry) => boolean, change: Partial<Entry>): Promise<Entry | undefined> {
  const tx = (await database()).transaction('entries', 'readwrite')
  const entry = await tx.store.get(id)
  const found = entry !== undefined && fits(entry)
  if (found) {
    Object.assign(entry, change)
    await tx.store.put(entry)
  }
  await tx.done
  return found ? entry : undefined
}

/** removeIf removes an entry that is there and fits, in one transaction; tells whether it did. */
export async function removeIf(id: string, fits: (entry: Entry) => boolean): Promise<boolean> {
  const tx = (await database()).transaction('entries', 'readwrite')
  const entry = await tx.store.get(id)
  const found = entry !== undefined && fits(entry)
  if (found) await tx.store.delete(id)
  await tx.done
  return found
}

export async function get(id: string): Promise<Entry | undefined> {
  return (await database()).get('entries', id)
}

/** all lists every entry, oldest first: ids sort by the time they were made. */
export async function all(): Promise<Entry[]> {
  return (await database()).getAll('entries')
}

/**
 * lease takes or renews the right to send for some milliseconds; false while
 * another tab holds it. One for longer than any lasts is from before the clock
 * was set back.
 */
export async function lease(holder: string, millis: number, now = time()): Promise<boolean> {
  const tx = (await database()).transaction('leases', 'readwrite')
  const held = await tx.store.get('send')
  const free = !held || held.holder === holder || held.until < now || held.until > now + longestLease
  if (free) await tx.store.put({ name: 'send', holder, until: now + millis })
  await tx.done
  return free
}

/** release gives the right to send back. */
export async function release(holder: string): Promise<void> {
  const tx = (await database()).transaction('leases', 'readwrite')
  const held = await tx.store.get('send')
  if (held && held.holder === holder) await tx.store.delete('send')
  await tx.done
}
