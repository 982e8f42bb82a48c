import type { SourceDescription } from '#schema/contracts/source.ts'
import { framesPerSecond } from '#schema/plan/frame-rate.ts'
import type { Rendition } from '#schema/plan/ladder.ts'
import type { EncodePlan } from '#schema/plan/plan.ts'
import { audioTimescale, videoTimescale } from '../media/sample.ts'
import { glanceSize, glancesPerSecond } from './glance.ts'
import { h264Level } from './h264-level.ts'

/** Where the pictures and the sound come from. */
export type TranscodeInput =
  /** Media written to the transcode's stdin: FLV tags (header first), transport stream packets, or live Matroska. */
  | { readonly kind: 'stdin'; readonly format: 'flv' | 'mpegts' | 'matroska' }
  /** A moving picture with a clock burnt in and a tone, in real time. */
  | { readonly kind: 'test-pattern' }

/** File descriptors of FFmpeg that Weir reads; rendition n of the plan is on `firstRendition + n`. */
export const pipes = { progress: 3, audio: 4, snapshot: 5, sound: 6, glance: 7, firstRendition: 8 } as const

/**
 * The command line of one session's FFmpeg, without the program. Each rendition and the audio go to a pipe of their
 * own as fragmented MP4. Where the source lacks sound or picture, silence or a plain picture takes its place.
 */
export function transcodeArguments(
  input: TranscodeInput,
  plan: EncodePlan,
  source: Pick<SourceDescription, 'video' | 'audio'> | null,
): string[] {
  if (plan.passthrough?.copiesVideo) return copyArguments(input, plan, plan.passthrough.copiesAudio, source)
  const hasVideo = input.kind === 'test-pattern' || !source || source.video !== null
  const hasAudio = input.kind === 'test-pattern' || !source || source.audio !== null
  return [
    ...quiet,
    ...['-progress', `pipe:${pipes.progress}`, '-stats_period', '1'],
    ...inputArguments(input, plan),
    ...['-filter_complex', pictureGraph(plan, hasVideo)],
    // A graph of its own: where the picture changes size (WebRTC does), FFmpeg begins its graph anew.
    ...['-filter_complex', soundGraph(plan, hasAudio)],
    ...plan.renditions.flatMap((rendition, index) => [
      ...['-map', `[v${index}]`],
      ...videoEncoder(plan, rendition),
      ...(input.kind === 'stdin' ? denseBeginning(plan, source) : []),
      ...fragmentedMp4(`pipe:${pipes.firstRendition + index}`),
    ]),
    ...soundOutputs(plan, hasAudio),
    // One frame each five seconds; the mjpeg muxer repeats frames unless it is told the rate.
    ...['-map', '[snapshot]', '-c:v', 'mjpeg', '-q:v', '5', '-threads', '1', '-r', `1/${snapshotSeconds}`],
    ...['-flush_packets', '1', '-f', 'image2pipe', `pipe:${pipes.snapshot}`],
    ...(hasVideo ? ['-map', '[glance]', '-c:v', 'rawvideo', '-r', String(glancesPerSecond)] : []),
    ...(hasVideo ? ['-flush_packets', '1', '-f', 'rawvideo', `pipe:${pipes.glance}`] : []),
  ]
}

