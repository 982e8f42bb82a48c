/** A bit rate for people, from kbit/s: `850 kbit/s`, `2.5 Mbit/s`. */
export const bitrateWords = (kbps: number): string =>
  kbps < 1_000 ? `${Math.round(kbps)} kbit/s` : `${short(kbps / 1_000)} Mbit/s`

/** An amount for people, from bytes: `640 kB`, `1.3 GB`. */
export function sizeWords(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000
    unit++
  }
  return `${unit < 2 ? Math.round(value) : short(value)} ${units[unit]}`
}

/** Frames per second: `30 fps`, `29.97 fps`. */
export const fpsWords = (fps: number): string => `${Number(fps.toFixed(2))} fps`

/** At most one decimal, and none from ten on. */
const short = (value: number): string => (value < 9.95 ? value.toFixed(1) : String(Math.round(value)))
