// Printing on the 58 mm roll of a counter printer. The page is as long as the
// slip, so the rule is written when the slip is there to be measured; afterwards
// it goes, for other pages print on A4.

const rollMillimetres = 58
const pixelsPerMillimetre = 96 / 25.4
/** White below the last line, where the paper is torn off. */
const tearMillimetres = 8

/** printSlip prints what has the class "slip" on the page, with its pictures; everything else carries "no-print". */
export async function printSlip(slip: HTMLElement) {
  // A picture that cannot be had is left out; what it says is on the slip in letters too.
  await Promise.all(Array.from(slip.querySelectorAll('img'), (picture) => picture.decode().catch(() => undefined)))
  const root = document.documentElement
  root.classList.add('printing-slip')
  const height = Math.ceil(slip.scrollHeight / pixelsPerMillimetre) + tearMillimetres
  const sheet = document.styleSheets[0]
  const at = sheet.insertRule(`@page { size: ${rollMillimetres}mm ${height}mm; margin: 0; }`, sheet.cssRules.length)
  addEventListener('afterprint', () => {
    sheet.deleteRule(at)
    root.classList.remove('printing-slip')
  }, { once: true })
  print()
}
