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
  /** The signed one that rates use, where the newest is not it. */
  standing: (B | undefined)[]
}

/** baselineTable lays baselines out, a row for each village named and each that has one. */
export function baselineTable<B extends BaselineLike>(villages: readonly { id: string; name: string }[], baselines: readonly B[]): VillageBaselines<B>[] {
  const rows: VillageBaselines<B>[] = villages.map(({ id, name }) => ({ village: { id, name }, months: blank(), standing: blank() }))
  for (const one of baselines) {
    let row = rows.filter(({ village }) => village.id === one.village.id)[0]
    if (!row) {
      row = { village: one.village, months: blank(), standing: blank() }
      rows.push(row)
    }
    const held = row.months[one.calendar_month - 1]
    if (one.state !== 'superseded' && (!held || held.version < one.version)) row.months[one.calendar_month - 1] = one
    const stands = row.standing[one.calendar_month - 1]
    if (one.state === 'signed' && (!stands || stands.version < one.version)) row.standing[one.calendar_month - 1] = one
  }
  for (const row of rows) row.standing = row.standing.map((one, at) => (one === row.months[at] ? undefined : one))
  return rows
}

const blank = () => Array.from({ length: 12 }, () => undefined)

/** countStates counts months that have a signed baseline, only unfinished ones, and none. */
export function countStates(rows: readonly VillageBaselines<BaselineLike>[]) {
  const count = { signed: 0, waiting: 0, none: 0 }
  for (const row of rows) {
    row.months.forEach((month, at) => { count[!month ? 'none' : month.state === 'signed' || row.standing[at] ? 'signed' : 'waiting']++ })
  }
  return count
}
