// Where values stand on a chart's axis. No drawing here.

export interface Axis {
  low: number
  high: number
  ticks: number[]
}

/**
 * rateAxis covers rates (shares) and the target from 0 up; if a village got
 * worse it begins below 0, it is never cut. A little room stays at the end.
 */
export function rateAxis(values: readonly number[], target: number): Axis {
  const most = Math.max(target, ...values)
  const least = Math.min(0, ...values)
  const step = niceStep(most - least, 5, [1, 2, 5])
  const low = least < 0 ? Math.floor(clean(least / step)) * step : 0
  const high = Math.ceil(clean((most + step * 0.4) / (step / 2))) * (step / 2)
  return { low: clean(low), high: clean(high), ticks: ticksOf(low, high, step) }
}

/** countAxis covers amounts from 0 to a round number at or above the largest. */
export function countAxis(values: readonly number[], wanted = 5): Axis {
  const most = Math.max(0, ...values)
  const step = niceStep(most || 1, wanted, [1, 2, 2.5, 5])
  const high = Math.max(step, Math.ceil(clean(most / step)) * step)
  return { low: 0, high: clean(high), ticks: ticksOf(0, high, step) }
}

/** placeOn gives where a value stands between the ends of an axis, 0 to 1. */
export function placeOn(axis: Axis, value: number): number {
  return (value - axis.low) / (axis.high - axis.low)
}

/** niceStep gives a round step that divides a range in about `wanted` parts, at most. */
function niceStep(range: number, wanted: number, rounds: readonly number[]): number {
  const rough = range / wanted
  const power = Math.pow(10, Math.floor(Math.log10(rough)))
  for (const round of rounds) if (clean(round * power) >= clean(rough)) return round * power
  return 10 * power
}

function ticksOf(low: number, high: number, step: number): number[] {
  const ticks: number[] = []
  for (let index = Math.round(low / step); clean(index * step) <= clean(high); index++) ticks.push(clean(index * step))
  return ticks
}

/** clean takes the crumbs of binary fractions off. */
function clean(value: number): number {
  return Math.round(value * 1e9) / 1e9 || 0
}
