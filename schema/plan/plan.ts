import type { Ladder } from '../contracts/ladder.ts'
import type { Issue } from '../contracts/live-stream.ts'
import type { SourceDescription } from '../contracts/source.ts'
import type { EncoderPreset, LatencyMode, VideoEncoder } from '../enums.ts'
import { latencyModeFigures } from '../latency-modes.ts'
import { type FrameRate, framesPerSecond, planFrameRate } from './frame-rate.ts'
import { chooseRungs, fitMachine, type PictureSize, type Rendition, type Upscaling } from './ladder.ts'
import { listed } from './listed.ts'
import { type Load, loadOf, noLoad, shareOf } from './load.ts'
import { encodedLike, type Passthrough, type PassthroughPlan, planPassthrough } from './passthrough-plan.ts'

/** Everything that decides how a session's media is encoded; equal plans give samples that can be spliced. */
export interface EncodePlan {
  /** Set on what is made for destinations alone: names the feed, and is part of the ids of its tracks. */
  readonly feedId?: string
  /** Set on what is made for viewers after their encodes were changed on air: 2, 3, …; part of the ids of its tracks. */
  readonly edition?: number
  readonly fps: FrameRate
  /** Frames from one keyframe to the next. */
  readonly gopFrames: number
  /** Largest first; at least one. */
  readonly renditions: readonly Rendition[]
  readonly audioBitrateKbps: number
  /** What encodes it; left out: software, which the preset is for. */
  readonly encoder?: VideoEncoder
  readonly preset: EncoderPreset
  readonly zeroLatency: boolean
  /** Consecutive B-frames. */
  readonly bFrames: number
  /** What software encoders are tuned for, where that is not any picture: text on a screen stays legible. */
  readonly content?: 'screen'
  /** The bit rate is never exceeded, and padded where pictures take less, as platforms want it; software only. */
  readonly constantBitrate?: true
  /** The sound is brought to −16 LUFS on its way: normalizer.ts. */
  readonly normalizesAudio?: boolean
  /** Set where the one rendition is the source itself: passthrough-plan.ts. */
  readonly passthrough?: Passthrough
}

export interface PlanRequest {
  readonly latencyMode: LatencyMode
  readonly ladder: Ladder
  /** Overrides the latency mode's preset. */
  readonly encoderPreset: EncoderPreset | null
  /** Null while nothing is known: 720p at 30 frames per second is assumed. */
  readonly source: SourceDescription | null
  readonly normalizesAudio?: boolean
  /** What encodes; left out: software. */
  readonly encoder?: VideoEncoder | undefined
  /** What of that the machine has left for it: see capacity.ts. */
  readonly encodeUnits: number
  /** What of the CPU it has left beside a hardware encoder; left out: enough. */
  readonly cpuUnits?: number | undefined
  /** Left out: nothing is larger than the source. */
  readonly upscaling?: Upscaling | undefined
}

/** Assumed while nothing is known. */
export const unknownSource: PictureSize = { width: 1280, height: 720 }

/** Assumed of a source that is to go out untouched, and is not there yet. */
const awaitedSource: SourceDescription = {
  protocol: 'unknown',
  video: { codec: 'h264', profile: 'High', ...unknownSource, fps: 30, keyframe_interval_s: null, b_frames: null },
  audio: null,
  bitrate_kbps: null,
  encoder: null,
}

/** The share of the machine that encoding may plan to use; the rest is for packaging, fan-out and bad seconds. */
export const usableShare = 0.9

/** What a session encodes, what is wrong with that, and what of the machine it takes. */
export interface PlannedEncode extends Load {
  readonly plan: EncodePlan
  readonly issues: Issue[]
}

/** What of the machine encoding may plan to use. */
export const roomOf = ({ encodeUnits, cpuUnits = Number.POSITIVE_INFINITY }: PlanRequest): Load => ({
  encodeUnits: encodeUnits * usableShare,
  cpuUnits: cpuUnits * usableShare,
})

