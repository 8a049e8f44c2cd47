// What a drop-off earns by the tariff on the phone. An estimate for the screen:
// caps need the household's day, and the server has the last word.

export type Category = 'food' | 'recyclable' | 'hazardous' | 'residual'
export type Grade = 'excellent' | 'good' | 'fair' | 'poor'

export interface Rule {
  item: string
  category: Category
  name_zh: string
  name_en: string
  basis: 'per_kg' | 'per_count' | 'per_grade'
  points?: number
  per_count?: number
  excellent?: number
  good?: number
  fair?: number
  poor?: number
  /** When its points count: 0 at once, -1 after a review, else days posted; absent: as its class is set. */
  crediting?: number
}

/** One item of a drop-off as the contract has it. */
export interface Item {
  item: string
  grams?: number
  pieces?: number
  grade?: Grade
  photo_id?: string
}

export const grades: readonly Grade[] = ['excellent', 'good', 'fair', 'poor']

/** The order of tiles: the one used most first. */
const order: readonly Category[] = ['food', 'recyclable', 'residual', 'hazardous']

/** categoriesOf lists the classes a tariff knows, in the order of the tiles. */
export function categoriesOf(rules: readonly Rule[]): Category[] {
  return order.filter((category) => rules.some((rule) => rule.category === category))
}

/** award gives hundredths of a point for an item, rounded half up; 0 for what the rule needs and the item lacks. */
export function award(rule: Rule, item: Item): number {
  if (rule.basis === 'per_grade') return item.grade ? rule[item.grade] || 0 : 0
  if (rule.basis === 'per_kg') return Math.floor(((rule.points || 0) * (item.grams || 0)) / 1000 + 0.5)
  return Math.floor(((rule.points || 0) * (item.pieces || 0)) / (rule.per_count || 1) + 0.5)
}

/** What keeps an item from being saved. */
export type Flaw =
  | { kind: 'no-weight' }
  | { kind: 'no-grade' }
  | { kind: 'no-count' }
  | { kind: 'weight'; most: number; given: number }

/** flawOf gives what is missing or wrong in an item, or null. `most` is the heaviest item allowed, in grams. */
export function flawOf(rule: Rule, item: Item, most: number): Flaw | null {
  if (rule.basis === 'per_grade' && !item.grade) return { kind: 'no-grade' }
  if (rule.basis === 'per_kg' && !item.grams) return { kind: 'no-weight' }
  if (rule.basis === 'per_count' && !item.pieces) return { kind: 'no-count' }
  if (item.grams !== undefined && (item.grams < 1 || item.grams > most)) return { kind: 'weight', most, given: item.grams }
  return null
}
