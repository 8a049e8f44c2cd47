import { describe, expect, it } from 'vitest'
import { creditingWay, readCrediting } from '../src/domain/crediting'
import { draftOf, readRules } from '../src/domain/tariff-draft'

describe('when points count', () => {
  it('is one of four ways', () => {
    expect([undefined, 0, -1, 7].map(creditingWay)).toEqual(['class', 'once', 'review', 'period'])
    expect(readCrediting('class', '7')).toBeUndefined()
    expect(readCrediting('once', '7')).toBe(0)
    expect(readCrediting('review', '')).toBe(-1)
    expect(['1', ' 60 ', '7'].map((days) => readCrediting('period', days))).toEqual([1, 60, 7])
    expect(['', '0', '61', '1.5', '-3', '七'].map((days) => readCrediting('period', days))).toEqual([null, null, null, null, null, null])
  })
  it('goes with a rule and stays away where it is the class’s', () => {
    const rule = { item: 'paper', category: 'recyclable' as const, name_zh: '纸', name_en: 'Paper', basis: 'per_kg' as const, points: 200 }
    expect(readRules([draftOf(rule)]).rules[0]).toEqual(rule)
    for (const crediting of [0, -1, 14]) expect(readRules([draftOf({ ...rule, crediting })]).rules[0].crediting).toBe(crediting)
    const draft = { ...draftOf(rule), crediting: 'period' as const, days: '99' }
    expect(readRules([draft]).flaws).toEqual([{ key: draft.key, part: 'days', given: '99' }])
  })
})
