// The time, on phones whose clock is wrong: each answer of the server says how
// far off it is. A drop-off recorded hours later, without a network, has the
// right time all the same, unless the clock was moved meanwhile.

const key = 'hufen.clock'
/** What is less than this apart is the network and whole seconds, not the clock. */
const tolerance = 60000

let ahead = kept()

/** now gives the time in milliseconds since the epoch, by the server's clock as far as it is known. */
export function now(): number {
  return Date.now() + ahead
}

/** heard takes the time the server stated in an answer to a request that began at an instant of this clock. */
export function heard(stated: string | null, begun: number) {
  const server = stated ? Date.parse(stated) : NaN
  if (isNaN(server)) return
  const ended = Date.now()
  // The statement is whole seconds, and as likely from the beginning as from the end of the wait.
  const apart = server + 500 - (begun + ended) / 2
  const next = Math.abs(apart) < tolerance + (ended - begun) / 2 ? 0 : Math.round(apart)
  if (Math.abs(next - ahead) < tolerance) return
  ahead = next
  try {
    if (ahead) localStorage.setItem(key, String(ahead))
    else localStorage.removeItem(key)
  } catch { /* a browser that keeps nothing learns it again from the next answer */ }
}

function kept(): number {
  try {
    return Number(localStorage.getItem(key)) || 0
  } catch {
    return 0
  }
}
