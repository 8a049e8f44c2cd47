import { describe, expect, it } from 'vitest'
import type { Adjustment } from '../src/api/types'
import { kindOf, stagesOf } from '../src/domain/adjustment'
import { sumsOf } from '../src/domain/statement'

const propose = { act: 'propose', at: '2026-07-14T08:00:00Z', by: '李大海' } as const
const one = { object_kind: undefined, points: 9000, state: 'proposed', acts: [propose] } as unknown as Adjustment

describe('an adjustment', () => {
  it('is given, taken, or what it takes back', () => {
    expect(kindOf(one)).toBe('given')
    expect(kindOf({ ...one, points: -1 })).toBe('taken')
    expect(kindOf({ ...one, points: -1, object_kind: 'drop_off' })).toBe('drop_off')
  })

  it('waits for a second person, then shows who decided', () => {
    expect(stagesOf(one).map(({ title, state }) => [title, state])).toEqual([['stepPropose', 'done'], ['stepApprove', 'now']])
    const refused = { ...one, state: 'refused', acts: [propose, { act: 'refuse', at: '2026-07-15T08:00:00Z', by: '王芳' }] } as Adjustment
    expect(stagesOf(refused).map(({ title, state }) => [title, state])).toEqual([['stepPropose', 'done'], ['stepRefuse', 'done']])
    const alone = { ...one, state: 'posted', acts: [{ ...propose, act: 'post' }] } as Adjustment
    expect(stagesOf(alone)).toHaveLength(1)
  })
})

describe('the sums of a month', () => {
  const line = (recorded_at: string, points: number, balance_after: number, kind = 'drop_off') => ({ kind, recorded_at, points, balance_after })
  const lines = [line('2026-07-20T02:00:00Z', 500, 500), line('2026-07-19T02:00:00Z', -61510, 0, 'adjustment'), line('2026-07-02T02:00:00Z', 2000, 61510, 'adjustment'),
    line('2026-06-28T02:00:00Z', 1000, 59510)]

  it('hold with points given and taken by hand', () => {
    expect(sumsOf(lines, false, '2026-07')).toEqual({ opening: 59510, gained: 2500, lost: 61510 })
    expect(sumsOf(lines.slice(0, 3), true, '2026-07')).toEqual({ opening: 0, gained: 2500, lost: 61510 })
  })

  it('are not known while lines of the month are missing', () => {
    expect(sumsOf(lines.slice(0, 3), false, '2026-07')).toBeNull()
    expect(sumsOf([], true, '2026-07')).toEqual({ opening: 0, gained: 0, lost: 0 })
  })
})
