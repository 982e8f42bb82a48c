import { type EncodePlan, planEncode } from '#schema/plan/plan.ts'
import { decibels, type Legibility, measureLegibility, picturesUntilLegible, worst } from '#tests/support/legibility.ts'
import { screenFixture } from '#tests/support/screen-content.ts'
import { changeAt, screenContents } from '#tests/support/screen-script.ts'
import { printTable } from './table.ts'

// How legible a screen is in tutorial mode, beside the same mode without its tuning: `npm run bench -- legibility`. With
// `--vmaf /path/to/ffmpeg`, one that was built with libvmaf, its scores as well.
const at = process.argv.indexOf('--vmaf')
const vmafFfmpeg = at < 0 ? undefined : process.argv[at + 1]
const screen = { width: 1280, height: 720, fps: 30, seconds: 8 } as const
const rungs = [
  { height: 720, video_bitrate_kbps: 2_500 },
  { height: 720, video_bitrate_kbps: 1_500 },
  { height: 480, video_bitrate_kbps: 900 },
] as const

/** After the picture became another at once, it stands still for a tenth of the time or longer. */
const [change, next] = [changeAt, changeAt + 0.1].map((share) => Math.round(share * screen.seconds * screen.fps))

for (const rung of rungs) {
  const rows: (string | number)[][] = []
  for (const content of screenContents) {
    const fixture = await screenFixture(content, screen)
    const tuned = tutorialPlan(rung)
    const { content: _, ...plain } = tuned
    for (const [name, plan] of [['plain', plain] as const, ['tuned', tuned] as const])
      rows.push([content, name, ...figures(await measureLegibility(fixture, plan, screen, vmafFfmpeg))])
  }
  printTable(`${rung.height}p at ${rung.video_bitrate_kbps} kbit/s, ${screen.seconds} s`, [
    ['screen', 'settings', 'SSIM dB', 'worst 5 %, dB', 'to legible', 'VMAF', 'kbit/s', 'CPU s'],
    ...rows,
  ])
}

function tutorialPlan(rung: { height: number; video_bitrate_kbps: number }): EncodePlan {
  const { width, height, fps } = screen
  return planEncode({
    ...{ latencyMode: 'tutorial', encoderPreset: null, encodeUnits: Number.POSITIVE_INFINITY },
    ladder: { preset: 'custom', renditions: [rung] },
    source: {
      ...{ protocol: 'rtmp', audio: null, bitrate_kbps: null, encoder: null },
      video: { codec: 'h264', profile: 'High', width, height, fps, keyframe_interval_s: null, b_frames: null },
    },
  }).plan
}

function figures({ ssim, kbps, cpuSeconds, vmaf }: Legibility): string[] {
  return [
    ...[decibels(ssim).toFixed(1), decibels(worst(ssim)).toFixed(1)],
    ...[`${picturesUntilLegible(ssim.slice(change, next))} frames`, vmaf?.toFixed(1) ?? '–'],
    ...[kbps.toFixed(0), cpuSeconds.toFixed(1)],
  ]
}
