// The slip of a drop-off: what became of it, and what it is asked by.

import type { DropOff } from '../api/types'

/** credited: points moved, there is a receipt code. nothing: recorded, none were due. waits, refused, reversed: none are there. */
export type SlipState = 'credited' | 'nothing' | 'waits' | 'refused' | 'reversed'

/** slipState tells what a slip may say of a drop-off; only a line of the ledger has a receipt. */
export function slipState(one: Pick<DropOff, 'status' | 'credited' | 'receipt'>): SlipState {
  if (one.status === 'pending') return 'waits'
  if (one.status === 'refused' || one.status === 'reversed') return one.status
  return one.receipt ? 'credited' : 'nothing'
}

/** slipNumber is the end of a drop-off's id, in fours; with its day nobody mistakes it for another. */
export function slipNumber(id: string): string {
  return id.slice(-8).toUpperCase().replace(/(.{4})(?=.)/, '$1-')
}
