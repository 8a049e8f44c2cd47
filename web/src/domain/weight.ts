// Weights are whole grams inside, kilograms (公斤) and jin (斤, half a kilogram) on screen.

import { formatCount, parseDecimal } from './points'

/** formatKg writes grams as kilograms with one decimal, more only when needed: 3600 is 3.6, 3625 is 3.625. */
export function formatKg(grams: number): string {
  return decimal(grams, 1000, 3)
}

/** formatJin writes grams as jin with one decimal, more only when needed: 3600 is 7.2. */
export function formatJin(grams: number): string {
  return decimal(grams, 500, 3)
}

/** formatTonnes writes grams as tonnes with one decimal, for wall and report figures. */
export function formatTonnes(grams: number): string {
  return formatCount(Math.trunc(grams / 1e6)) + (Math.abs(grams % 1e6) / 1e6).toFixed(1).slice(1)
}

/** parseKg reads kilograms as typed; null when they are not a weight in whole grams. */
export function parseKg(text: string): number | null {
  const grams = parseDecimal(text, 3)
  return grams === null || grams < 0 ? null : grams
}

function decimal(grams: number, unit: number, most: number): string {
  const text = (Math.abs(grams) / unit).toFixed(most).replace(/0+$/, '')
  const [whole, fraction] = text.split('.')
  const sign = grams < 0 ? '\u2212' : ''
  return `${sign}${formatCount(Number(whole))}.${fraction || '0'}`
}

/** A weight or count being typed on the number pad, as the text shown. */
export interface Typing {
  /** How many digits may stand before the point. */
  whole: number
  /** How many digits may stand after the point; 0 means no point. */
  decimals: number
}

export const typingKg: Typing = { whole: 3, decimals: 2 }
export const typingCount: Typing = { whole: 4, decimals: 0 }

/** pressKey gives the text after a key of the number pad; keys that make no sense change nothing. */
export function pressKey(text: string, key: string, typing: Typing): string {
  if (key === 'erase') return text.slice(0, -1)
  const [whole, fraction] = text.split('.')
  if (key === '.') {
    if (typing.decimals === 0 || fraction !== undefined) return text
    return (whole || '0') + '.'
  }
  if (fraction !== undefined) return fraction.length < typing.decimals ? text + key : text
  if (whole === '0') return key
  return whole.length < typing.whole ? text + key : text
}

/** formatKgRound writes grams as whole kilograms, for reports: 8,900. */
export function formatKgRound(grams: number): string {
  return formatCount(Math.round(grams / 1000))
}
