import { expect, it } from 'vitest'
import { slipNumber, slipState } from '../src/domain/slip'
import { slipOf } from '../src/domain/statement'

const line = (kind: string, day: string, points: number, balance_after: number) => ({ kind, recorded_at: `2026-${day}T04:00:00Z`, points, balance_after })

it('adds a month up from its opening to its closing', () => {
  const lines = [
    line('drop_off', '08-01', 500, 7300),
    line('reversal', '07-30', -1000, 6800), line('redemption', '07-20', -5000, 7800), line('drop_off', '07-14', 2600, 12800), line('drop_off', '07-02', 3800, 10200),
    line('drop_off', '06-30', 6400, 6400),
  ]
  const july = slipOf(lines, '2026-07')
  expect(july).toEqual({ opening: 6400, earned: { times: 2, points: 6400 }, spent: { times: 1, points: -5000 }, other: { times: 1, points: -1000 }, closing: 6800 })
  expect(july.opening + july.earned.points + july.spent.points + july.other.points).toBe(july.closing)
  expect(slipOf(lines, '2026-05')).toEqual({ opening: 0, earned: { times: 0, points: 0 }, spent: { times: 0, points: 0 }, other: { times: 0, points: 0 }, closing: 0 })
  expect(slipOf(lines, '2026-09').opening).toBe(7300)
  expect(slipOf([], '2026-07').closing).toBe(0)
})

it('promises a receipt only where the ledger has a line', () => {
  const receipt = { seq: 1, head: '9f3c 41ab', code: '06G0-0QJW-TKSK-RGDB-E39E-H2M7' }
  expect(slipState({ status: 'credited', credited: 1200, receipt })).toBe('credited')
  expect(slipState({ status: 'credited', credited: 0 })).toBe('nothing')
  expect(slipState({ status: 'pending', credited: 0 })).toBe('waits')
  expect(slipState({ status: 'refused', credited: 0 })).toBe('refused')
  expect(slipState({ status: 'reversed', credited: 1200, receipt })).toBe('reversed')
})

it('gives a drop-off a short number', () => {
  expect(slipNumber('0197f3a2-5b6c-7d8e-9f01-23456789abcd')).toBe('6789-ABCD')
})
