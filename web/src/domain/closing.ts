// Figures of a closed month: as recorded at the close, and as restated today.

import type { ClosingVillage } from '../api/types'
import { formatCount, formatPoints } from './points'
import { formatKgRound } from './weight'

/** A figure both ways; undefined where there is none. */
export interface Pair {
  recorded?: number
  restated?: number
}

/** A column of figures: how to read it from a village, how to write it, and whether villages add up. */
export interface FigureColumn {
  key: 'opening' | 'issued' | 'redeemed' | 'other' | 'closing' | 'visits' | 'householdsCol' | 'kilograms' | 'credited' | 'disposal' | 'rate'
  read: (village: ClosingVillage) => Pair
  write: (value: number) => string
  unit?: string
  adds: boolean
}

function named(village: ClosingVillage, name: string): Pair {
  const found = village.figures.filter((figure) => figure.name === name)[0]
  return found ? { recorded: found.recorded, restated: found.restated } : {}
}

/** orZero takes what is missing on a side that has figures at all as nothing. */
function orZero(village: ClosingVillage, pair: Pair): Pair {
  const any = named(village, 'closing')
  return {
    recorded: any.recorded === undefined ? undefined : pair.recorded || 0,
    restated: any.restated === undefined ? undefined : pair.restated || 0,
  }
}

const figure = (name: string) => (village: ClosingVillage) => orZero(village, named(village, name))

/** rest is what moved the balance beside awards and redemptions. */
function rest(village: ClosingVillage): Pair {
  const of = (side: 'recorded' | 'restated') => {
    const at = (name: string) => named(village, name)[side] || 0
    return named(village, 'closing')[side] === undefined ? undefined : at('closing') - at('opening') - at('entry.drop_off') - at('entry.redemption')
  }
  return { recorded: of('recorded'), restated: of('restated') }
}

/** What the book says, by when it was recorded. */
export const bookColumns: FigureColumn[] = [
  { key: 'opening', read: figure('opening'), write: formatPoints, adds: true },
  { key: 'issued', read: figure('entry.drop_off'), write: formatPoints, adds: true },
  { key: 'redeemed', read: figure('entry.redemption'), write: formatPoints, adds: true },
  { key: 'other', read: rest, write: formatPoints, adds: true },
  { key: 'closing', read: figure('closing'), write: formatPoints, adds: true },
]

/** What the reports say, by when it happened. */
export const reportColumns: FigureColumn[] = [
  { key: 'visits', read: figure('visits'), write: formatCount, adds: true },
  { key: 'householdsCol', read: figure('households'), write: formatCount, adds: true },
  { key: 'kilograms', read: figure('grams'), write: formatKgRound, unit: 'kgUnit', adds: true },
  { key: 'credited', read: figure('credited'), write: formatPoints, adds: true },
  { key: 'disposal', read: figure('disposal_grams'), write: formatKgRound, unit: 'kgUnit', adds: true },
  { key: 'rate', read: (village) => named(village, 'reduction_tenths'), write: (tenths) => `${(tenths / 10).toFixed(1)}%`, adds: false },
]

/** shownOf is the figure that counts: as recorded, or today's while the month is open. */
export const shownOf = (pair: Pair, closed: boolean): number | undefined => (closed ? pair.recorded : pair.restated)

/** differs tells whether a closed figure is another today. */
export const differs = (pair: Pair): boolean => pair.recorded !== pair.restated

/** changesOf counts the figures that are others today. */
export const changesOf = (villages: readonly ClosingVillage[]): number =>
  villages.reduce((sum, village) => sum + [...bookColumns, ...reportColumns].filter((column) => differs(column.read(village))).length, 0)

/** sumOf adds a column up, over the villages that have it. */
export function sumOf(villages: readonly ClosingVillage[], column: FigureColumn, closed: boolean): number {
  return villages.reduce((sum, village) => sum + (shownOf(column.read(village), closed) || 0), 0)
}
