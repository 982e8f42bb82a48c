/** A span in everyday words: `12 s`, `3 min`, `2 h 5 min`, `1 day 23 h`, `4 days`. */
export function spanWords(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  const days = Math.floor(hours / 24)
  const whole = days === 1 ? '1 day' : `${days} days`
  return days > 2 || hours % 24 === 0 ? whole : `${whole} ${hours % 24} h`
}

/** How long ago: `just now`, `12 s ago`, `3 days ago`. A clock that is a little wrong never gives a time to come. */
export const agoWords = (ms: number): string => (ms < 5_000 ? 'just now' : `${spanWords(ms)} ago`)

/** How long still: `in 12 s`, at last `now`. */
export const untilWords = (ms: number): string => (ms <= 500 ? 'now' : `in ${spanWords(Math.ceil(ms / 1000) * 1000)}`)
