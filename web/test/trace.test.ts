import { describe, expect, it } from 'vitest'
import type { Trace, TraceStep } from '../src/api/types'
import { changeOf, newChangeIds, type ChangeForm } from '../src/domain/household-change'
import { figureOf, sealable, titleOf } from '../src/domain/trace'

const step = (part: Partial<TraceStep>): TraceStep => ({
  kind: 'award', id: 'a', at: '2026-07-14T01:41:00Z', recorded_at: '2026-07-14T01:41:00Z', points: 1200, facts: [], this: false, ...part,
})
const trace = (part: Partial<Trace>): Trace => ({ id: 'a', subject: 'award', points: 1200, steps: [], flow: [], more: false, sealed: 0, ...part })

describe('trace', () => {
  it('asks the question of its subject', () => {
    expect(titleOf(trace({}))).toBe('got')
    expect(titleOf(trace({ steps: [step({ kind: 'payment' })] }))).toBe('toPayment')
    expect(titleOf(trace({ subject: 'redemption', points: -1200 }))).toBe('spent')
    expect(titleOf(trace({ subject: 'payment', points: 0 }))).toBe('paid')
    expect(titleOf(trace({ subject: 'household_change', points: 0 }))).toBe('nothing')
    expect(titleOf(trace({ subject: 'drop_off' }))).toBe('waiting')
  })

  it('shows the part that is followed, in points or yuan', () => {
    expect(figureOf(step({ kind: 'redemption', points: -6000, share: 1200 }))).toEqual({ amount: -1200, unit: 'points', signed: true })
    expect(figureOf(step({ kind: 'drop_off', points: 1500, share: 1200 }))).toEqual({ amount: 1500, unit: 'points', signed: false })
    expect(figureOf(step({ kind: 'settlement', fen: 118500, share_fen: 60 }))).toEqual({ amount: 60, unit: 'yuan', signed: false })
    expect(figureOf(step({ kind: 'payment', fen: 118500, share_fen: 60 }))).toEqual({ amount: 118500, unit: 'yuan', signed: false })
    expect(figureOf(step({ kind: 'hold' }))).toBeNull()
  })

  it('does not wait for a seal of what is no request of the ledger', () => {
    expect(sealable(step({}))).toBe(true)
    expect(sealable(step({ kind: 'payment' }))).toBe(false)
    expect(sealable(step({ kind: 'settlement' }))).toBe(false)
    expect(sealable(step({ kind: 'settlement', entry_id: 'b' }))).toBe(true)
  })
})

describe('household change', () => {
  const form: ChangeForm = {
    kind: 'split', from: '2026-07-05', reason: ' 分家 ', members: '2', points: '', reissue: true, target: 'x', division: 'd', house: ' 12-1 ', head: '李明',
    phone: '', consent: false,
  }
  const ids = newChangeIds()

  it('sends what its kind needs and nothing else', () => {
    const split = changeOf('i', 'h', form, ids)
    expect(split).toMatchObject({ kind: 'split', members: 2, reason: '分家', card_id: ids.ownCard, place: { household_id: ids.household, house_number: '12-1', head_name: '李明' } })
    expect(split.target_id).toBeUndefined()
    expect(split.points).toBeUndefined()
    expect(changeOf('i', 'h', { ...form, points: '3.2' }, ids).points).toBe(320)
    const merge = changeOf('i', 'h', { ...form, kind: 'merge' }, ids)
    expect(merge).toMatchObject({ kind: 'merge', target_id: 'x' })
    expect([merge.place, merge.members, merge.card_id]).toEqual([undefined, undefined, undefined])
    expect(changeOf('i', 'h', { ...form, kind: 'move' }, ids).place).toMatchObject({ head_name: undefined, card_id: ids.card })
  })
})
