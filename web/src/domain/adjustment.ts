// How far an adjustment is, and what kind of thing it is.

import type { Adjustment } from '../api/types'
import type { adjustmentText } from '../i18n/adjustment'

type Key = keyof typeof adjustmentText

/** The badge of each state. */
export const badgeOf: Record<Adjustment['state'], 'wait' | 'done' | 'stop' | 'quiet'> = {
  proposed: 'wait', posted: 'done', refused: 'stop', reversed: 'quiet',
}

/** kindOf gives the word for what it is: given, taken, or what it takes back. */
export function kindOf(one: Pick<Adjustment, 'object_kind' | 'points'>): 'given' | 'taken' | NonNullable<Adjustment['object_kind']> {
  return one.object_kind || (one.points > 0 ? 'given' : 'taken')
}

const titles: Record<Adjustment['acts'][number]['act'], Key> = {
  post: 'stepPost', propose: 'stepPropose', approve: 'stepApprove', refuse: 'stepRefuse',
}

export interface Stage {
  title: Key
  state: 'done' | 'now'
  act?: Adjustment['acts'][number]
}

/** stagesOf gives what was done, and the approval it waits for. */
export function stagesOf(one: Adjustment): Stage[] {
  const stages: Stage[] = one.acts.map((act) => ({ title: titles[act.act], state: 'done', act }))
  return one.state === 'proposed' ? stages.concat({ title: 'stepApprove', state: 'now' }) : stages
}
