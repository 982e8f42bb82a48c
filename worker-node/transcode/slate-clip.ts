import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { framesPerSecond } from '#schema/plan/frame-rate.ts'
import type { EncodePlan } from '#schema/plan/plan.ts'
import { audioTimescale } from '../media/sample.ts'
import type { FfmpegBinary } from './ffmpeg-binary.ts'
import { type FfmpegExit, startFfmpeg } from './ffmpeg-process.ts'
import { ProgressReader } from './progress.ts'
import {
  imageArguments,
  loudnessArguments,
  measureArguments,
  type SlateFile,
  slateFiles,
  videoArguments,
} from './slate-args.ts'
import { SlateError } from './slate-error.ts'
import { type ClipMeasure, madeUp, planLoop, type SoundPlan, usableSeconds } from './slate-loop-plan.ts'

/** A video shorter than this is a flicker, seconds. */
const shortestSeconds = 1
/** However long it may take, milliseconds. */
const patienceMs = 20 * 60_000

export interface ClipOptions {
  readonly ffmpeg: FfmpegBinary
  readonly plan: EncodePlan
  readonly file: SlateFile
  /** Working folder, where the tracks are written to. */
  readonly folder: string
  readonly signal: AbortSignal
  /** 0–100. */
  readonly onPercent: (percent: number) => void
}

/** Encodes an uploaded picture as a still. Throws {@link SlateError}. */
export async function encodeImage(options: ClipOptions): Promise<void> {
  const exit = await run(options, imageArguments(options.plan, options.file))
  if (!succeeded(exit)) throw unreadable('picture', 'PNG, JPEG or WebP', exit)
}

/** Encodes an uploaded video, once to look at it and once for good. Throws {@link SlateError}. */
export async function encodeVideo(options: ClipOptions): Promise<void> {
  const { plan, file, folder, onPercent } = options
  const sampleRate = plan.passthrough?.sampleRate ?? audioTimescale
  const measure = await measureClip(options, sampleRate)
  if (measure.frames < shortestSeconds * framesPerSecond(plan.fps))
    throw new SlateError('The video is shorter than a second. Use a longer one, or a picture.')
  const planned = planLoop(plan, sampleRate, measure)
  const loop = { ...planned, sound: planned.sound && (await level(options, planned.sound, sampleRate)) }
  await writeFile(join(folder, slateFiles.loop), JSON.stringify(loop))
  const exit = await run(options, videoArguments(plan, file, loop, sampleRate), (frames) =>
    onPercent(10 + (90 * frames) / loop.frames),
  )
  if (!succeeded(exit)) throw unreadable('video', 'MP4 with H.264 and AAC', exit)
}

async function measureClip(options: ClipOptions, sampleRate: number): Promise<ClipMeasure> {
  const { plan, file, onPercent } = options
  const mostFrames = Math.ceil(usableSeconds(plan) * framesPerSecond(plan.fps))
  let frames = 0
  const exit = await run(options, measureArguments(plan, file, sampleRate), (count) => {
    frames = count
    onPercent(Math.min(10, (10 * count) / mostFrames))
  })
  if (!succeeded(exit)) throw unreadable('video', 'MP4 with H.264 and AAC', exit)
  return { frames, sound: readLoudness(exit.stderrTail) }
}

/** Limited peaks take some of the loudness along: what is missing is made up for, in two steps at most. */
async function level(options: ClipOptions, planned: SoundPlan, sampleRate: number): Promise<SoundPlan> {
  let sound = planned
  for (let step = 0; step < 2 && sound.needsLimiter; step++) {
    const exit = await run(options, loudnessArguments(options.plan, options.file, sound, sampleRate))
    const found = readLoudness(exit.stderrTail)
    if (!found) break
    sound = madeUp(sound, found.integratedLufs)
  }
  return sound
}

/** The summary of FFmpeg's `ebur128`; null where there is none. */
function readLoudness(stderr: string): ClipMeasure['sound'] {
  const summary = stderr.slice(stderr.lastIndexOf('Integrated loudness:'))
  const [, integrated] = /I:\s+(-?[\d.]+|-inf|nan) LUFS/.exec(summary) ?? []
  const [, peak = '-inf'] = /Peak:\s+(-?[\d.]+|-inf|nan) dBFS/.exec(summary) ?? []
  if (integrated === undefined) return null
  const number = (text: string) => (/\d/.test(text) ? Number(text) : Number.NEGATIVE_INFINITY)
  return { integratedLufs: number(integrated), truePeakDb: number(peak) }
}

async function run(options: ClipOptions, args: string[], onFrames?: (frames: number) => void): Promise<FfmpegExit> {
  const { ffmpeg, plan, folder, signal } = options
  const progress = new ProgressReader(
    framesPerSecond(plan.fps),
    ({ frames }) => onFrames?.(frames),
    () => performance.now(),
  )
  const patience = AbortSignal.timeout(patienceMs)
  const exit = await startFfmpeg({
    ffmpeg: { ...ffmpeg, launcher: [...ffmpeg.launcher, ...confinementOf(ffmpeg, plan)] },
    args,
    stdin: false,
    sinks: onFrames ? [(chunk) => progress.push(chunk)] : [],
    cwd: folder,
    signal: AbortSignal.any([signal, patience]),
  }).exited
  signal.throwIfAborted()
  if (patience.aborted) throw new SlateError('Encoding took longer than 20 minutes. Use a shorter or a smaller video.')
  return exit
}

/** A driver may map more addresses than there is memory: FFmpeg's own limits must do then, of pixels and of each piece. */
const confinementOf = ({ confinement = [] }: FfmpegBinary, { encoder }: EncodePlan) =>
  encoder ? confinement.filter((word) => !word.startsWith('--as=')) : confinement

const succeeded = ({ reason, code }: FfmpegExit) => reason === 'ended' && code === 0

function unreadable(what: string, better: string, { reason, fault, stderrTail }: FfmpegExit): SlateError {
  const cause = new Error(stderrTail.slice(-2_000))
  if (reason === 'killed' || fault?.code === 'out_of_memory')
    return new SlateError(`The ${what} takes more memory or time than it may. Use a smaller one.`, { cause })
  if (fault?.code === 'disk_full') return new SlateError(fault.detail, { cause })
  if (fault?.code === 'track_missing') return new SlateError(`There is no picture in the ${what}.`, { cause })
  return new SlateError(
    `The ${what} can't be read: it is damaged, too large (4096 × 2304 for videos) or of a kind that FFmpeg on the worker doesn't know. Upload it as ${better}.`,
    { cause },
  )
}
