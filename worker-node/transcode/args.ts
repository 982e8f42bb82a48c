import type { SourceDescription } from '#schema/contracts/source.ts'
import { framesPerSecond } from '#schema/plan/frame-rate.ts'
import type { EncodePlan } from '#schema/plan/plan.ts'
import { audioTimescale } from '../media/sample.ts'
import { audioEncoder, finishPicture, fragmentedMp4, quiet } from './encoders.ts'
import { glanceSize, glancesPerSecond } from './glance.ts'
import type { MediaOutput } from './outputs.ts'
import { encoderDevices, encoderUpload, videoEncoder } from './video-encoders.ts'

/** Where the pictures and the sound come from. */
export type TranscodeInput =
  /** Media written to the transcode's stdin: FLV tags (header first), transport stream packets, or live Matroska. */
  | { readonly kind: 'stdin'; readonly format: 'flv' | 'mpegts' | 'matroska' }
  /** A moving picture with a clock burnt in and a tone, in real time. */
  | { readonly kind: 'test-pattern' }

/** File descriptors of FFmpeg that Weir reads; the media outputs follow, each on its own. */
export const pipes = { progress: 3, snapshot: 4, sound: 5, glance: 6, firstMedia: 7 } as const

/**
 * The command line of one session's FFmpeg, without the program: one decode, and a pipe with fragmented MP4 for each of
 * the `outputs`. What goes out untouched is not decoded. Where the source lacks sound or picture, silence or a plain
 * picture takes its place.
 */
export function transcodeArguments(
  input: TranscodeInput,
  outputs: readonly MediaOutput[],
  source: Pick<SourceDescription, 'video' | 'audio'> | null,
): string[] {
  const hasVideo = input.kind === 'test-pattern' || !source || source.video !== null
  const hasAudio = input.kind === 'test-pattern' || !source || source.audio !== null
  const pipeOf = (output: MediaOutput) => `pipe:${pipes.firstMedia + outputs.indexOf(output)}`
  const pictures = outputs.filter((output) => output.kind === 'video')
  const encoded = pictures.filter(({ copies }) => !copies)
  const sounds = outputs.filter(({ kind }) => kind === 'audio')
  const [{ plan }] = outputs as [MediaOutput]
  return [
    ...quiet,
    ...['-progress', `pipe:${pipes.progress}`, '-stats_period', '1'],
    ...encoderDevices(encoded.map(({ plan: { encoder } }) => encoder)),
    ...inputArguments(input, plan),
    ...(encoded.length > 0 ? ['-filter_complex', pictureGraph(encoded, hasVideo)] : []),
    // A graph of its own: where the picture changes size (WebRTC does), FFmpeg begins its graph anew.
    ...(sounds.some(({ copies }) => !copies) ? ['-filter_complex', soundGraph(sounds, hasAudio)] : []),
    ...pictures.flatMap((output) =>
      output.copies
        ? ['-map', '0:v:0', '-c:v', 'copy', ...fragmentedMp4(pipeOf(output))]
        : [
            ...['-map', `[v${encoded.indexOf(output)}]`],
            ...videoEncoder(output.plan, output.rendition),
            ...(input.kind === 'stdin' ? denseBeginning(output.plan, source) : []),
            ...fragmentedMp4(pipeOf(output)),
          ],
    ),
    ...soundOutputs(sounds, hasAudio, pipeOf),
    ...(encoded.length > 0 ? looks(hasVideo) : []),
  ]
}

/** Pictures that nobody watches as a stream: previews, and what tells a black or frozen picture. */
function looks(hasVideo: boolean): string[] {
  return [
    // One frame each five seconds; the mjpeg muxer repeats frames unless it is told the rate.
    ...['-map', '[snapshot]', '-c:v', 'mjpeg', '-q:v', '5', '-threads', '1', '-r', `1/${snapshotSeconds}`],
    ...['-flush_packets', '1', '-f', 'image2pipe', `pipe:${pipes.snapshot}`],
    ...(hasVideo ? ['-map', '[glance]', '-c:v', 'rawvideo', '-r', String(glancesPerSecond)] : []),
    ...(hasVideo ? ['-flush_packets', '1', '-f', 'rawvideo', `pipe:${pipes.glance}`] : []),
  ]
}

