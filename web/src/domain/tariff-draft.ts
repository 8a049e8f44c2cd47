// A tariff while it is being written: texts as typed, checked and turned into
// what the contract takes.

import { creditingWay, readCrediting, type CreditingWay } from './crediting'
import { formatPoints, parsePoints } from './points'
import type { Category, Grade, Rule } from './tariff'

export interface RuleDraft {
  /** For the page only: which draft this is. */
  key: number
  item: string
  category: Category
  name_zh: string
  name_en: string
  basis: Rule['basis']
  points: string
  per_count: string
  excellent: string
  good: string
  fair: string
  poor: string
  /** When its points count. */
  crediting: CreditingWay
  days: string
}

export type CapPeriod = 'day' | 'month' | 'year'
export interface CapDraft {
  key: number
  period: CapPeriod
  category: Category | '*'
  points: string
}
export interface Cap { period: CapPeriod; category: Category | '*'; points: number }

/** What is wrong in a draft: which rule or cap (its key), which part of it. */
export interface DraftFlaw {
  key: number
  part: 'name_zh' | 'item' | 'item_twice' | 'points' | 'per_count' | 'days' | Grade | 'cap'
  given: string
}

export const draftGrades: readonly Grade[] = ['excellent', 'good', 'fair', 'poor']

let made = 0
const text = (points: number | undefined) => (points === undefined ? '' : formatPoints(points))

/** draftOf makes a rule editable; without one it is an empty rule per kilogram. */
export function draftOf(rule?: Rule): RuleDraft {
  return {
    key: ++made, item: rule ? rule.item : '', category: rule ? rule.category : 'recyclable',
    name_zh: rule ? rule.name_zh : '', name_en: rule ? rule.name_en : '', basis: rule ? rule.basis : 'per_kg',
    points: text(rule && rule.points), per_count: rule && rule.per_count ? String(rule.per_count) : '',
    excellent: text(rule && rule.excellent), good: text(rule && rule.good), fair: text(rule && rule.fair), poor: text(rule && rule.poor),
    crediting: creditingWay(rule && rule.crediting), days: rule && rule.crediting && rule.crediting > 0 ? String(rule.crediting) : '7',
  }
}

export function capDraftOf(cap?: Cap): CapDraft {
  return { key: ++made, period: cap ? cap.period : 'day', category: cap ? cap.category : '*', points: text(cap && cap.points) }
}

/** codeFor makes an item's code from its names where none was written: the English name, else class and number. */
export function codeFor(draft: RuleDraft, taken: readonly string[]): string {
  const plain = draft.name_en.trim().toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^[^a-z]+|_+$/g, '').slice(0, 32)
  const base = plain || draft.category
  let code = base
  for (let n = 2; taken.indexOf(code) >= 0; n++) code = base.slice(0, 29) + '_' + n
  return code
}

/** readRules turns drafts into rules; flaws say what cannot be. A missing code is made, a missing English name is the Chinese one. */
export function readRules(drafts: readonly RuleDraft[]): { rules: Rule[]; flaws: DraftFlaw[] } {
  const flaws: DraftFlaw[] = []
  const taken: string[] = drafts.map((draft) => draft.item.trim()).filter(Boolean)
  const seen: string[] = []
  const rules = drafts.map((draft): Rule => {
    const item = draft.item.trim() || codeFor(draft, taken.concat(seen))
    if (!/^[a-z][a-z0-9_.]{0,31}$/.test(item)) flaws.push({ key: draft.key, part: 'item', given: draft.item })
    else if (seen.indexOf(item) >= 0) flaws.push({ key: draft.key, part: 'item_twice', given: item })
    seen.push(item)
    if (!draft.name_zh.trim()) flaws.push({ key: draft.key, part: 'name_zh', given: '' })
    const rule: Rule = { item, category: draft.category, name_zh: draft.name_zh.trim(), name_en: draft.name_en.trim() || draft.name_zh.trim(), basis: draft.basis }
    const crediting = readCrediting(draft.crediting, draft.days)
    if (crediting === null) flaws.push({ key: draft.key, part: 'days', given: draft.days })
    else if (crediting !== undefined) rule.crediting = crediting
    const points = (part: 'points' | Grade) => {
      const value = parsePoints(draft[part])
      if (value === null || value < 0) flaws.push({ key: draft.key, part, given: draft[part] })
      return value === null ? 0 : value
    }
    if (draft.basis === 'per_grade') {
      for (const grade of draftGrades) rule[grade] = points(grade)
      return rule
    }
    rule.points = points('points')
    if (draft.basis === 'per_count') {
      const count = Number(draft.per_count)
      if (!(count >= 1 && count <= 10000 && count % 1 === 0) || !draft.per_count.trim()) flaws.push({ key: draft.key, part: 'per_count', given: draft.per_count })
      rule.per_count = count
    }
    return rule
  })
  return { rules, flaws }
}

/** readCaps turns cap drafts into caps. */
export function readCaps(drafts: readonly CapDraft[]): { caps: Cap[]; flaws: DraftFlaw[] } {
  const flaws: DraftFlaw[] = []
  const caps = drafts.map((draft) => {
    const points = parsePoints(draft.points)
    if (points === null || points < 0) flaws.push({ key: draft.key, part: 'cap', given: draft.points })
    return { period: draft.period, category: draft.category, points: points || 0 }
  })
  return { caps, flaws }
}
