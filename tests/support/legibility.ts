import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Rendition } from '#schema/plan/ladder.ts'
import type { EncodePlan } from '#schema/plan/plan.ts'
import { finishPicture } from '#worker/transcode/encoders.ts'
import { videoEncoder } from '#worker/transcode/video-encoders.ts'
import type { Screen } from './screen-drawing.ts'

/** What became of a fixture's pictures. */
export interface Legibility {
  /** How like the original of its size each picture is, 0–1: structural similarity of the luma. */
  readonly ssim: readonly number[]
  readonly kbps: number
  /** User and system, of decoding the fixture as well. */
  readonly cpuSeconds: number
  /** Mean of the pictures, 0–100; null where no FFmpeg with libvmaf was given. */
  readonly vmaf: number | null
}

/** Encodes a fixture with a plan's best rendition, as a session would, and compares what comes out with what went in. */
export async function measureLegibility(
  fixture: string,
  plan: EncodePlan,
  screen: Screen,
  vmafFfmpeg?: string,
): Promise<Legibility> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-legibility-'))
  try {
    const encoded = join(folder, 'encoded.mp4')
    const [rendition] = plan.renditions as [EncodePlan['renditions'][0]]
    const filter = `fps=${plan.fps.num}/${plan.fps.den},${finishPicture(rendition, 'f')}`
    const encode = ['-v', 'info', '-nostats', '-benchmark', '-threads', '1', '-i', fixture, '-vf', filter]
    const { stderr } = await ffmpeg([...encode, ...videoEncoder(plan, rendition), encoded])
    const [, user, system] = /bench: utime=([\d.]+)s stime=([\d.]+)s/.exec(stderr) ?? []
    const { size } = await stat(encoded)
    const rows = join(folder, 'ssim.log')
    await ffmpeg([...compared(encoded, fixture, rendition, `ssim=stats_file=${rows}`), '-f', 'null', '-'])
    const ssim = [...(await readFile(rows, 'utf8')).matchAll(/ Y:([\d.]+)/g)].map(([, luma]) => Number(luma))
    const vmaf = vmafFfmpeg
      ? await measureVmaf(vmafFfmpeg, compared(encoded, fixture, rendition, 'libvmaf=n_threads=2:n_subsample=3'))
      : null
    return { ssim, kbps: (size * 8) / 1000 / screen.seconds, cpuSeconds: Number(user) + Number(system), vmaf }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Decibels of what is missing: 20 dB is a hundredth, where text begins to look like the original. */
export const decibels = (ssim: readonly number[]): number => -10 * Math.log10(Math.max(1e-6, 1 - mean(ssim)))

/** The worst twentieth of the pictures: those in which text moves. */
export const worst = (ssim: readonly number[]): number[] =>
  ssim.toSorted((a, b) => a - b).slice(0, Math.ceil(ssim.length / 20))

/** How many pictures pass until all others are a fiftieth from the original at most: text that can be read. */
export const picturesUntilLegible = (ssim: readonly number[]): number => ssim.findLastIndex((each) => each < 0.98) + 1

const mean = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length

const ffmpeg = (args: readonly string[], program = 'ffmpeg') =>
  execa(program, ['-hide_banner', '-nostdin', '-y', ...args], { timeout: 250_000 })

/** Picture by picture, whatever their times; the original is brought to its size as it was before it was encoded. */
function compared(encoded: string, original: string, rendition: Rendition, filter: string): string[] {
  const numbered = 'settb=1/25,setpts=N'
  const graph = `[0:v]${numbered}[e];[1:v]${numbered},${finishPicture(rendition, 'o')}[o];[e][o]${filter}`
  return ['-v', 'error', '-i', encoded, '-i', original, '-filter_complex', graph]
}

async function measureVmaf(program: string, comparison: readonly string[]): Promise<number> {
  const { stderr } = await ffmpeg([...comparison, '-v', 'info', '-f', 'null', '-'], program)
  return Number(/VMAF score: ([\d.]+)/.exec(stderr)?.[1])
}