/** Distance of keyframes while a run is new, seconds: the splicer enters at one that is at most 0.7 s old. */
const denseSeconds = 0.4
/** So long after what the source has kept, seconds: until the splicer is sure that the run is steady. */
const settlingSeconds = 2

/**
 * A run begins with the GOP that its source has kept, faster than real time, and goes on air at a keyframe near its newest
 * picture. With keyframes only at each GOP's distance that one may be two seconds away, in which the slate plays on.
 */
function denseBeginning({ fps }: EncodePlan, source: Pick<SourceDescription, 'video'> | null): string[] {
  const frames = framesPerSecond(fps)
  const keptSeconds = Math.min(source?.video?.keyframe_interval_s ?? 2, 10)
  const denseFrames = Math.ceil((keptSeconds + settlingSeconds) * frames)
  return ['-force_key_frames', `expr:lt(n,${denseFrames})*eq(mod(n,${Math.round(denseSeconds * frames)}),0)`]
}

/** Seconds from one snapshot to the next; the first is the first frame. */
export const snapshotSeconds = 5

function inputArguments(input: TranscodeInput, plan: EncodePlan): string[] {
  if (input.kind === 'test-pattern') return ['-re', '-f', 'lavfi', '-i', testPattern(plan)]
  // The tags' own headers say what the streams are: nothing is gained by looking at frames first. Never `nobuffer`,
  // which throws away what was read while probing. Slice threads decode without holding frames back.
  // A transport stream has no such headers: FFmpeg looks for as long as it may.
  const analyzeUs = input.format === 'mpegts' ? 300_000 : 1_000_000
  const probing = ['-analyzeduration', String(analyzeUs), '-probesize', '1000000', '-fpsprobesize', '0']
  const threads = plan.zeroLatency ? ['-thread_type', 'slice'] : []
  return [...threads, ...probing, '-protocol_whitelist', 'pipe', '-f', input.format, '-i', 'pipe:0']
}

function testPattern(plan: EncodePlan): string {
  const { width, height } = plan.renditions[0]!
  const clock = `drawtext=text='%{localtime\\:%T}':fontsize=h/7:fontcolor=white:box=1:boxcolor=black@0.6:boxborderw=18`
  return [
    `testsrc2=s=${width}x${height}:r=${plan.fps.num}/${plan.fps.den},${clock}:x=(w-text_w)/2:y=h*0.72[out0]`,
    `sine=frequency=220:beep_factor=4:sample_rate=${audioTimescale}[out1]`,
  ].join(';')
}

/** Pictures of one rate part from each other behind the filter that makes it; the first rate's are looked at as well. */
function pictureGraph(encoded: readonly VideoOutput[], hasVideo: boolean): string {
  const rates = [...Map.groupBy(encoded, ({ plan }) => rateOf(plan)).values()]
  const [first] = encoded as [VideoOutput]
  const begin = hasVideo ? '[0:v:0]' : plainPicture(first)
  const heads = rates.map((_, index) => `[r${index}]`).join('')
  const isOneRate = rates.length === 1
  return [
    ...(isOneRate
      ? []
      : [hasVideo ? `${begin}split=${rates.length}${heads}` : `${begin},split=${rates.length}${heads}`]),
    ...rates.map((outputs, index) => {
      const branches = outputs.map((output) => `[s${encoded.indexOf(output)}]`)
      if (index === 0) branches.push('[s]', ...(hasVideo ? ['[g]'] : []))
      const head = isOneRate ? begin : `[r${index}]`
      const fps = hasVideo || !isOneRate ? `fps=${rateOf(outputs[0]!.plan)},` : ','
      return `${head}${fps}split=${branches.length}${branches.join('')}`
    }),
    ...encoded.map(
      ({ plan, rendition }, index) =>
        `[s${index}]${finishPicture(rendition, `f${index}`)}${encoderUpload(plan)}[v${index}]`,
    ),
    `[s]${snapshotFilter}[snapshot]`,
    ...(hasVideo ? [`[g]${glanceFilter}[glance]`] : []),
  ].join(';')
}

