import type { Metrics } from '#schema/contracts/metrics.ts'

/** A table as CSV (RFC 4180): the header, then one line for each row, with CRLF. */
export const printCsv = (rows: readonly (readonly (string | number | null)[])[]): string =>
  rows.map((row) => `${row.map(printCell).join(',')}\r\n`).join('')

/** Figures over time as a table: a column for each, named with its unit; nothing where nothing is known. */
export const metricsCsv = ({ times, series }: Metrics): string =>
  printCsv([
    ['time', ...series.map(({ name, unit }) => (/^(1|code)$/.test(unit) ? name : `${name} (${unit})`))],
    ...times.map((at, index) => [
      new Date(at * 1_000).toISOString(),
      ...series.map(({ values }) => values[index] ?? null),
    ]),
  ])

/**
 * Spreadsheets take a text that begins so for a formula (OWASP: CSV injection): an apostrophe makes it a text again. Numbers are
 * written as they are, be they negative.
 */
function printCell(cell: string | number | null): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return String(cell)
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
