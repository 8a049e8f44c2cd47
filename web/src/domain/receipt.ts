// Codes of receipts: 24 characters of Crockford's base32, the last of them check
// the others. The server judges; this only tidies what was typed.

import { normaliseCode } from './card'

const length = 24
const group = 4

/** normaliseReceipt makes plain capitals of what was typed or scanned: no spaces or dashes, O for 0, I and L for 1. */
export const normaliseReceipt = normaliseCode

/** groupReceipt writes a code in groups of four. */
export function groupReceipt(code: string): string {
  return (code.match(new RegExp(`.{1,${group}}`, 'g')) || []).join('-')
}

/** splitReceipt writes a code in two lines, each short enough for a small phone in large type. */
export function splitReceipt(code: string): [string, string] {
  const written = groupReceipt(normaliseReceipt(code))
  const half = (length / group / 2) * (group + 1)
  return [written.slice(0, half), written.slice(half)]
}

/** isReceipt tells whether it has the shape of a code. */
export function isReceipt(code: string): boolean {
  return code.length === length && /^[0-9A-HJKMNP-TV-Z]+$/.test(code)
}
