import { cpus } from 'node:os'

/** One line that names the machine: figures mean nothing without it. */
export const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.versions.node}`

/** Prints rows under a title, columns as wide as their longest cell. */
export function printTable(title: string, rows: readonly (readonly (string | number)[])[]): void {
  const text = rows.map((row) => row.map(String))
  const widths = (text[0] ?? []).map((_, column) => Math.max(...text.map((row) => row[column]?.length ?? 0)))
  process.stdout.write(`\n${title}\n`)
  for (const row of text)
    process.stdout.write(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}\n`)
}

/** The value below which `share` of the sorted numbers lie. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Seconds a bench measures; `npm run bench -- --seconds 20` makes it shorter. */
export function benchSeconds(fallback = 60): number {
  const at = process.argv.indexOf('--seconds')
  return at < 0 ? fallback : Number(process.argv[at + 1])
}
