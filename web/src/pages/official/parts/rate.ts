import type { Rate } from '../../../api/types'
import { formatPercent } from '../../../domain/points'

/** rateText writes a rate that has a figure; '' where it has none. */
export function rateText(rate: Rate | undefined): string {
  if (!rate || rate.state !== 'ok') return ''
  return rate.value === undefined ? rate.text || '' : formatPercent(rate.value)
}
