// Card codes: 80 random bits as 16 Crockford base32 characters and two check
// characters, the number mod 1021 written as two base-32 digits.

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const modulus = 1021
const bodyLength = 16
export const codeLength = 18

/** What a typed or scanned text turned out to be. */
export type CardReading =
  | { kind: 'code'; code: string }
  | { kind: 'empty' }
  | { kind: 'short'; given: number }
  | { kind: 'long'; given: number }
  | { kind: 'character'; character: string }
  | { kind: 'mistyped' }

/** normaliseCode drops spaces and dashes, lifts to upper case and reads I, L as 1, O as 0 and full-width letters as narrow ones. */
export function normaliseCode(text: string): string {
  const narrow = text.replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
  return narrow.toUpperCase().replace(/[\s\-–—_.\u200b]/g, '').replace(/[IL]/g, '1').replace(/O/g, '0')
}

/** checkCharacters gives the two check characters of a 16-character body. */
export function checkCharacters(body: string): string {
  let rest = 0
  for (const character of body) rest = (rest * 32 + alphabet.indexOf(character)) % modulus
  return alphabet.charAt(rest >> 5) + alphabet.charAt(rest & 31)
}

/** readTyped judges a code typed by hand: 18 characters whose check characters agree. */
export function readTyped(text: string): CardReading {
  const code = normaliseCode(text)
  if (code === '') return { kind: 'empty' }
  for (const character of code) {
    if (alphabet.indexOf(character) < 0) return { kind: 'character', character }
  }
  if (code.length < codeLength) return { kind: 'short', given: code.length }
  if (code.length > codeLength) return { kind: 'long', given: code.length }
  const body = code.slice(0, bodyLength)
  if (checkCharacters(body) !== code.slice(bodyLength)) return { kind: 'mistyped' }
  return { kind: 'code', code }
}

/** readScanned judges the text of a QR code: the card's address, or the bare code. */
export function readScanned(text: string): CardReading {
  const address = /^[A-Z][A-Z0-9+.-]*:\/\/[^/]+\/C\/([^/?#]+)/i.exec(text.trim())
  if (address) return readTyped(decode(address[1]))
  if (/[/:]/.test(text)) return { kind: 'mistyped' }
  return readTyped(text)
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** groupCode writes a code as it is printed: 4-4-4-4-2. Shorter texts are grouped as far as they go. */
export function groupCode(code: string): string {
  return (code.match(/.{1,4}/g) || []).join('-')
}
