// Reading what a person writes about a sheet, and writing rows back for mending.

/** Column names by the template's, or the first line that is not understood. */
export type ColumnMap = { map: Record<string, string> } | { line: number }

/** readColumnMap reads lines of "template column=own column"; empty lines do not count. */
export function readColumnMap(text: string): ColumnMap {
  const map: Record<string, string> = {}
  const lines = text.split('\n')
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index].trim()
    if (!line) continue
    const parts = /^([^=＝]+)[=＝](.+)$/.exec(line)
    if (!parts) return { line: index + 1 }
    map[parts[1].trim()] = parts[2].trim()
  }
  return { map }
}

/** withoutRow takes "row 17:" off a sentence that stands beside the row's number. */
export function withoutRow(sentence: string): string {
  return sentence.replace(/^(第 ?\d+ ?行|Row \d+) ?[：:] ?/, '')
}

/** csvOf writes rows as CSV that spreadsheets open as UTF-8, none of whose cells can run as a formula. */
export function csvOf(rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number) => {
    let text = String(value)
    if (/^[=+\-@\t\r]/.test(text) && typeof value === 'string') text = "'" + text
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text
  }
  return '\ufeff' + rows.map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n'
}
