// How the households of a board are set on A3 sheets.

/** Rows of a column: the first sheet also holds figures and signatures. */
const firstRows = 20
const nextRows = 25

/** From so many rows in a column on the lines stand closer. */
export const denseFrom = 16

/** paginate cuts rows into sheets, each of a left and a right column. */
export function paginate<R>(rows: readonly R[]): [R[], R[]][] {
  const sheets: [R[], R[]][] = []
  let at = 0
  do {
    const most = 2 * (sheets.length === 0 ? firstRows : nextRows)
    const here = rows.slice(at, at + most)
    const left = Math.ceil(here.length / 2)
    sheets.push([here.slice(0, left), here.slice(left)])
    at += most
  } while (at < rows.length)
  return sheets
}
