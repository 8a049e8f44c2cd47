import { describe, expect, it } from 'vitest'
import { fill, type Sentence, type Texts } from '../src/i18n'
import { whyHeld } from '../src/i18n/drop-off'

const areas = import.meta.glob<Record<string, unknown>>('../src/i18n/*.ts', { eager: true })
const dictionaries: [string, Texts][] = []
for (const [file, exported] of Object.entries(areas)) {
  for (const [name, value] of Object.entries(exported)) {
    if (typeof value === 'object' && value) dictionaries.push([`${file.replace(/.*\//, '')} ${name}`, value as Texts])
  }
}
const names = (text: string) => [...new Set(Array.from(text.matchAll(/\{(\w+)\}/g), (match) => match[1]))].sort()

describe.each(dictionaries)('%s', (_name, dictionary) => {
  it.each(Object.entries(dictionary))('%s is whole in both languages', (_key, sentence: Sentence) => {
    expect(sentence.zh.trim()).toBe(sentence.zh)
    expect(sentence.zh).not.toBe('')
    expect(sentence.en).not.toBe('')
    expect(sentence.en).not.toMatch(/[\u4e00-\u9fff]/)
    expect(sentence.zh).not.toMatch(/[!！]|你|用户|请知悉|操作失败|系统异常/)
    for (const form of sentence.en.split(' | ')) {
      for (const name of names(form)) expect(names(sentence.zh).concat('n')).toContain(name)
    }
  })
})

// Every sentence is written with ones, and no number 1 is followed by more than one.
describe.each(dictionaries)('%s with ones', (_name, dictionary) => {
  it('has no "1 points"', () => {
    for (const [key, { en }] of Object.entries(dictionary)) {
      const ones = Object.fromEntries(names(en).map((name) => [name, 1]))
      const written = fill({ zh: '', en }, 'en', ones)
      expect(written, key).not.toMatch(/\b1 (more |of )?(?!(is|was|has|works|goes|its|ends|expires|costs|waits|less|this)\b)([a-z-]+s|people|are|were|have)\b/)
      expect(written, key).not.toMatch(/[[\]|]/)
    }
  })
})

describe('fill', () => {
  const sentence = { zh: '{n} 笔', en: '{n} record | {n} records' }
  it('picks the form by n and fills in', () => {
    expect(fill(sentence, 'zh', { n: 3 })).toBe('3 笔')
    expect(fill(sentence, 'en', { n: 1 })).toBe('1 record')
    expect(fill(sentence, 'en', { n: 0 })).toBe('0 records')
  })
  it('gives a word the form of the number before it', () => {
    const two = { zh: '', en: '{a} [day|days], {b} [pt|pts] [goes|go]' }
    expect(fill(two, 'en', { a: 1, b: '1.50' })).toBe('1 day, 1.50 pts go')
    expect(fill(two, 'en', { a: 31, b: '+1' })).toBe('31 days, +1 pt goes')
    expect(fill(two, 'en', { a: 11, b: '−1' })).toBe('11 days, −1 pt goes')
  })
  it('leaves an unknown argument standing, so that it is seen', () => {
    expect(fill({ zh: '{x}', en: '{x}' }, 'zh')).toBe('{x}')
  })
})

describe('whyHeld', () => {
  it.each(['implausible_weight', 'review_all', 'review_class', 'objection_period', 'over_budget'])('has words for %s', (reason) => {
    expect(whyHeld(reason, 'zh')).toMatch(/[\u4e00-\u9fff]/)
    expect(whyHeld(reason, 'en')).not.toContain('_')
  })
  it('shows what a reviewer wrote as it is', () => {
    expect(whyHeld('袋子里有石头', 'zh')).toBe('袋子里有石头')
  })
})
