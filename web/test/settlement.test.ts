import { describe, expect, it } from 'vitest'
import type { Settlement } from '../src/api/types'
import { roundingOf, stagesOf } from '../src/domain/settlement'

const made = (...acts: string[]) => ({ acts: acts.map((act) => ({ act, at: '2026-08-01T02:00:00Z' })), fen: 100 } as unknown as Settlement)
const said = (settlement: Settlement) => stagesOf(settlement).map((stage) => stage.title + ':' + stage.state).join(' ')

describe('stagesOf', () => {
  it('has one step that is next', () => {
    expect(said(made('create'))).toBe('stepCreate:done stepSubmit:now stepApprove:later stepPay:later')
    expect(said(made('create', 'submit', 'approve'))).toBe('stepCreate:done stepSubmit:done stepApprove:done stepPay:now')
  })
  it('ends with a rejection or a payment', () => {
    expect(said(made('create', 'submit', 'reject'))).toBe('stepCreate:done stepSubmit:done stepReject:done')
    expect(said(made('create', 'submit', 'approve', 'pay'))).not.toContain('now')
  })
})

it('gives what rounding leaves', () => {
  expect(roundingOf({ ...made('create'), lines: [{ fen: 60 }, { fen: 42 }] } as unknown as Settlement)).toBe(-2)
  expect(roundingOf({ ...made('create'), lines: undefined })).toBe(100)
})
