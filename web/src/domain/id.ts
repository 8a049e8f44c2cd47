// Ids made on the phone: UUIDv7, so that they sort by the time they were made.

let lastMillis = 0
let sequence = 0

/** newId makes a UUIDv7; ids made by one page in the same millisecond still sort. */
export function newId(now = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  if (now <= lastMillis) {
    sequence++
  } else {
    lastMillis = now
    sequence = ((bytes[6] & 0x07) << 8) | bytes[7]
  }
  const millis = lastMillis + Math.floor(sequence / 0x1000)
  const low = sequence % 0x1000
  for (let index = 0; index < 6; index++) {
    bytes[index] = Math.floor(millis / Math.pow(2, 8 * (5 - index))) % 256
  }
  bytes[6] = 0x70 | (low >> 8)
  bytes[7] = low & 0xff
  bytes[8] = 0x80 | (bytes[8] & 0x3f)
  const hex = Array.from(bytes, (byte) => (byte < 16 ? '0' : '') + byte.toString(16)).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
