import { describe, expect, it, vi } from 'vitest'
import { Problem, Unreachable } from '../src/api/client'
import { sumOf, villageMonths } from '../src/domain/activity'
import { baselineTable, countStates } from '../src/domain/baseline'
import { csvOf, readColumnMap, withoutRow } from '../src/domain/import'
import { easyPassword } from '../src/domain/password'
import { readSetting, writeSetting } from '../src/domain/setting'
import { codeFor, draftOf, readCaps, readRules, capDraftOf } from '../src/domain/tariff-draft'
import { loadOf, netOf, type LoadText } from '../src/domain/weighin'
import { errorsOf } from '../src/pages/official/useForm'
import { useWrite } from '../src/pages/official/useWrite'

describe('readRules', () => {
  const graded = { item: 'food', category: 'food' as const, name_zh: '厨余', name_en: 'Kitchen', basis: 'per_grade' as const, excellent: 1000, good: 800, fair: 600, poor: 0 }

  it('gives back what it was made from', () => {
    const counted = { item: 'bags', category: 'residual' as const, name_zh: '塑料袋', name_en: 'Bags', basis: 'per_count' as const, points: 100, per_count: 50 }
    const { rules, flaws } = readRules([draftOf(graded), draftOf(counted)])
    expect(flaws).toEqual([])
    expect(rules).toEqual([graded, counted])
  })
  it('makes a code and an English name where none is written', () => {
    const draft = { ...draftOf(), name_zh: '旧书', name_en: 'Old Books', points: '3.2' }
    expect(readRules([draft]).rules[0]).toMatchObject({ item: 'old_books', points: 320 })
    expect(readRules([{ ...draft, name_en: '' }]).rules[0]).toMatchObject({ item: 'recyclable', name_en: '旧书' })
    expect(codeFor({ ...draft, name_en: '' }, ['recyclable'])).toBe('recyclable_2')
  })
  it('says which part of which rule is wrong', () => {
    const draft = { ...draftOf(graded), name_zh: '', good: '八' }
    expect(readRules([draft]).flaws.map((flaw) => flaw.part)).toEqual(['name_zh', 'good'])
    expect(readRules([{ ...draftOf(), name_zh: '袋', basis: 'per_count', points: '1', per_count: '0' }]).flaws[0].part).toBe('per_count')
    expect(readRules([draftOf(graded), draftOf(graded)]).flaws[0]).toMatchObject({ part: 'item_twice', given: 'food' })
    expect(readRules([{ ...draftOf(graded), item: '2x' }]).flaws[0].part).toBe('item')
  })
  it('reads caps', () => {
    expect(readCaps([{ ...capDraftOf(), points: '20' }])).toEqual({ caps: [{ period: 'day', category: '*', points: 2000 }], flaws: [] })
    expect(readCaps([{ ...capDraftOf(), points: '' }]).flaws).toHaveLength(1)
  })
})

describe('loadOf', () => {
  const text: LoadText = { how: 'scale', gross: '5,320', tare: '1000.5', net: '', buckets: '' }
  it('reads gross and tare', () => {
    expect(loadOf(text)).toEqual({ load: { gross_grams: 5320000, tare_grams: 1000500 }, flaws: [] })
    expect(netOf(text)).toBe(4319500)
  })
  it('sees what is missing, unreadable or swapped', () => {
    expect(loadOf({ ...text, gross: '' }).flaws).toEqual([{ field: 'gross', kind: 'missing' }])
    expect(loadOf({ ...text, gross: '五千' }).flaws).toEqual([{ field: 'gross', kind: 'bad' }])
    expect(loadOf({ ...text, gross: '1000', tare: '5320' }).flaws).toEqual([{ field: 'tare', kind: 'large' }])
    expect(loadOf({ ...text, tare: '0' }).flaws).toEqual([])
  })
  it('reads buckets with halves', () => {
    expect(loadOf({ ...text, how: 'buckets', buckets: '7.5' })).toEqual({ load: { buckets: 7.5 }, flaws: [] })
    expect(loadOf({ ...text, how: 'buckets', buckets: '0' }).flaws).toHaveLength(1)
  })
})

it('writes and reads settings in the units people use', () => {
  expect(writeSetting(5, 'fen')).toBe('0.05')
  expect(readSetting('0.05', 'fen')).toBe(5)
  expect(writeSetting(300, 'permille')).toBe('30')
  expect(readSetting('30.5', 'permille')).toBe(305)
  expect(readSetting('60', 'grams')).toBe(60000)
  expect(writeSetting(60000, 'grams')).toBe('60.0')
  expect(readSetting('10.5', 'minutes')).toBeNull()
})

