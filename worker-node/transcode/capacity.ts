import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import * as v from 'valibot'
import type { FfmpegBinary } from './ffmpeg-binary.ts'

const capacitySchema = v.object({
  /** "1080p30 x264 veryfast encodes" that this machine does in real time when it has nothing else to do. */
  encodeUnits: v.number(),
  cpuCores: v.number(),
  ffmpegVersion: v.string(),
})
export type Capacity = v.InferOutput<typeof capacitySchema>

/** Two seconds of 1080p30: enough for the encoder to get going, short enough to wait for. */
const trialFrames = 60
const trialSeconds = trialFrames / 30
/** The share of the cores that x264 keeps busy; the rest is lost in waits between threads. */
const parallelShare = 0.85

/**
 * What this machine can encode. Measured once by a short encode, then read from a file in `cacheDir` for as long as
 * FFmpeg, the processor and the number of cores are the same. CPU time is what counts, so that a busy moment does not
 * make the machine look weak.
 */
export async function measureCapacity(options: { ffmpeg: FfmpegBinary; cacheDir: string }): Promise<Capacity> {
  const { ffmpeg, cacheDir } = options
  const cpuCores = availableParallelism()
  const machine = [ffmpeg.version, cpus()[0]?.model ?? '', cpuCores].join('\0')
  const file = join(cacheDir, `capacity-${createHash('sha256').update(machine).digest('hex').slice(0, 16)}.json`)
  const known = await readKnown(file)
  if (known) return known
  const cpuSeconds = await trialCpuSeconds(ffmpeg)
  const encodeUnits = Math.round(((cpuCores * trialSeconds * parallelShare) / cpuSeconds) * 100) / 100
  const capacity = { encodeUnits, cpuCores, ffmpegVersion: ffmpeg.version }
  await mkdir(cacheDir, { recursive: true })
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, JSON.stringify(capacity))
  await rename(draft, file)
  return capacity
}

async function readKnown(file: string): Promise<Capacity | undefined> {
  try {
    return v.parse(capacitySchema, JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return undefined // not there yet, or unreadable: measure again
  }
}

/** CPU seconds that the trial took, user and system: `-benchmark` prints them. */
async function trialCpuSeconds(ffmpeg: FfmpegBinary): Promise<number> {
  const [program = ffmpeg.path, ...words] = [...ffmpeg.launcher, ffmpeg.path]
  const args = [
    ...['-hide_banner', '-nostdin', '-nostats', '-benchmark', '-f', 'lavfi', '-i', 'testsrc2=s=1920x1080:r=30'],
    ...['-frames:v', String(trialFrames), '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'veryfast'],
    ...['-tune', 'zerolatency', '-b:v', '4500k', '-f', 'null', '-'],
  ]
  const { stderr } = await execa(program, [...words, ...args], { timeout: 60_000 })
  const [, user, system] = /bench: utime=([\d.]+)s stime=([\d.]+)s/.exec(stderr) ?? []
  const seconds = Number(user) + Number(system)
  if (!(seconds > 0)) throw new Error('FFmpeg did not say how long the trial encode took.')
  return seconds
}
