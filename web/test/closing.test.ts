import { describe, expect, it } from 'vitest'
import type { ClosingVillage } from '../src/api/types'
import { bookColumns, changesOf, differs, reportColumns, shownOf, sumOf } from '../src/domain/closing'

/** village makes one of figures as recorded and as restated. */
const village = (figures: Record<string, [number?, number?]>) => ({
  village: { id: 'v', name: 'v', level: 'village' },
  figures: Object.keys(figures).map((name) => ({ name, recorded: figures[name][0], restated: figures[name][1] })),
} as unknown as ClosingVillage)
const column = (key: string) => [...bookColumns, ...reportColumns].filter((one) => one.key === key)[0]

const closed = village({
  opening: [100, 100], closing: [130, 130], 'entry.drop_off': [50, 50], 'entry.redemption': [-10, -10], 'entry.reversal': [-10, -10],
  visits: [3, 4], reduction_tenths: [305, undefined],
})
const open = village({ opening: [undefined, 100], closing: [undefined, 120], 'entry.drop_off': [undefined, 20] })

describe('figures of a closed month', () => {
  it('puts what is neither award nor redemption together', () => {
    expect(column('other').read(closed)).toEqual({ recorded: -10, restated: -10 })
    expect(column('other').read(open)).toEqual({ recorded: undefined, restated: 0 })
  })
  it('takes what is missing beside others as nothing, but for rates', () => {
    expect(column('kilograms').read(closed)).toEqual({ recorded: 0, restated: 0 })
    expect(column('rate').read(open)).toEqual({})
  })
  it('counts what has changed since', () => {
    expect(differs(column('visits').read(closed))).toBe(true)
    expect(changesOf([closed])).toBe(2)
  })
  it('shows and adds up what was recorded, or today’s while it is open', () => {
    expect(shownOf(column('visits').read(closed), true)).toBe(3)
    expect(sumOf([closed, closed], column('closing'), true)).toBe(260)
    expect(sumOf([open], column('closing'), false)).toBe(120)
  })
})
