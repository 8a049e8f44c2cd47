// A first password that can be read out and typed on an old phone: twelve
// characters without look-alikes, in threes.

const letters = 'abcdefghjkmnpqrstuvwxyz23456789'

/** easyPassword makes about 59 bits of a password, such as kfa-7wd-2mp-xe4. */
export function easyPassword(): string {
  const parts: string[] = []
  for (let part = 0; part < 4; part++) {
    let text = ''
    while (text.length < 3) {
      const value = crypto.getRandomValues(new Uint8Array(1))[0]
      if (value < 248) text += letters.charAt(value % 31)
    }
    parts.push(text)
  }
  return parts.join('-')
}
