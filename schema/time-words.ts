/** A time of day as people read it; Unix milliseconds. */
export const timeInWords = (unixMs: number): string => `${new Date(unixMs).toISOString().slice(11, 16)} UTC`

/** A time that is ahead, as in "at 18:00 UTC"; past the next day with its date. Unix milliseconds. */
export const momentInWords = (unixMs: number, nowMs: number): string =>
  unixMs - nowMs < 86_400_000
    ? `at ${timeInWords(unixMs)}`
    : `on ${new Date(unixMs).toISOString().slice(0, 10)} at ${timeInWords(unixMs)}`

const units = [
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const

/** A length of time in the largest unit that gives a whole number: "48 hours", "90 minutes". */
export function lengthInWords(ms: number): string {
  const seconds = Math.round(ms / 1_000)
  const [size, name] = units.find(([each]) => seconds >= each && seconds % each === 0) ?? units[2]
  const count = seconds / size
  return `${count} ${name}${count === 1 ? '' : 's'}`
}
