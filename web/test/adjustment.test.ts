import { describe, expect, it } from 'vitest'
import type { Adjustment } from '../src/api/types'
import { kindOf, stagesOf } from '../src/domain/adjustment'

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
