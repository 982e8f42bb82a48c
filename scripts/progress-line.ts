/** Shows how far long work is: one line that changes on a terminal, a line for each step elsewhere. */
export function showProgress(part: number, words: string): void {
  const line = `${String(Math.round(part * 100)).padStart(3)} % ${words}`
  if (process.stderr.isTTY) process.stderr.write(`\r${line.padEnd(60)}`)
  else if (words !== shown) process.stderr.write(`${line}\n`)
  shown = words
}

let shown = ''

/** `512 KB`, `1.2 MB`. */
export const describeSize = (bytes: number): string =>
  bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`
