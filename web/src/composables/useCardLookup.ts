import { lookUpCard } from '../api/cards'
import { Unreachable } from '../api/client'
import { getCurrentTariff } from '../api/tariffs'
import type { CardHousehold, Tariff } from '../api/types'

const key = 'hufen.tariff'

/** What is known when a card was read: the household too, or only the tariff on this phone. */
export type Looked =
  | { kind: 'known'; card: CardHousehold }
  | { kind: 'unreachable'; tariff: Tariff }
  | { kind: 'no-tariff' }

/** lookUp asks the server for a card; without a network it falls back on the tariff last seen. Refusals are thrown. */
export async function lookUp(code: string): Promise<Looked> {
  try {
    const card = await lookUpCard(code)
    keepTariff(card.tariff)
    return { kind: 'known', card }
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error
    const tariff = keptTariff()
    return tariff ? { kind: 'unreachable', tariff } : { kind: 'no-tariff' }
  }
}

/** fetchTariff keeps today's tariff on the phone ahead of the first scan. */
export async function fetchTariff(division?: string): Promise<void> {
  keepTariff(await getCurrentTariff(division))
}

function keepTariff(tariff: Tariff) {
  try {
    localStorage.setItem(key, JSON.stringify(tariff))
  } catch { /* no room: only needed without a network */ }
}

function keptTariff(): Tariff | null {
  try {
    const text = localStorage.getItem(key)
    return text ? JSON.parse(text) as Tariff : null
  } catch {
    return null
  }
}
