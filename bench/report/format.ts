const absent = '—'

/** Formats a number with a sensible number of decimals; a dash for a missing value. */
export function number(value: number | null | undefined, digits?: number): string {
  if (value === null || value === undefined || Number.isNaN(value)) return absent
  const decimals = digits ?? (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2)
  return value.toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
}

export const ms = (value: number | null | undefined, digits?: number) => unit(value, 'ms', digits)
export const seconds = (valueMs: number | null | undefined) =>
  unit(valueMs === null || valueMs === undefined ? valueMs : valueMs / 1000, 's', 3)
export const megabytes = (bytes: number | null | undefined) =>
  unit(bytes === null || bytes === undefined ? bytes : bytes / 2 ** 20, 'MB')
export const kilobytes = (bytes: number | null | undefined) =>
  unit(bytes === null || bytes === undefined ? bytes : bytes / 1024, 'KB')
export const percent = (share: number) => `${number(share * 100)} %`
export const times = (ratio: number) => `${number(ratio, 2)} ×`

function unit(value: number | null | undefined, name: string, digits?: number): string {
  const text = number(value, digits)
  return text === absent ? absent : `${text} ${name}`
}

/** Formats a Markdown table with aligned columns, which is readable in a terminal too. */
export function table(head: string[], rows: string[][]): string {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(3, ...all.map((row) => (row[column] ?? '').length)))
  const line = (cells: string[]) => `| ${widths.map((width, i) => (cells[i] ?? '').padEnd(width)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
