import { describe, expect, it } from 'vitest'
import { countAxis, placeOn, rateAxis } from '../src/components/charts/scale'
import { monthStep, trendOf } from '../src/components/charts/trend'

describe('rateAxis', () => {
  it('runs from 0 past the target and the largest rate', () => {
    const axis = rateAxis([0.381, 0.122, 0.288], 0.3)
    expect(axis).toEqual({ low: 0, high: 0.45, ticks: [0, 0.1, 0.2, 0.3, 0.4] })
    expect(placeOn(axis, 0.3)).toBeCloseTo(2 / 3)
  })
  it('begins below 0 when a village got worse, never cut', () => {
    const axis = rateAxis([0.25, -0.34], 0.3)
    expect(axis.low).toBeLessThanOrEqual(-0.34)
    expect(axis.ticks).toContain(0)
    expect(placeOn(axis, -0.34)).toBeGreaterThanOrEqual(0)
  })
  it('shows the target alone when no village has a figure', () => {
    const axis = rateAxis([], 0.3)
    expect(axis.low).toBe(0)
    expect(axis.high).toBeGreaterThan(0.3)
  })
})

describe('countAxis', () => {
  it('ends at a round number', () => {
    expect(countAxis([0.438, 0.266])).toEqual({ low: 0, high: 0.5, ticks: [0, 0.1, 0.2, 0.3, 0.4, 0.5] })
    expect(countAxis([1234]).high).toBe(1250)
  })
  it('has an end when everything is 0', () => {
    expect(countAxis([]).high).toBeGreaterThan(0)
  })
})

describe('trendOf', () => {
  const frame = { width: 620, height: 340, left: 46, right: 128, top: 14, bottom: 34 }
  const points = [
    { month: '2026-05', value: 0.4, base: 0.4, solid: true },
    { month: '2026-06', value: 0.41, base: 0.4, solid: false },
    { month: '2026-07', value: 0.266, base: 0.381, solid: true },
  ]
  it('joins solid neighbours and dots the line to an incomplete month', () => {
    const trend = trendOf(points, 0.3, frame)
    expect(trend.line).toBe('')
    expect(trend.dotted.match(/M/g)).toHaveLength(2)
    expect(trend.points[0].x).toBe(46)
    expect(trend.points[2].x).toBe(492)
  })
  it('puts the goal below the baseline by the target', () => {
    const last = trendOf(points, 0.3, frame).points[2]
    expect(last.goalY!).toBeGreaterThan(last.baseY!)
    expect(trendOf(points, 0.3, frame).y(0.381 * 0.7)).toBeCloseTo(last.goalY!)
  })
  it('breaks the baseline where a month has none', () => {
    const gap = [points[0], { month: '2026-06', value: 0.4, solid: true }, points[2]]
    const trend = trendOf(gap, 0.3, frame)
    expect(trend.baseline.match(/M/g)).toHaveLength(2)
    expect(trend.band).toBe('')
    expect(trend.line.match(/M/g)).toHaveLength(2)
  })
  it('places a single month in the middle', () => {
    expect(trendOf([points[0]], 0.3, frame).points[0].x).toBe(46 + (620 - 46 - 128) / 2)
  })
})

describe('monthStep', () => {
  it('labels every month where there is room and fewer on a phone', () => {
    expect(monthStep(12, 446, 38)).toBe(1)
    expect(monthStep(12, 230, 48)).toBe(3)
  })
})
