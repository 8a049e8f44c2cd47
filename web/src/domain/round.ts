// How far today's round is: households visited per group, from the day's
// drop-offs and the households each group has.

export interface Visit {
  household?: { id: string; group?: { id: string; name: string } }
  status: string
  happened_at: string
}

export interface GroupSize { id: string; name: string; households?: number }

export interface GroupProgress {
  id: string
  name: string
  all: number
  done: number
  /** The last visit of the day was here. */
  here: boolean
}

export interface Round {
  /** Households of the whole round; 0 when the sizes are not known. */
  all: number
  done: number
  groups: GroupProgress[]
}

/** roundOf counts each household once, whatever it dropped off; undone and refused visits do not count. */
export function roundOf(visits: readonly Visit[], sizes: readonly GroupSize[], villageHouseholds = 0): Round {
  const counted = visits.filter((visit) => visit.status === 'credited' || visit.status === 'pending')
  const last = counted.reduce<Visit | undefined>((latest, visit) => (!latest || visit.happened_at > latest.happened_at ? visit : latest), undefined)
  const lastGroup = last ? groupOf(last) : ''
  const groups = sizes.map((size) => ({
    id: size.id, name: size.name, all: size.households || 0,
    done: distinct(counted.filter((visit) => groupOf(visit) === size.id)),
    here: size.id === lastGroup,
  })).filter((group) => group.all > 0)
  const all = villageHouseholds || groups.reduce((sum, group) => sum + group.all, 0)
  return { all, done: distinct(counted), groups: order(groups) }
}

/** order puts the group being visited first, then those with doors left, the finished ones last. */
function order(groups: GroupProgress[]): GroupProgress[] {
  const rank = (group: GroupProgress) => (group.done >= group.all ? 2 : group.here ? 0 : 1)
  return groups.map((group, index) => ({ group, index }))
    .sort((a, b) => rank(a.group) - rank(b.group) || a.index - b.index)
    .map(({ group }) => group)
}

function distinct(visits: readonly Visit[]): number {
  const seen: Record<string, true> = {}
  for (const visit of visits) if (visit.household) seen[visit.household.id] = true
  return Object.keys(seen).length
}

function groupOf(visit: Visit): string {
  return visit.household && visit.household.group ? visit.household.group.id : ''
}
