import { describe, expect, it } from 'vitest'
import { balanceGap, monthsIn, pointsToGoal, readSpan, sortRows, uncoveredDays, writeSpan, yearBefore, type Rate, type Row } from '../src/domain/reduction'
import { areasFor } from '../src/pages/official/rights'

const ok = (value: number): Rate => ({ state: 'ok', value })
const row = (name: string, reduction: Rate, raw: Rate, covered = 31): Row =>
  ({ division: { name }, reduction, raw_reduction: raw, coverage_days: covered, days: 31 })

describe('sortRows', () => {
  const rows = [
    row('红砂岭村', { state: 'not_computable' }, { state: 'not_computable' }),
    row('望月村', ok(0.122), ok(0.4), 28),
    row('龙洞沟村', { state: 'incomplete' }, { state: 'incomplete' }, 17),
    row('石桥坎村', ok(0.381), ok(0.376), 30),
  ]
  it('puts figures first and gaps last', () => {
    expect(sortRows(rows, 'rate').map((one) => one.division.name)).toEqual(['石桥坎村', '望月村', '龙洞沟村', '红砂岭村'])
    expect(sortRows(rows, 'raw')[0].division.name).toBe('望月村')
  })
  it('sorts by days with tickets', () => {
    expect(sortRows(rows, 'coverage').map((one) => one.coverage_days)).toEqual([31, 30, 28, 17])
  })
})

it('says how far the goal is, in points as shown', () => {
  expect(pointsToGoal(0.279, 300)).toBe(2.1)
  expect(pointsToGoal(0.3016, 300)).toBe(-0.2)
  expect(pointsToGoal(0.29996, 300)).toBe(0)
})

it('reads and writes spans of months', () => {
  expect(readSpan('2026-07', '2026-06')).toEqual({ from: '2026-07', to: '2026-07' })
  expect(readSpan('2026-07~2026-05', '2026-06')).toEqual({ from: '2026-05', to: '2026-07' })
  expect(readSpan('2026-13', '2026-06')).toEqual({ from: '2026-06', to: '2026-06' })
  expect(writeSpan({ from: '2026-05', to: '2026-07' })).toBe('2026-05~2026-07')
  expect(yearBefore({ from: '2026-01', to: '2026-03' })).toEqual({ from: '2025-01', to: '2025-03' })
  expect(monthsIn({ from: '2025-11', to: '2026-02' })).toBe(4)
})

it('lists the days without a ticket of waste to disposal, up to today', () => {
  const ticket = (from: string, to: string, category = 'residual') => ({ from, to, category, void: false })
  const tickets = [ticket('2026-07-01', '2026-07-27'), ticket('2026-07-29', '2026-07-29'), ticket('2026-07-28', '2026-07-28', 'food'), { ...ticket('2026-07-30', '2026-07-30'), void: true }]
  expect(uncoveredDays(tickets, '2026-07', '2026-08-14')).toEqual([28, 30, 31])
  expect(uncoveredDays(tickets, '2026-07', '2026-07-29')).toEqual([28])
})

it('compares doors with the station only where both weighed', () => {
  expect(balanceGap(4346, 4120)).toBeCloseTo(0.0549, 3)
  expect(balanceGap(4346, 0)).toBeNull()
})

describe('areasFor', () => {
  it('begins with the households in a village and the rate above it', () => {
    expect(areasFor(['cadre'])[0].page).toBe('official-households')
    expect(areasFor(['town_official'])[0].page).toBe('official-reduction')
  })
  it('leads finance to the months, for the days are not theirs', () => {
    const tabs = areasFor(['finance'])
    expect(tabs.map((tab) => tab.area)).not.toContain('reviews')
    expect(tabs.filter((tab) => tab.area === 'dropOffs')[0].page).toBe('official-activity')
  })
  it('shows a cleaner nothing', () => {
    expect(areasFor(['cleaner'])).toEqual([])
  })
})