/**
 * Decides sizes, rates and settings: never above the source, and no more than the machine holds in real time, but
 * always at least one rendition. Gives also what of the machine it takes.
 */
export function planEncode(request: PlanRequest): PlannedEncode {
  if (request.ladder.preset !== 'source') return planLadder(request)
  const passed = planPassthrough({ ...request, source: request.source ?? awaitedSource })
  if ('plan' in passed) return { plan: request.source ? passed.plan : encodedLike(passed.plan), issues: [], ...noLoad }
  const instead = planLadder({ ...request, ladder: { preset: 'auto' } })
  return { ...instead, issues: [...instead.issues, notPassed(passed.reason)] }
}

/**
 * The encodes of a later source of a session whose first one went out untouched, or was to: this one does as well, or it
 * is encoded like the slate of the one before.
 */
export function planLater(before: PassthroughPlan, request: PlanRequest): PlannedEncode {
  const passed = planPassthrough(request)
  if ('plan' in passed) return { ...passed, issues: [], ...noLoad }
  const plan = encodedLike(before)
  const load = loadOf(plan.renditions, sizeOf(request.source?.video), framesPerSecond(plan.fps), plan)
  return { plan, issues: [notPassed(passed.reason)], ...load }
}

function planLadder(request: PlanRequest): PlannedEncode {
  const figures = latencyModeFigures[request.latencyMode]
  const size = sizeOf(request.source?.video)
  const mostFps = request.ladder.preset === 'custom' ? (request.ladder.fps ?? figures.maxFps) : figures.maxFps
  const rate = planFrameRate(request.source?.video?.fps ?? null, Math.min(mostFps, figures.maxFps))
  const fps = framesPerSecond(rate)
  const preset = request.encoderPreset ?? figures.preset
  const wanted = chooseRungs(request.ladder, request.latencyMode, size, fps, request.upscaling)
  const encoder = request.encoder === 'software' ? undefined : request.encoder
  const load = (rungs: readonly Rendition[]) => loadOf(rungs, size, fps, { encoder, preset })
  const held = fitMachine(wanted.renditions, (rungs) => shareOf(load(rungs), roomOf(request)), 1)
  const dropped = wanted.renditions.filter((rung) => !held.includes(rung))
  return {
    plan: {
      fps: rate,
      gopFrames: Math.round(figures.gopSeconds * fps),
      renditions: held,
      audioBitrateKbps: request.latencyMode === 'high_quality' ? 160 : 128,
      ...(encoder && { encoder }),
      preset,
      zeroLatency: figures.zeroLatency,
      // Which hardware can make them changes with its generation.
      bFrames: encoder ? 0 : figures.bFrames,
      ...(figures.content && { content: figures.content }),
      ...(request.normalizesAudio && { normalizesAudio: true }),
    },
    issues: dropped.length ? [...wanted.issues, tooWeak(dropped)] : wanted.issues,
    ...load(held),
  }
}

/** The source can't go out as it is. */
const notPassed = (reason: string): Issue => ({
  code: 'passthrough_not_possible',
  severity: 'warning',
  detail: `The source can't go out untouched: ${reason} It is encoded instead.`,
  fix: 'Send H.264 (Baseline, Main or High, 8 bit) up to 4096 pixels wide, or choose another ladder.',
})

/** The size of a picture; an encoder's own words may be nonsense. */
export function sizeOf(video: PictureSize | null | undefined): PictureSize {
  const isPossible = video && [video.width, video.height].every((pixels) => pixels >= 16 && pixels <= 16_384)
  return isPossible ? video : unknownSource
}

function tooWeak(dropped: readonly Rendition[]): Issue {
  const names = listed(dropped.map(({ id }) => id))
  return {
    code: 'rendition_over_capacity',
    severity: 'warning',
    detail: `This machine can't encode ${names} in real time beside what else it does, so viewers do not get ${dropped.length > 1 ? 'them' : 'it'}.`,
    fix: 'Choose a faster encoder preset, a lower frame rate or fewer renditions, or use a machine with more CPU cores.',
  }
}
