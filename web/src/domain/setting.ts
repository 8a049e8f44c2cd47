// Settings are whole numbers with a unit; people read and write them otherwise:
// fen as yuan, grams as kilograms, permille as per cent.

import { formatCount, formatPoints, formatYuan, parseDecimal } from './points'
import { formatKg } from './weight'

export type SettingUnit = 'fen' | 'points' | 'grams' | 'pieces' | 'minutes' | 'days' | 'permille' | 'switch' | 'kg_per_m3' | 'crediting'

/** How many decimal places the written form has beyond the stored number. */
const places: Record<SettingUnit, number> = { fen: 2, points: 2, grams: 3, pieces: 0, minutes: 0, days: 0, permille: 1, switch: 0, kg_per_m3: 0, crediting: 0 }

/** writeSetting writes a stored value as people read it, without its unit. */
export function writeSetting(value: number, unit: string): string {
  if (unit === 'fen') return formatYuan(value)
  if (unit === 'points') return formatPoints(value)
  if (unit === 'grams') return formatKg(value)
  if (unit === 'permille') return value % 10 ? (value / 10).toFixed(1) : String(value / 10)
  return formatCount(value)
}

/** readSetting reads what people write; null when it is not such a number. */
export function readSetting(text: string, unit: string): number | null {
  return parseDecimal(text, unit in places ? places[unit as SettingUnit] : 0)
}
