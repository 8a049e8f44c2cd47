// How points run out: none, some months after the end of the year that gave
// them, or after some months without use.

import type { ExpiryRule } from '../api/types'

export type ExpiryMode = ExpiryRule['mode']

/** The fewest and the most months of a way. */
export const monthBounds: Record<ExpiryMode, { min: number; max: number }> = {
  none: { min: 0, max: 0 }, year_end: { min: 0, max: 12 }, idle: { min: 1, max: 120 },
}

/** readMonths reads a number of months of a way; undefined where it is none. */
export function readMonths(mode: ExpiryMode, text: string): number | undefined {
  if (mode === 'none') return 0
  const plain = text.trim()
  if (!/^\d{1,3}$/.test(plain)) return undefined
  const months = Number(plain)
  return months >= monthBounds[mode].min && months <= monthBounds[mode].max ? months : undefined
}