/** The same for a source whose picture goes out untouched: nothing is decoded, unless its sound must be encoded. */
function copyArguments(
  input: TranscodeInput,
  plan: EncodePlan,
  copiesAudio: boolean,
  source: Pick<SourceDescription, 'video' | 'audio'> | null,
): string[] {
  const output = ['-progress', `pipe:${pipes.progress}`, '-stats_period', '1']
  const video = ['-map', '0:v:0', '-c:v', 'copy', ...fragmentedMp4(`pipe:${pipes.firstRendition}`)]
  // The header of AAC in a transport stream stands in its frames: `moov` must wait for the first.
  const copied = [
    '-map',
    '0:a:0',
    '-c:a',
    'copy',
    '-bsf:a',
    'aac_adtstoasc',
    ...fragmentedMp4(`pipe:${pipes.audio}`, '+delay_moov'),
  ]
  if (copiesAudio) return [...quiet, ...output, ...inputArguments(input, plan), ...video, ...copied]
  const hasAudio = source?.audio !== null
  return [
    ...[...quiet, ...output, ...inputArguments(input, plan), '-filter_complex', soundGraph(plan, hasAudio), ...video],
    ...soundOutputs(plan, hasAudio),
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

/** Options before everything else, for every FFmpeg that Weir runs. */
export const quiet = ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'level+warning'] as const

/** Seconds from one snapshot to the next; the first is the first frame. */
export const snapshotSeconds = 5

/**
 * The end of every chain before an encoder. Size, aspect ratio and colour are part of the parameter sets: live and
 * slate pass through the same words, so that their `avcC` is equal.
 */
export function finishPicture({ width, height }: Rendition): string {
  return [
    `scale=${width}:${height}:force_original_aspect_ratio=decrease:out_range=tv`,
    `pad=${width}:${height}:-1:-1`,
    'format=yuv420p',
    'setsar=1',
    'setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709',
  ].join(',')
}

export function videoEncoder(plan: EncodePlan, rendition: Rendition): string[] {
  const kbps = rendition.videoBitrateKbps
  const peakKbps = Math.round(kbps * 1.1)
  const gop = String(plan.gopFrames)
  return [
    ...['-c:v', 'libx264', '-preset', plan.preset, ...(plan.zeroLatency ? ['-tune', 'zerolatency'] : [])],
    ...['-profile:v', plan.passthrough?.profile ?? 'main'],
    ...['-level:v', h264Level(rendition.width, rendition.height, framesPerSecond(plan.fps), peakKbps)],
    ...['-g', gop, '-keyint_min', gop, '-sc_threshold', '0', '-bf', String(plan.bFrames)],
    ...['-b:v', `${kbps}k`, '-maxrate', `${peakKbps}k`, '-bufsize', `${kbps}k`],
  ]
}

export function audioEncoder(plan: EncodePlan): string[] {
  const { sampleRate, channels } = plan.passthrough ?? { sampleRate: audioTimescale, channels: 2 }
  return ['-c:a', 'aac', '-b:a', `${plan.audioBitrateKbps}k`, '-ar', String(sampleRate), '-ac', String(channels)]
}

/**
 * One fragment per frame. `frag_discont` with the offset of 10 s keeps the outputs on one clock: without the whole
 * set each restarts at 0 and sound and picture drift apart by the encoder's priming.
 */
export function fragmentedMp4(
  output: string,
  moov: '+empty_moov' | '+delay_moov' = '+empty_moov',
  format: 'mp4' | 'mov' = 'mp4',
): string[] {
  return [
    ...['-f', format, '-movflags', `${moov}+default_base_moof+frag_every_frame+frag_discont+skip_trailer`],
    ...['-use_editlist', '0', '-avoid_negative_ts', 'disabled', '-output_ts_offset', '10'],
    ...['-video_track_timescale', String(videoTimescale)],
    ...['-flush_packets', '1', '-muxdelay', '0', '-muxpreload', '0', output],
  ]
}

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

function pictureGraph(plan: EncodePlan, hasVideo: boolean): string {
  const rate = `${plan.fps.num}/${plan.fps.den}`
  const branches = plan.renditions.map((_, index) => `[s${index}]`).join('')
  return [
    hasVideo
      ? `[0:v:0]fps=${rate},split=${plan.renditions.length + 2}${branches}[s][g]`
      : `${plainPicture(plan)},split=${plan.renditions.length + 1}${branches}[s]`,
    ...plan.renditions.map((rendition, index) => `[s${index}]${finishPicture(rendition)}[v${index}]`),
    `[s]${snapshotFilter}[snapshot]`,
    ...(hasVideo ? [`[g]${glanceFilter}[glance]`] : []),
  ].join(';')
}

/**
 * A plain picture that comes as fast as the sound does: what a generator makes up, FFmpeg makes seconds of at once, as
 * long as any output waits.
 */
function plainPicture({ fps, renditions }: EncodePlan): string {
  const { width, height } = renditions[0]!
  const rate = `${fps.num}/${fps.den}`
  return `[0:a:0]showwaves=s=16x16:r=${rate},fps=${rate},scale=${width}:${height},drawbox=c=0x101418:t=fill`
}

/** What is heard goes to a second output too, undressed, where its loudness is measured; or there alone, to be normalised. */
function soundGraph(plan: EncodePlan, hasAudio: boolean): string {
  if (!hasAudio) return `anullsrc=r=${audioTimescale}:cl=stereo[audio]`
  return `[0:a:0]${steadySound}${normalizes(plan, hasAudio) ? '' : ',asplit[audio]'}[heard]`
}
const steadySound = `aresample=${audioTimescale}:async=1000,aformat=channel_layouts=stereo`

function soundOutputs(plan: EncodePlan, hasAudio: boolean): string[] {
  const raw = ['-map', '[heard]', '-c:a', 'pcm_s16le']
  const pipe = `pipe:${pipes.sound}`
  // Raw sound that comes back must say when it is.
  if (normalizes(plan, hasAudio)) return [...raw, ...fragmentedMp4(pipe, '+empty_moov', 'mov')]
  const encoded = ['-map', '[audio]', ...audioEncoder(plan), ...fragmentedMp4(`pipe:${pipes.audio}`)]
  return hasAudio ? [...encoded, ...raw, '-f', 's16le', pipe] : encoded
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
