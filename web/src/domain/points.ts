// Points are whole numbers of hundredths: 320 is 3.20 points, 6200 is 62.

const minus = '\u2212'

/** formatPoints writes hundredths of a point: 62, 3.20, 6,200; decimals only when there are any. */
export function formatPoints(hundredths: number): string {
  const size = Math.abs(hundredths)
  const whole = groupThousands(Math.floor(size / 100))
  const rest = size % 100
  const text = rest === 0 ? whole : `${whole}.${rest < 10 ? '0' : ''}${rest}`
  return hundredths < 0 ? minus + text : text
}

/** signedPoints writes a change: +12, −50, 0. */
export function signedPoints(hundredths: number): string {
  return hundredths > 0 ? '+' + formatPoints(hundredths) : formatPoints(hundredths)
}

/** parsePoints reads "62" or "3.2" as hundredths; null when it is not a number of at most two decimals. */
export function parsePoints(text: string): number | null {
  return parseDecimal(text, 2)
}

/** formatYuan writes fen as yuan with two decimals: 118500 is 1,185.00. */
export function formatYuan(fen: number): string {
  const size = Math.abs(fen)
  const rest = size % 100
  const text = `${groupThousands(Math.floor(size / 100))}.${rest < 10 ? '0' : ''}${rest}`
  return fen < 0 ? minus + text : text
}

/** parseYuan reads "0.05" as fen; null when it is not money. */
export function parseYuan(text: string): number | null {
  return parseDecimal(text, 2)
}

/** formatCount writes a whole number with thousands marks. */
export function formatCount(count: number): string {
  return count < 0 ? minus + groupThousands(-count) : groupThousands(count)
}

/** formatPercent writes a ratio as a percentage: 0.302 is 30.2%. */
export function formatPercent(ratio: number, decimals = 1): string {
  const text = Math.abs(ratio * 100).toFixed(decimals)
  const zero = Number(text) === 0
  return (ratio < 0 && !zero ? minus : '') + text + '%'
}

/** parseDecimal reads a decimal of at most `decimals` places as a whole number of its last place. */
export function parseDecimal(text: string, decimals: number): number | null {
  const match = /^([+-]?)(\d{1,12})(?:\.(\d*))?$/.exec(text.trim().replace(/[,，\s]/g, '').replace(minus, '-'))
  if (!match || (match[3] || '').length > decimals) return null
  let fraction = match[3] || ''
  while (fraction.length < decimals) fraction += '0'
  const value = Number(match[2] + fraction)
  return match[1] === '-' && value !== 0 ? -value : value
}

function groupThousands(whole: number): string {
  return String(whole).replace(/\B(?=(\d{3})+$)/g, ',')
}
