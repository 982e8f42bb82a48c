import { createHash } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AssetType } from '#schema/asset-types.ts'
import type { EncodePlan } from '#schema/plan/plan.ts'
import { MediaFormatError } from '../media/box-reader.ts'
import type { Sample, Track } from '../media/sample.ts'
import type { FfmpegFault } from './classify.ts'
import type { FfmpegBinary } from './ffmpeg-binary.ts'
import { startFfmpeg } from './ffmpeg-process.ts'
import { plannedTracks } from './outputs.ts'
import { cardArguments, slateFiles, soundMargin } from './slate-args.ts'
import { cachedFolder } from './slate-cache.ts'
import { type Card, layoutCard, lineFile } from './slate-card.ts'
import { encodeImage, encodeVideo } from './slate-clip.ts'
import { SlateError } from './slate-error.ts'
import type { LoopPlan } from './slate-loop-plan.ts'
import { type PlannedTrack, TrackReader } from './track-reader.ts'

/** What is to be seen. */
export type SlateContent =
  /** `title` is the stream's name; both as people wrote them. */
  | { readonly kind: 'card'; readonly heading: string; readonly title: string }
  /** An uploaded file; `path` gives where it lies, and is only asked when it is needed. */
  | {
      readonly kind: 'image' | 'video'
      readonly sha256: string
      readonly contentType: AssetType
      readonly path: () => Promise<string>
    }

export interface SlateOptions {
  readonly ffmpeg: FfmpegBinary
  readonly plan: EncodePlan
  readonly content: SlateContent
  readonly cacheDir: string
  readonly signal: AbortSignal
  /** How far it is, 0–100. */
  readonly onPercent?: (percent: number) => void
}

/** Placeholder media whose parameter sets equal those of live media made from the same plan. */
export interface SlateSet {
  /** All tracks of the plan. */
  readonly tracks: readonly Track[]
  /** By track id: a loop of closed groups of pictures; dts from 0, the first is a keyframe. */
  readonly video: ReadonlyMap<string, readonly Sample[]>
  /** One AAC frame of silence, dts 0. */
  readonly silence: Sample
  /** What is heard, null where that is silence: frames to be played round and round, every `periodTicks` anew. */
  readonly sound: { readonly frames: readonly Sample[]; readonly periodTicks: number } | null
}

/** Raise it when the card's looks or the files' form change: older cache entries are then no longer found. */
const slateVersion = 2

/** Encodes the slate into `cacheDir` if it is not there, and gives its folder. Throws {@link SlateError}. */
export function prepareSlate(options: SlateOptions): Promise<string> {
  const { ffmpeg, plan, content, cacheDir } = options
  const subject =
    content.kind === 'card' ? [content.heading, content.title] : [content.kind, content.contentType, content.sha256]
  // Feeds of equal settings share their slate, whatever they are called.
  const ingredients = JSON.stringify([
    slateVersion,
    ffmpeg.version,
    { ...plan, feedId: undefined, edition: undefined },
    subject,
  ])
  const key = createHash('sha256').update(ingredients).digest('hex').slice(0, 32)
  // A card is made at once; of what takes longer this machine makes one at a time.
  const queue = content.kind === 'card' ? key : 'uploads'
  return cachedFolder(cacheDir, key, queue, (draft) => encodeInto(draft, options), options.signal)
}

/** Gives the slate of a plan, encoded once and then read from `cacheDir`. Throws {@link SlateError}. */
export async function encodeSlate(options: SlateOptions): Promise<SlateSet> {
  const stored = await prepareSlate(options)
  try {
    return await readSlate(stored, options.plan)
  } catch {
    // Damaged on the disk, or evicted this very moment: made anew, once.
    await rm(stored, { recursive: true, force: true })
  }
  try {
    return await readSlate(await prepareSlate(options), options.plan)
  } catch (error) {
    if (error instanceof SlateError) throw error
    throw new SlateError('The slate that was just encoded could not be read.', { cause: error })
  }
}

