// Which card this phone opens without a PIN. Only a short print of the code is
// kept, enough to know the card again, not enough to make one.

const key = 'hufen.own-card'

/** printOf is FNV-1a over the code: 32 bits. */
export function printOf(code: string): string {
  let hash = 0x811c9dc5
  for (let index = 0; index < code.length; index++) {
    hash ^= code.charCodeAt(index)
    hash = Math.imul(hash, 0x01000193)
  }
  return (hash >>> 0).toString(36)
}

/** rememberCard notes the card whose page this phone opened. */
export function rememberCard(code: string) {
  try {
    localStorage.setItem(key, printOf(code))
  } catch { /* private mode: the PIN is asked for again */ }
}

/** isOwnCard tells whether this phone opened this card's page before. */
export function isOwnCard(code: string): boolean {
  try {
    return localStorage.getItem(key) === printOf(code)
  } catch {
    return false
  }
}
