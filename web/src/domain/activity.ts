// The activity report's rows, one per village, month and class, laid side by side.

export interface ActivityRow {
  division: { id: string; name: string }
  month: string
  category: string
  drop_offs: number
  grams: number
  points: number
  households: number
}

export const classes = ['food', 'recyclable', 'hazardous', 'residual'] as const
export type Class = typeof classes[number]

export interface VillageMonth {
  id: string
  name: string
  month: string
  visits: number
  households: number
  points: number
  grams: Record<Class, number>
}

/** villageMonths gathers the classes of a village and month; '*' counts visits and households. Order stays that of the report. */
export function villageMonths(rows: readonly ActivityRow[]): VillageMonth[] {
  const found: VillageMonth[] = []
  const at: Record<string, VillageMonth> = {}
  for (const row of rows) {
    const key = row.division.id + row.month
    if (!at[key]) {
      at[key] = { id: row.division.id, name: row.division.name, month: row.month, visits: 0, households: 0, points: 0, grams: { food: 0, recyclable: 0, hazardous: 0, residual: 0 } }
      found.push(at[key])
    }
    const line = at[key]
    if (row.category === '*') {
      line.visits += row.drop_offs
      line.households += row.households
      line.points += row.points
    } else if (row.category in line.grams) {
      line.grams[row.category as Class] += row.grams
    }
  }
  return found
}

/** sumOf adds village months up; households only within one month, for one household may come every month. */
export function sumOf(lines: readonly VillageMonth[]) {
  const sum = { visits: 0, points: 0, households: 0, grams: { food: 0, recyclable: 0, hazardous: 0, residual: 0 } }
  for (const line of lines) {
    sum.visits += line.visits
    sum.points += line.points
    sum.households += line.households
    for (const one of classes) sum.grams[one] += line.grams[one]
  }
  return sum
}
