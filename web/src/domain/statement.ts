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

export interface MonthSums { opening: number; gained: number; lost: number }

/**
 * sumsOf adds up what a month moved, by the order of the book, whatever moved it:
 * opening + gained − lost is the balance. The lines are newest first; null when
 * they do not reach back to the month's start and are not `all` there are.
 */
export function sumsOf(lines: readonly SlipLine[], all: boolean, month: string): MonthSums | null {
  const monthOf = (line: SlipLine) => dayOf(line.recorded_at).slice(0, 7)
  const before = lines.filter((line) => monthOf(line) < month)[0]
  if (!before && !all) return null
  const moved = lines.filter((line) => monthOf(line) === month).map((line) => line.points)
  const sum = (points: readonly number[]) => points.reduce((total, one) => total + one, 0)
  return { opening: before ? before.balance_after : 0, gained: sum(moved.filter((one) => one > 0)), lost: sum(moved.filter((one) => one < 0).map((one) => -one)) }
}

export interface SlipLine { kind: string; recorded_at: string; points: number; balance_after: number }

export interface SlipSum { times: number; points: number }

/** What a household's month comes to on its slip: closing is always opening and all sums together. */
export interface Slip {
  opening: number
  earned: SlipSum
  spent: SlipSum
  other: SlipSum
  closing: number
}

/**
 * slipOf adds up a month by the order of the book. The lines are newest first
 * and reach back beyond the month's start, or to the first line there is.
 */
export function slipOf(lines: readonly SlipLine[], month: string): Slip {
  const monthOf = (line: SlipLine) => dayOf(line.recorded_at).slice(0, 7)
  const inMonth = lines.filter((line) => monthOf(line) === month)
  const before = lines.filter((line) => monthOf(line) < month)[0]
  const sum = (chosen: readonly SlipLine[]) => ({ times: chosen.length, points: chosen.reduce((all, line) => all + line.points, 0) })
  const opening = before ? before.balance_after : 0
  return {
    opening,
    earned: sum(inMonth.filter((line) => line.kind === 'drop_off')),
    spent: sum(inMonth.filter((line) => line.kind === 'redemption')),
    other: sum(inMonth.filter((line) => line.kind !== 'drop_off' && line.kind !== 'redemption')),
    closing: inMonth.length ? inMonth[0].balance_after : opening,
  }
}
