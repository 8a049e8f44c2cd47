// How the reduction report is read: order of rows, distance to the goal, and
// which months are compared.

import { addDays, addMonths, firstDay, lastDay } from './period'

export interface Rate {
  state: 'ok' | 'incomplete' | 'not_computable'
  value?: number
  text?: string
  reason?: string
}

export interface Row {
  division: { name: string }
  reduction: Rate
  raw_reduction: Rate
  coverage_days: number
  days: number
}

export type Order = 'rate' | 'raw' | 'name' | 'coverage'

/** sortRows puts figures first, largest on top; incomplete ones after them, those not computable at the end. */
export function sortRows<R extends Row>(rows: readonly R[], order: Order): R[] {
  const sorted = rows.slice()
  if (order === 'name') return sorted.sort((a, b) => a.division.name.localeCompare(b.division.name, 'zh'))
  if (order === 'coverage') return sorted.sort((a, b) => share(b) - share(a) || byRate(a.reduction, b.reduction))
  const rate = (row: R) => (order === 'raw' ? row.raw_reduction : row.reduction)
  return sorted.sort((a, b) => byRate(rate(a), rate(b)))
}

const share = (row: Row) => (row.days > 0 ? row.coverage_days / row.days : 0)
const rank = { ok: 0, incomplete: 1, not_computable: 2 } as const

function byRate(a: Rate, b: Rate): number {
  return rank[a.state] - rank[b.state] || (b.value || 0) - (a.value || 0)
}

/** pointsToGoal gives how many percentage points are missing to the goal, with one decimal as shown; 0 or less is reached. */
export function pointsToGoal(rate: number, targetPermille: number): number {
  return Math.round(targetPermille - Math.round(rate * 1000)) / 10
}

/** Months of a report, first and last. */
export interface Span {
  from: string
  to: string
}

/** monthsIn counts the months of a span. */
export function monthsIn({ from, to }: Span): number {
  const index = (month: string) => Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7))
  return index(to) - index(from) + 1
}

/** yearBefore gives the same months a year earlier. */
export function yearBefore({ from, to }: Span): Span {
  return { from: addMonths(from, -12), to: addMonths(to, -12) }
}

/** readSpan reads "2026-07" or "2026-01~2026-07" from an address; anything else is the fallback month. */
export function readSpan(text: string, fallback: string): Span {
  const month = /^(\d{4}-(?:0[1-9]|1[0-2]))(?:~(\d{4}-(?:0[1-9]|1[0-2])))?$/.exec(text)
  if (!month) return { from: fallback, to: fallback }
  const to = month[2] || month[1]
  return to < month[1] ? { from: to, to: month[1] } : { from: month[1], to }
}

/** writeSpan writes a span for an address. */
export function writeSpan({ from, to }: Span): string {
  return from === to ? from : `${from}~${to}`
}

/** The days a ticket is about. */
export interface TicketDays {
  category: string
  from: string
  to: string
  void: boolean
}

/** uncoveredDays lists the days of a month up to `until` on which no waste to disposal was weighed, as day numbers. */
export function uncoveredDays(tickets: readonly TicketDays[], month: string, until: string): number[] {
  const days: number[] = []
  for (let day = firstDay(month); day <= lastDay(month) && day <= until; day = addDays(day, 1)) {
    const weighed = tickets.some((ticket) => ticket.category === 'residual' && !ticket.void && ticket.from <= day && day <= ticket.to)
    if (!weighed) days.push(Number(day.slice(8)))
  }
  return days
}

/** Kilograms of a class at the doors against those weighed at the station, as a share of the station's; null where one is missing. */
export function balanceGap(doorGrams: number, stationGrams: number): number | null {
  if (doorGrams <= 0 || stationGrams <= 0) return null
  return (doorGrams - stationGrams) / stationGrams
}