describe('baselineTable', () => {
  const one = (id: string, month: number, version: number, state: 'draft' | 'locked' | 'signed' | 'superseded') =>
    ({ id, village: { id: 'v', name: '甲村' }, calendar_month: month, version, state })
  it('shows the newest that is not replaced, and villages without any', () => {
    const rows = baselineTable([{ id: 'v', name: '甲村' }, { id: 'w', name: '乙村' }],
      [one('a', 7, 1, 'superseded'), one('b', 7, 2, 'signed'), one('c', 7, 3, 'draft'), one('d', 1, 1, 'locked')])
    expect(rows[0].months[6]!.id).toBe('c')
    expect(rows[0].standing[6]!.id).toBe('b')
    expect(rows[0].standing[0]).toBeUndefined()
    expect(rows[1].months.every((month) => month === undefined)).toBe(true)
    expect(countStates(rows)).toEqual({ signed: 1, waiting: 1, none: 22 })
  })
})

it('lays a village’s classes side by side', () => {
  const division = { id: 'v', name: '甲村' }
  const row = (category: string, grams: number) => ({ division, month: '2026-07', category, drop_offs: 10, grams, points: 100, households: 8 })
  const lines = villageMonths([row('*', 9000), row('food', 7000), row('residual', 2000)])
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatchObject({ visits: 10, households: 8, points: 100, grams: { food: 7000, residual: 2000, recyclable: 0 } })
  expect(sumOf(lines.concat(lines)).grams.food).toBe(14000)
})

describe('imports', () => {
  it('reads names of columns', () => {
    expect(readColumnMap('日期=过磅日期\n\n净重＝净重(kg)')).toEqual({ map: { 日期: '过磅日期', 净重: '净重(kg)' } })
    expect(readColumnMap('日期=过磅日期\n净重')).toEqual({ line: 2 })
  })
  it('does not say the row twice', () => {
    expect(withoutRow('第 17 行：人口数应为 1–30 的整数。')).toBe('人口数应为 1–30 的整数。')
    expect(withoutRow('Row 17: people must be 1–30.')).toBe('people must be 1–30.')
  })
  it('writes rows that no spreadsheet runs as a formula', () => {
    expect(csvOf([[18, '=1+1', 'a,"b"']])).toBe('\ufeff18,\'=1+1,"a,""b"""\r\n')
  })
})

it('makes passwords that can be read out', () => {
  expect(easyPassword()).toMatch(/^([a-hj-km-np-z2-9]{3}-){3}[a-hj-km-np-z2-9]{3}$/)
})

describe('useWrite', () => {
  it('keeps the id while the outcome is unknown and renews it after an answer', async () => {
    const ids: string[] = []
    const outcomes = [new Unreachable(), new Problem(503, {}), new Problem(422, { code: 'request.invalid' }), null, null]
    const { run, problem } = useWrite(vi.fn(async (id: string) => {
      ids.push(id)
      const outcome = outcomes[ids.length - 1]
      if (outcome) throw outcome
      return id
    }))
    for (let n = 0; n < 5; n++) await run()
    expect(problem.value).toBeNull()
    expect(ids[1]).toBe(ids[0])
    expect(ids[2]).toBe(ids[0])
    expect(ids[3]).not.toBe(ids[0])
    expect(ids[4]).not.toBe(ids[3])
  })
  it('keeps the id that was used with other content, so that nothing is stored twice', async () => {
    const ids: string[] = []
    const { run } = useWrite(async (id: string) => {
      ids.push(id)
      throw new Problem(409, { code: 'request.id_reused' })
    })
    await run()
    await run()
    expect(ids[1]).toBe(ids[0])
  })
})

it('puts the server’s sentences at their fields', () => {
  const problem = new Problem(422, { code: 'request.invalid', errors: [{ code: 'a', detail: '人口要写', pointer: '/member_count' }, { code: 'b', detail: '第一条', pointer: '/rules/0/points' }, { code: 'c', detail: '别的' }] })
  expect(errorsOf(problem, { '/member_count': 'members', '/rules/0': 'rule' })).toEqual([
    { field: 'members', text: '人口要写' }, { field: 'rule', text: '第一条' }, { field: undefined, text: '别的' }])
})
