// How a trace is told: what the page is called, and what stands large at a step.

import type { Trace, TraceStep } from '../api/types'
import type { IconName } from '../components/icons'

export const stepIcons: Record<TraceStep['kind'], IconName> = {
  drop_off: 'food', hold: 'wait', review: 'check', award: 'plus', redemption: 'gift', reversal: 'undo', adjustment: 'scale', expiry: 'wait',
  household_change: 'swap', settlement: 'receipt', payment: 'yuan',
}

export type TraceTitle = 'toPayment' | 'got' | 'spent' | 'paid' | 'nothing' | 'waiting' | 'changed'

/** titleOf names the question a trace answers. */
export function titleOf(trace: Trace): TraceTitle {
  if (trace.subject === 'settlement' || trace.subject === 'payment') return 'paid'
  if (trace.subject === 'drop_off') return 'waiting'
  if (trace.points === 0) return 'nothing'
  if (trace.subject === 'household_change') return 'changed'
  if (trace.points < 0) return 'spent'
  return trace.steps.some((step) => step.kind === 'payment') ? 'toPayment' : 'got'
}

/** A step's large figure: yuan for what is paid, points for everything else. */
export interface Figure {
  amount: number
  unit: 'points' | 'yuan'
  signed: boolean
}

/** figureOf gives the part that is followed, and the whole where nothing in particular is. */
export function figureOf(step: TraceStep): Figure | null {
  if (step.kind === 'settlement') return { amount: step.share_fen || step.fen || 0, unit: 'yuan', signed: false }
  if (step.kind === 'payment') return { amount: step.fen || step.share_fen || 0, unit: 'yuan', signed: false }
  if (step.kind === 'hold' || (step.kind === 'review' && step.points === 0)) return null
  if (step.kind === 'drop_off' || !step.share) return { amount: step.points, unit: 'points', signed: step.kind !== 'drop_off' }
  return { amount: step.points < 0 ? -step.share : step.share, unit: 'points', signed: true }
}

/** sealable tells whether a step is one of the ledger's requests; a payment hangs on its statement's chain instead. */
export function sealable(step: TraceStep): boolean {
  return step.kind !== 'payment' && (step.kind !== 'settlement' || !!step.entry_id)
}
