import { computed, ref, shallowRef } from 'vue'
import { award, categoriesOf, flawOf, type Category, type Flaw, type Grade, type Item, type Rule } from '../domain/tariff'
import { formatKg, parseKg, pressKey, typingCount, typingKg } from '../domain/weight'

/** One photo taken for an item, not yet sent. */
export interface Photo { id: string; picture: Blob }

/** An item of the draft with the rule it falls under. */
export interface Line { rule: Rule; item: Item; photo?: Photo }

/** useDraft keeps a drop-off while it is being filled in: the items added and the one under the fingers. */
export function useDraft(rules: () => readonly Rule[], most: () => number) {
  const added = shallowRef<Line[]>([])
  const category = ref<Category | ''>('')
  const itemName = ref('')
  const grade = ref<Grade | ''>('')
  const typed = ref('')
  const photo = shallowRef<Photo>()

  const categories = computed(() => categoriesOf(rules()))
  const choices = computed(() => rules().filter((rule) => rule.category === category.value))
  const rule = computed(() => choices.value.filter((one) => one.item === itemName.value)[0])
  const counts = computed(() => !!rule.value && rule.value.basis === 'per_count')
  const current = computed<Line | null>(() => (rule.value ? { rule: rule.value, item: itemOf(rule.value), photo: photo.value } : null))
  const touched = computed(() => typed.value !== '' || grade.value !== '')
  const lines = computed(() => (current.value && (touched.value || added.value.length === 0) ? [...added.value, current.value] : added.value))
  const points = computed(() => lines.value.reduce((sum, line) => sum + award(line.rule, line.item), 0))

  function itemOf(of: Rule): Item {
    const item: Item = { item: of.item }
    const value = of.basis === 'per_count' ? Number(typed.value) : parseKg(typed.value)
    if (typed.value !== '' && value !== null) {
      if (of.basis === 'per_count') item.pieces = value
      else item.grams = value
    }
    if (of.basis === 'per_grade' && grade.value) item.grade = grade.value
    if (photo.value) item.photo_id = photo.value.id
    return item
  }

  function chooseCategory(next: Category) {
    if (next === category.value) return
    category.value = next
    chooseItem(choices.value.length ? choices.value[0].item : '')
  }

  /** A weight stays when only the class was wrong; a count does not become a weight. */
  function chooseItem(next: string) {
    const counted = counts.value
    itemName.value = next
    grade.value = ''
    if (counted !== counts.value) typed.value = ''
  }

  function press(key: string) {
    typed.value = pressKey(typed.value, key, counts.value ? typingCount : typingKg)
  }

  /** check gives what is wrong with the item under the fingers, or null. */
  function check(): Flaw | null {
    return current.value ? flawOf(current.value.rule, current.value.item, most()) : null
  }

  /** add moves the item under the fingers to the list and begins the next class. */
  function add() {
    if (!current.value) return
    added.value = [...added.value, current.value]
    begin()
  }

  function drop(index: number) {
    added.value = added.value.filter((_line, at) => at !== index)
  }

  /** begin clears the item under the fingers and offers the first class not in the list. */
  function begin() {
    typed.value = ''
    grade.value = ''
    photo.value = undefined
    category.value = ''
    const taken = added.value.map((line) => line.rule.category)
    const next = categories.value.filter((one) => taken.indexOf(one) < 0)[0] || categories.value[0]
    if (next) chooseCategory(next)
  }

  /** fill takes over the items of an earlier record that was refused. */
  function fill(items: readonly Item[]) {
    const usable: Line[] = []
    for (const item of items) {
      const known = rules().filter((one) => one.item === item.item)[0]
      if (known) usable.push({ rule: known, item: { ...item, photo_id: undefined } })
    }
    const last = usable.pop()
    added.value = usable
    begin()
    if (!last) return
    chooseCategory(last.rule.category)
    chooseItem(last.rule.item)
    grade.value = last.item.grade || ''
    typed.value = last.item.pieces ? String(last.item.pieces) : last.item.grams ? formatKg(last.item.grams).replace(',', '') : ''
  }

  return { added, category, itemName, grade, typed, photo, categories, choices, rule, counts, current, touched, lines, points, chooseCategory, chooseItem, press, check, add, drop, begin, fill }
}