type VideoOutput = Extract<MediaOutput, { kind: 'video' }>

const rateOf = ({ fps }: EncodePlan) => `${fps.num}/${fps.den}`

/**
 * A plain picture that comes as fast as the sound does: what a generator makes up, FFmpeg makes seconds of at once, as
 * long as any output waits.
 */
function plainPicture({ plan, rendition: { width, height } }: VideoOutput): string {
  const rate = rateOf(plan)
  return `[0:a:0]showwaves=s=16x16:r=${rate},fps=${rate},scale=${width}:${height},drawbox=c=0x101418:t=fill`
}

/** What is heard goes to one more output, undressed, where its loudness is measured; or there alone, to be normalised. */
function soundGraph(sounds: readonly MediaOutput[], hasAudio: boolean): string {
  const encoded = sounds.filter(({ copies }) => !copies)
  const names = encoded.map((_, index) => `[audio${index}]`).join('')
  const split = (count: number) => (count > 1 ? `,asplit=${count}` : '')
  if (!hasAudio) return `anullsrc=r=${audioTimescale}:cl=stereo${split(encoded.length)}${names}`
  if (normalizes(encoded[0]!.plan, hasAudio)) return `[0:a:0]${steadySound}[heard]`
  return `[0:a:0]${steadySound}${split(encoded.length + 1)}${names}[heard]`
}
const steadySound = `aresample=${audioTimescale}:async=1000,aformat=channel_layouts=stereo`

function soundOutputs(
  sounds: readonly MediaOutput[],
  hasAudio: boolean,
  pipeOf: (output: MediaOutput) => string,
): string[] {
  const encoded = sounds.filter(({ copies }) => !copies)
  const copied = sounds
    .filter(({ copies }) => copies)
    // The header of AAC in a transport stream stands in its frames: `moov` must wait for the first.
    .flatMap((output) => [
      ...['-map', '0:a:0', '-c:a', 'copy', '-bsf:a', 'aac_adtstoasc'],
      ...fragmentedMp4(pipeOf(output), '+delay_moov'),
    ])
  const [first] = encoded
  if (!first) return copied
  const raw = ['-map', '[heard]', '-c:a', 'pcm_s16le']
  const heard = `pipe:${pipes.sound}`
  // Raw sound that comes back must say when it is.
  if (normalizes(first.plan, hasAudio)) return [...copied, ...raw, ...fragmentedMp4(heard, '+empty_moov', 'mov')]
  return [
    ...copied,
    ...encoded.flatMap((output, index) => [
      ...['-map', `[audio${index}]`, ...audioEncoder(output.plan), ...fragmentedMp4(pipeOf(output))],
    ]),
    ...(hasAudio ? [...raw, '-f', 's16le', heard] : []),
  ]
}

/** Whether the sound is normalised: silence that is made up is not. */
export const normalizes = (plan: EncodePlan, hasAudio: boolean) => hasAudio && plan.normalizesAudio === true

/**
 * FFmpeg works for the output that is furthest behind, and makes up no silence before that one has come on. Outputs that
 * seldom get a picture are dated ahead, so that none waits for them; FFmpeg repeats their first picture for that time.
 * Seconds.
 */
export const aheadSeconds = { snapshot: 2 * snapshotSeconds, glance: 1 } as const

const glanceFilter = `fps=${glancesPerSecond},setpts=PTS+${aheadSeconds.glance}/TB,scale=${glanceSize.width}:${glanceSize.height},format=gray`

const snapshotFilter = [
  `select='isnan(prev_selected_t)+gte(t-prev_selected_t,${snapshotSeconds})'`,
  // By the clock, not by counting: the graph begins anew where the picture changes size.
  `setpts='(floor(T/${snapshotSeconds})*${snapshotSeconds}+${aheadSeconds.snapshot})/TB'`,
  `scale='min(480,iw)':-2:out_range=pc`,
  'format=yuvj420p',
].join(',')

/** For a single picture that becomes a preview. */
export const snapshotScale = `scale='min(480,iw)':-2:out_range=pc,format=yuvj420p`
