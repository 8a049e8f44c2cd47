// How far a shop's statement is, and what its lines leave to rounding.

import type { Settlement, SettlementState } from '../api/types'
import { settlementText } from '../i18n/settlement'

type Act = Settlement['acts'][number]

/** The badge of each state: what somebody has to do waits, what is over is quiet. */
export const badgeOf: Record<SettlementState, 'wait' | 'done' | 'stop' | 'quiet'> = {
  draft: 'quiet', submitted: 'wait', approved: 'wait', rejected: 'stop', paid: 'done',
}

/** actOf gives what was done in a step, if it was. */
export const actOf = (settlement: Settlement, act: Act['act']): Act | undefined =>
  settlement.acts.filter((one) => one.act === act)[0]

export interface Stage {
  title: keyof typeof settlementText
  state: 'done' | 'now' | 'later'
  act?: Act
}

/** stagesOf gives the four steps, the next one as `now`; a rejected settlement ends with its third. */
export function stagesOf(settlement: Settlement): Stage[] {
  const rejected = actOf(settlement, 'reject')
  const steps: [Stage['title'], Act | undefined][] = [
    ['stepCreate', actOf(settlement, 'create')],
    ['stepSubmit', actOf(settlement, 'submit')],
    rejected ? ['stepReject', rejected] : ['stepApprove', actOf(settlement, 'approve')],
    ['stepPay', actOf(settlement, 'pay')],
  ]
  const shown = rejected ? steps.slice(0, 3) : steps
  const next = shown.findIndex(([, act]) => !act)
  return shown.map(([title, act], index) => ({ title, act, state: act ? 'done' : index === next ? 'now' : 'later' }))
}

/** roundingOf gives the fen by which the settlement, rounded per redemption, differs from its lines. */
export function roundingOf(settlement: Settlement): number {
  return (settlement.lines || []).reduce((rest, line) => rest - line.fen, settlement.fen)
}
