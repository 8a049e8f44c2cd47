// When points count: at once (0), after a cadre's review (-1), or after an
// objection period of so many days; a rule may leave it to its class.

export type CreditingWay = 'class' | 'once' | 'review' | 'period'
export const mostObjectionDays = 60

/** creditingWay tells which way a stored value means; nothing stored leaves it to the class. */
export function creditingWay(value: number | undefined): CreditingWay {
  if (value === undefined) return 'class'
  return value === 0 ? 'once' : value < 0 ? 'review' : 'period'
}

/** readCrediting gives the value of a way and the days as written; null when the days are none. */
export function readCrediting(way: CreditingWay, days: string): number | undefined | null {
  if (way === 'class') return undefined
  if (way === 'once') return 0
  if (way === 'review') return -1
  return /^\d{1,2}$/.test(days.trim()) && Number(days) >= 1 && Number(days) <= mostObjectionDays ? Number(days) : null
}
