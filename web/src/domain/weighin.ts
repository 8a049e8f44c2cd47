// What a person writes about a load: gross and tare, net alone, or buckets.

import { parseDecimal } from './points'
import { parseKg } from './weight'

export type WeighHow = 'scale' | 'net' | 'buckets'

export interface LoadText {
  how: WeighHow
  gross: string
  tare: string
  net: string
  buckets: string
}

export type LoadFlaw =
  | { field: 'gross' | 'tare' | 'net'; kind: 'missing' | 'bad' }
  | { field: 'buckets'; kind: 'bad' }
  | { field: 'tare'; kind: 'large' }

/** Weights of a load in grams as the contract takes them. */
export interface Load {
  gross_grams?: number
  tare_grams?: number
  net_grams?: number
  buckets?: number
}

/** loadOf reads what was written; flaws in the order of the fields. */
export function loadOf(text: LoadText): { load: Load; flaws: LoadFlaw[] } {
  const flaws: LoadFlaw[] = []
  const weight = (field: 'gross' | 'tare' | 'net'): number | undefined => {
    const grams = parseKg(text[field])
    if (grams === null || (grams === 0 && field !== 'tare')) flaws.push({ field, kind: text[field].trim() ? 'bad' : 'missing' })
    return grams === null ? undefined : grams
  }
  if (text.how === 'net') return { load: { net_grams: weight('net') }, flaws }
  if (text.how === 'buckets') {
    const tenths = parseDecimal(text.buckets, 2)
    if (tenths === null || tenths <= 0) flaws.push({ field: 'buckets', kind: 'bad' })
    return { load: { buckets: tenths === null ? undefined : tenths / 100 }, flaws }
  }
  const gross = weight('gross')
  const tare = weight('tare')
  if (gross !== undefined && tare !== undefined && tare >= gross && flaws.length === 0) flaws.push({ field: 'tare', kind: 'large' })
  return { load: { gross_grams: gross, tare_grams: tare }, flaws }
}

/** netOf gives the net weight while it is being typed, or null. */
export function netOf(text: LoadText): number | null {
  if (text.how !== 'scale') return null
  const gross = parseKg(text.gross)
  const tare = parseKg(text.tare)
  return gross === null || tare === null || tare >= gross ? null : gross - tare
}
