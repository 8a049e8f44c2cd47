// Details of the audit log. They are stored for ever as the service wrote them,
// short and in English; this reads those of the common actions.

/** A detail that was read: which sentence of the dictionary tells it, and its parts as they were written. */
export interface ToldDetail {
  key: DetailKey
  parts: Record<string, string>
}

const uuid = '[0-9a-f]{8}-[0-9a-f-]{27}'
const day = '\\d{4}-\\d\\d-\\d\\d'
const month = '\\d{4}-\\d\\d'
const number = '-?[\\d.]+'

/** For each sentence the actions it belongs to, and the detail's parts in turn. */
const shapes = {
  tariff: [/^tariff\.created$/, `version (\\d+) from (${day})`, 'version', 'day'],
  cardSheet: [/^card\.issue$/, 'for a print sheet'],
  cardVersion: [/^card\.issue$/, 'version (\\d+)', 'version'],
  registered: [/^household\.register$/, `house_number (.*), member_count (\\d+) from (${day}), consent (true|false)`, 'house', 'n', 'day', 'consent'],
  setting: [/^setting\.change$/, `(\\w+) = (-?\\d+), (${day})`, 'setting', 'value', 'day'],
  expiry: [/^expiry\.rule$/, `(none|year_end|idle) (\\d+), (${day})`, 'mode', 'months', 'day'],
  budget: [/^budget\.set$/, `(${number}) / (month|quarter|year), (warn|hold), (${month}(?:-01)?)`, 'points', 'period', 'full', 'month'],
  goods: [/^goods\.create$/, `(.*): (${number}) points, stock (\\d+)`, 'name', 'points', 'n'],
  price: [/^goods\.change$/, `(.*): (${number}) points from (${day})`, 'name', 'points', 'day'],
  shown: [/^goods\.change$/, '(.*): shown', 'name'],
  hidden: [/^goods\.change$/, '(.*): hidden', 'name'],
  delivery: [/^stock\.move$/, '(.*): delivery ([+-]\\d+), now (\\d+)', 'name', 'delta', 'n'],
  count: [/^stock\.move$/, '(.*): count ([+-]\\d+), now (\\d+)', 'name', 'delta', 'n'],
  role: [/^role\./, '(cleaner|shopkeeper|cadre|town_official|district_official|finance|auditor|administrator)', 'role'],
  ticket: [/^weigh_in\.correct$/, '(.*) (\\S+), version (\\d+): (.*)', 'station', 'ticket', 'version', 'reason'],
  baseline: [/^baseline\./, `(${month}) version (\\d+): (\\d+) g, (\\d+) person-days`, 'month', 'version', 'grams', 'days'],
  baselineWith: [/^baseline\./, `(${month}) version (\\d+): (\\d+) g, (\\d+) person-days, ([^]*)`, 'month', 'version', 'grams', 'days', 'reason'],
  settlement: [/^settlement\./, `(.*) (${month}): (\\d+) items, (${number}) points, (-?\\d+) fen()`, 'shop', 'month', 'n', 'points', 'fen', 'reason'],
  settlementWith: [/^settlement\./, `(.*) (${month}): (\\d+) items, (${number}) points, (-?\\d+) fen, (.*)`, 'shop', 'month', 'n', 'points', 'fen', 'reason'],
  adjusted: [/^adjustment\./, `adjustment, household ${uuid}: (${number}) points, ([^]*)`, 'points', 'reason'],
  takenBack: [/^adjustment\./, `reversal of (drop_off|redemption|adjustment) ${uuid}, household ${uuid}: (${number}) points, ([^]*)`, 'object', 'points', 'reason'],
  succession: [/^household\./, `change ${uuid}: (\\d+) people from (${day}), (${number}) points(?: to ${uuid})?; ([^]*)`, 'n', 'day', 'points', 'reason'],
  houseNumber: [/^household\.change$/, 'house_number (.*) → (.*)', 'before', 'after'],
  members: [/^household\.change$/, `member_count (\\d+) → (\\d+) from (${day})`, 'before', 'after', 'day'],
  closedFrom: [/^household\.close$/, `closed from (${day})`, 'day'],
  imported: [/^import\.apply$/, '(\\w+): (\\d+) rows, (\\d+) created, (\\d+) changed, (\\d+) same, (\\d+) wrong', 'kind', 'n', 'created', 'changed', 'same', 'wrong'],
  closing: [/^closing\./, `(${month})\\s*(.*)`, 'month', 'reason'],
} as const satisfies Record<string, readonly [RegExp, string, ...string[]]>
export type DetailKey = keyof typeof shapes

/** readDetail reads a detail, or gives null for one that is best shown as it is: a name, a reason in somebody's own words. */
export function readDetail(action: string, detail: string): ToldDetail | null {
  for (const key of Object.keys(shapes) as DetailKey[]) {
    const [of, shape, ...names] = shapes[key] as readonly [RegExp, string, ...string[]]
    if (!of.test(action)) continue
    const found = new RegExp(`^${shape}$`).exec(detail)
    if (found) return { key, parts: Object.fromEntries(names.map((name, at) => [name, found[at + 1]])) }
  }
  return null
}
