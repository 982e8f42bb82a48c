/** A time in everyday words, from seconds: `31 s`, `4 min 10 s`, `1 h 12 min`, `3 days 2 h`. */
export function durationWords(seconds: number): string {
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const [minutes, hours, days] = [Math.floor(whole / 60), Math.floor(whole / 3_600), Math.floor(whole / 86_400)]
  if (minutes < 60) return joined(`${minutes} min`, whole % 60, 's')
  if (hours < 24) return joined(`${hours} h`, minutes % 60, 'min')
  return joined(days === 1 ? '1 day' : `${days} days`, hours % 24, 'h')
}

const joined = (large: string, rest: number, unit: string): string => (rest === 0 ? large : `${large} ${rest} ${unit}`)

/** `1 destination`, `3 destinations` */
export const counted = (count: number, one: string, more = `${one}s`): string => `${count} ${count === 1 ? one : more}`