async function encodeInto(folder: string, options: SlateOptions): Promise<void> {
  const { content, onPercent = () => {} } = options
  options.signal.throwIfAborted()
  if (content.kind === 'card') return encodeCard(folder, options, content)
  const file = { path: await content.path(), contentType: content.contentType }
  await (content.kind === 'image' ? encodeImage : encodeVideo)({ ...options, folder, file, onPercent })
}

async function encodeCard(
  folder: string,
  options: SlateOptions,
  { heading, title }: Extract<SlateContent, { kind: 'card' }>,
): Promise<void> {
  const card = layoutCard(heading, title, options.plan.renditions[0]!)
  const withoutText: Card = { ...card, lines: [] }
  let problem: FfmpegFault | null = null
  // A card without words is better than none: a name may defeat the system's fonts.
  for (const attempt of [card, withoutText]) {
    await Promise.all(attempt.lines.map(({ text }, index) => writeFile(join(folder, lineFile(index)), text)))
    const args = cardArguments(options.plan, attempt)
    const { exited } = startFfmpeg({ ...options, args, stdin: false, sinks: [], cwd: folder })
    const { reason, code, fault } = await exited
    options.signal.throwIfAborted()
    if (reason === 'ended' && code === 0) return
    problem = fault
  }
  const detail = problem?.detail ?? 'FFmpeg was killed.'
  throw new SlateError(`The slate could not be encoded. ${detail}`, { faultCode: problem?.code })
}

async function readSlate(folder: string, plan: EncodePlan): Promise<SlateSet> {
  const [plannedAudio, ...renditions] = plannedTracks(plan)
  const read = (planned: PlannedTrack, file: string) => readTrack(join(folder, file), planned)
  const loop = await readLoopPlan(folder)
  const frames = loop?.frames ?? plan.gopFrames
  const video = await Promise.all(
    renditions.map((planned, index) => read(planned, `${plan.renditions[index]!.id}.mp4`)),
  )
  const silent = await read(plannedAudio, slateFiles.silence)
  // The first frames are the encoder's priming; those behind it are all alike.
  const silence = silent.samples[4]
  const whole = video.every(({ samples }) => samples.length === frames && samples[0]?.keyframe)
  if (!silence || !whole) throw new MediaFormatError('The slate is not one whole loop.')
  return {
    tracks: [silent.track, ...video.map(({ track }) => track)],
    video: new Map(video.map(({ track, samples }) => [track.id, fromZero(samples)])),
    silence: { ...silence, dts: 0 },
    sound: loop?.sound ? await readSound(await read(plannedAudio, slateFiles.sound), loop.sound) : null,
  }
}

function readSound(
  { track, samples }: ReadTrack,
  plan: NonNullable<LoopPlan['sound']>,
): NonNullable<SlateSet['sound']> {
  // `fragmentedMp4` puts time 0 at 10 s; the encoder's priming comes before it.
  const begin = samples.findIndex(({ dts }) => dts >= 10 * track.timescale)
  const frames = samples.slice(begin + soundMargin, begin + soundMargin + plan.aacFrames)
  if (begin < 0 || frames.length !== plan.aacFrames) throw new MediaFormatError('The sound of the slate is not whole.')
  return { frames: fromZero(frames), periodTicks: plan.periodTicks }
}

interface ReadTrack {
  readonly track: Track
  readonly samples: readonly Sample[]
}

async function readTrack(file: string, planned: PlannedTrack): Promise<ReadTrack> {
  const tracks: Track[] = []
  const samples: Sample[] = []
  const reader = new TrackReader(
    planned,
    (track) => tracks.push(track),
    (_, sample) => samples.push(sample),
  )
  reader.push(await readFile(file))
  const [track] = tracks
  if (!track) throw new MediaFormatError('A track of the slate has no header.')
  return { track, samples }
}

/** How the loop of a video was planned; undefined for stills. */
async function readLoopPlan(folder: string): Promise<LoopPlan | undefined> {
  const text = await readFile(join(folder, slateFiles.loop), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : (JSON.parse(text) as LoopPlan)
}

function fromZero(samples: readonly Sample[]): Sample[] {
  const first = samples[0]?.dts ?? 0
  return samples.map((sample) => ({ ...sample, dts: sample.dts - first }))
}
