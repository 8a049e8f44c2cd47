// Baselines as a table of villages and calendar months.

export interface BaselineLike {
  id: string
  village: { id: string; name: string }
  calendar_month: number
  version: number
  state: 'draft' | 'locked' | 'signed' | 'superseded'
}

export interface VillageBaselines<B> {
  village: { id: string; name: string }
  /** January first; undefined where there is none. The newest that is not replaced. */
  months: (B | undefined)[]
}

/** baselineTable lays baselines out, a row for each village named and each that has one. */
export function baselineTable<B extends BaselineLike>(villages: readonly { id: string; name: string }[], baselines: readonly B[]): VillageBaselines<B>[] {
  const rows: VillageBaselines<B>[] = villages.map(({ id, name }) => ({ village: { id, name }, months: blank() }))
  for (const one of baselines) {
    let row = rows.filter(({ village }) => village.id === one.village.id)[0]
    if (!row) {
      row = { village: one.village, months: blank() }
      rows.push(row)
    }
    const held = row.months[one.calendar_month - 1]
    if (one.state !== 'superseded' && (!held || held.version < one.version)) row.months[one.calendar_month - 1] = one
  }
  return rows
}

const blank = () => Array.from({ length: 12 }, () => undefined)

/** countStates counts months that are signed, unfinished and missing. */
export function countStates(rows: readonly VillageBaselines<BaselineLike>[]) {
  const count = { signed: 0, waiting: 0, none: 0 }
  for (const row of rows) {
    for (const month of row.months) count[!month ? 'none' : month.state === 'signed' ? 'signed' : 'waiting']++
  }
  return count
}
