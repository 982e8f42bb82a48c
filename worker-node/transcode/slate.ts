import { createHash } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MediaFormatError } from '../media/box-reader.ts'
import { audioTimescale, type Sample, type Track } from '../media/sample.ts'
import { audioEncoder, finishPicture, fragmentedMp4, quiet, videoEncoder } from './args.ts'
import type { FfmpegBinary } from './ffmpeg-binary.ts'
import { startFfmpeg } from './ffmpeg-process.ts'
import type { EncodePlan } from './plan.ts'
import { cachedFolder } from './slate-cache.ts'
import { type Card, cardFilter, layoutCard, lineFile } from './slate-card.ts'
import { TrackReader } from './track-reader.ts'
import { audioTrackId, plannedTracks } from './transcoder.ts'

export interface SlateOptions {
  readonly ffmpeg: FfmpegBinary
  readonly plan: EncodePlan
  /** The stream's name, as people wrote it. */
  readonly title: string
  readonly cacheDir: string
  readonly signal: AbortSignal
}

/** Placeholder media whose parameter sets equal those of live media made from the same plan. */
export interface SlateSet {
  /** All tracks of the plan. */
  readonly tracks: readonly Track[]
  /** By track id: one closed group of pictures; dts from 0, the first is a keyframe. */
  readonly video: ReadonlyMap<string, readonly Sample[]>
  /** One AAC frame of silence, dts 0. */
  readonly silence: Sample
}

/** The slate could not be made. */
export class SlateError extends Error {
  override readonly name = 'SlateError'
  readonly code = 'slate_failed'
}

/** Raise it when the card's looks or the files' form change: older cache entries are then no longer found. */
const cardVersion = 1

/** Gives the slate of a plan and a name, encoded once and then read from `cacheDir`. Throws {@link SlateError}. */
export async function encodeSlate(options: SlateOptions): Promise<SlateSet> {
  const { ffmpeg, plan, title, cacheDir } = options
  const ingredients = JSON.stringify([cardVersion, ffmpeg.version, plan, title])
  const key = createHash('sha256').update(ingredients).digest('hex').slice(0, 32)
  const folderOf = () => cachedFolder(cacheDir, key, (draft) => encodeInto(draft, options))
  const stored = await folderOf()
  try {
    return await readSlate(stored, plan)
  } catch {
    // Damaged on the disk, or evicted this very moment: made anew, once.
    await rm(stored, { recursive: true, force: true })
  }
  try {
    return await readSlate(await folderOf(), plan)
  } catch (error) {
    if (error instanceof SlateError) throw error
    throw new SlateError('The slate that was just encoded could not be read.', { cause: error })
  }
}

async function encodeInto(folder: string, options: SlateOptions): Promise<void> {
  const card = layoutCard(options.title, options.plan.renditions[0]!)
  const withoutText: Card = { ...card, lines: [] }
  let detail = ''
  // A card without words is better than none: a name may defeat the system's fonts.
  for (const attempt of [card, withoutText]) {
    await Promise.all(attempt.lines.map(({ text }, index) => writeFile(join(folder, lineFile(index)), text)))
    const args = slateArguments(options.plan, attempt)
    const { exited } = startFfmpeg({ ...options, args, stdin: false, sinks: [], cwd: folder })
    const { reason, code, fault } = await exited
    options.signal.throwIfAborted()
    if (reason === 'ended' && code === 0) return
    detail = fault?.detail ?? 'FFmpeg was killed.'
  }
  throw new SlateError(`The slate could not be encoded. ${detail}`)
}

/** The command line that writes a card's tracks into its working folder. Exported for tests. */
export function slateArguments(plan: EncodePlan, card: Card): string[] {
  const rate = `${plan.fps.num}/${plan.fps.den}`
  const branches = plan.renditions.map((_, index) => `[s${index}]`).join('')
  const graph = [
    `${cardFilter(card, rate)},split=${plan.renditions.length}${branches}`,
    ...plan.renditions.map(
      (rendition, index) =>
        `[s${index}]${finishPicture(rendition)},loop=loop=${plan.gopFrames - 1}:size=1,setpts=N[v${index}]`,
    ),
    // Rate and channels are the encoder's affair.
    `anullsrc=r=${audioTimescale}:cl=stereo:d=0.3[audio]`,
  ].join(';')
  return [
    ...quiet,
    ...['-y', '-filter_complex', graph],
    ...plan.renditions.flatMap((rendition, index) => [
      ...['-map', `[v${index}]`],
      ...videoEncoder(plan, rendition),
      ...fragmentedMp4(`${rendition.id}.mp4`),
    ]),
    ...['-map', '[audio]', ...audioEncoder(plan), ...fragmentedMp4(`${audioTrackId}.mp4`)],
  ]
}

async function readSlate(folder: string, plan: EncodePlan): Promise<SlateSet> {
  const tracks: Track[] = []
  const samples = new Map<string, Sample[]>()
  for (const planned of plannedTracks(plan)) {
    const list: Sample[] = []
    const reader = new TrackReader(
      planned,
      (track) => tracks.push(track),
      (_, sample) => list.push(sample),
    )
    reader.push(await readFile(join(folder, `${planned.id}.mp4`)))
    samples.set(planned.id, fromZero(list))
  }
  // The first frames are the encoder's priming; those behind it are all alike.
  const silence = samples.get(audioTrackId)?.[4]
  samples.delete(audioTrackId)
  const whole = [...samples.values()].every((list) => list.length === plan.gopFrames && list[0]?.keyframe)
  if (!silence || !whole) throw new MediaFormatError('The slate is not one whole group of pictures.')
  return { tracks, video: samples, silence: { ...silence, dts: 0 } }
}

function fromZero(samples: readonly Sample[]): Sample[] {
  const first = samples[0]?.dts ?? 0
  return samples.map((sample) => ({ ...sample, dts: sample.dts - first }))
}
