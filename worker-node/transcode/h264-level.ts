/** Level, macroblocks per second, macroblocks per frame, kbit/s of Main profile: ITU-T H.264 table A-1. */
const levels: readonly (readonly [level: string, perSecond: number, perFrame: number, kbps: number])[] = [
  ['2.1', 19_800, 792, 4_000],
  ['2.2', 20_250, 1_620, 4_000],
  ['3.0', 40_500, 1_620, 10_000],
  ['3.1', 108_000, 3_600, 14_000],
  ['3.2', 216_000, 5_120, 20_000],
  ['4.0', 245_760, 8_192, 20_000],
  ['4.1', 245_760, 8_192, 50_000],
  ['4.2', 522_240, 8_704, 50_000],
  ['5.0', 589_824, 22_080, 135_000],
  ['5.1', 983_040, 36_864, 240_000],
  ['5.2', 2_073_600, 36_864, 240_000],
]

/** The lowest level that holds pictures of this size (pixels), rate (frames/s) and peak bit rate (kbit/s). */
export function h264Level(width: number, height: number, fps: number, peakKbps: number): string {
  const macroblocks = Math.ceil(width / 16) * Math.ceil(height / 16)
  const fitting = levels.find(
    ([, perSecond, perFrame, kbps]) => macroblocks * fps <= perSecond && macroblocks <= perFrame && peakKbps <= kbps,
  )
  return fitting?.[0] ?? '5.2'
}
