import { usualBitrateKbps } from './bitrate.ts'

interface Rung {
  readonly height: number
  readonly video_bitrate_kbps?: number | undefined
}

/** How many times the usual bit rate a picture may have, or the usual one its own. */
export const sensibleFactor = 8

/** Bit rates that make no sense: of no use for such a picture, or less than a smaller picture has. */
export function ladderFaults(rungs: readonly Rung[]): { readonly index: number; readonly detail: string }[] {
  const rateOf = ({ height, video_bitrate_kbps }: Rung) => video_bitrate_kbps ?? usualKbps(height)
  return rungs.flatMap((rung, index) => {
    const kbps = rung.video_bitrate_kbps
    if (kbps === undefined) return []
    const least = Math.ceil(usualKbps(rung.height) / sensibleFactor)
    const most = usualKbps(rung.height) * sensibleFactor
    if (kbps < least)
      return [{ index, detail: `Too little for ${rung.height}p: it would be all blocks. Use ${least} or more.` }]
    if (kbps > most)
      return [{ index, detail: `Nobody would see what is over ${most} in ${rung.height}p. Use that or less.` }]
    const smaller = rungs.find((other) => other.height < rung.height && rateOf(other) > kbps)
    if (smaller) {
      const [little, much] = [`${smaller.height}p`, rateOf(smaller)]
      const detail = `${rung.height}p must not have less than ${little}, which has ${much}: players take the larger picture for the better one. Use ${much} or more, or give ${little} less.`
      return [{ index, detail }]
    }
    return []
  })
}

/** Of the usual shape and rate. */
const usualKbps = (height: number): number => usualBitrateKbps({ width: (height * 16) / 9, height }, 30)
