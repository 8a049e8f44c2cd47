// A household's statement by month, and what a month adds up to.

import { dayOf } from './period'

export interface Line { effective_at: string; points: number; balance_after: number }

export interface MonthOf<L extends Line> {
  /** 2026-07 */
  month: string
  lines: L[]
}

/** byMonth groups lines, newest first, by the month they belong to. */
export function byMonth<L extends Line>(lines: readonly L[]): MonthOf<L>[] {
  const months: MonthOf<L>[] = []
  for (const line of lines) {
    const month = dayOf(line.effective_at).slice(0, 7)
    const last = months[months.length - 1]
    if (last && last.month === month) last.lines.push(line)
    else months.push({ month, lines: [line] })
  }
  return months
}

/** openingOf gives the balance at a month's start, in hundredths of a point. */
export function openingOf(balance: number, earned: number, spent: number): number {
  return balance - earned + Math.abs(spent)
}
