import type { SourceDescription } from '../contracts/source.ts'
import { latencyModeFigures } from '../latency-modes.ts'
import { usualBitrateKbps } from './bitrate.ts'
import { framesPerSecond, planFrameRate } from './frame-rate.ts'
import type { EncodePlan, PlanRequest } from './plan.ts'

/** How a source goes out as it is. */
export interface Passthrough {
  /** False for a source that can't, in a session of others that can: it is encoded in their place. */
  readonly copiesVideo: boolean
  readonly copiesAudio: boolean
  /** Of the sound that goes out, and of the slate's silence. */
  readonly sampleRate: number
  readonly channels: number
  /** H.264 profile of the slate. */
  readonly profile: 'baseline' | 'main' | 'high'
}

/** A plan whose one rendition is the source itself. */
export type PassthroughPlan = EncodePlan & { readonly passthrough: Passthrough }

export const isPassthrough = (plan: EncodePlan): plan is PassthroughPlan => plan.passthrough !== undefined

/** Id of the rendition that is the source itself. */
export const sourceRenditionId = 'source'

/** Samples per second of all sound that is encoded. */
const encodedSampleRate = 48_000
const maxSide = 4_096
const maxFps = 120
const profiles: Readonly<Record<string, Passthrough['profile']>> = {
  'Constrained Baseline': 'baseline',
  Baseline: 'baseline',
  Main: 'main',
  High: 'high',
}
const sampleRates: readonly number[] = [32_000, 44_100, 48_000]
/** The announced bit rate is a promise about peaks; what was measured is an average. */
const peakFactor = 1.5

/**
 * The plan of a session whose source goes out untouched: a slate like the source, and nothing else to encode. Gives the
 * reason, a sentence, where it can't.
 */
export function planPassthrough(request: PlanRequest): { plan: PassthroughPlan } | { reason: string } {
  const { source, latencyMode } = request
  const video = source?.video
  const profile = video && profiles[video.profile ?? '']
  if (!video) return { reason: source ? 'It has no picture.' : 'It is not there yet.' }
  if (video.codec !== 'h264') return { reason: `Its picture is ${video.codec}, not H.264.` }
  if (!profile) return { reason: `Browsers can't be trusted to play the H.264 profile ${video.profile ?? 'it has'}.` }
  if (Math.max(video.width, video.height) > maxSide || (video.fps ?? 0) > maxFps)
    return { reason: `${video.width}×${video.height} at ${video.fps ?? '?'} frames per second is too much.` }
  const { gopSeconds, content } = latencyModeFigures[latencyMode]
  const fps = planFrameRate(video.fps, maxFps)
  const { normalizesAudio = false } = request
  const copiesAudio = isPlainAac(source.audio) && !normalizesAudio
  const { width, height } = video
  const usualKbps = usualBitrateKbps({ width, height }, framesPerSecond(fps))
  const videoBitrateKbps = Math.round(Math.max(source.bitrate_kbps ?? 0, usualKbps) * peakFactor)
  return {
    plan: {
      fps,
      gopFrames: Math.round(gopSeconds * framesPerSecond(fps)),
      renditions: [{ id: sourceRenditionId, width: width & ~1, height: height & ~1, videoBitrateKbps }],
      audioBitrateKbps: 128,
      ...{ preset: 'veryfast', zeroLatency: true, bFrames: 0 },
      ...(content && { content }),
      ...(normalizesAudio && { normalizesAudio }),
      passthrough: {
        ...{ copiesVideo: true, copiesAudio, profile },
        sampleRate: copiesAudio && source.audio ? source.audio.sample_rate : encodedSampleRate,
        channels: copiesAudio && source.audio ? source.audio.channels : 2,
      },
    },
  }
}

/** The plan for a source that can't go out as it is, in a session whose others can: encoded like their slate. */
export const encodedLike = (plan: PassthroughPlan): EncodePlan => ({
  ...plan,
  passthrough: { ...plan.passthrough, copiesVideo: false, copiesAudio: false },
})

function isPlainAac(audio: SourceDescription['audio']): boolean {
  return (
    audio?.codec === 'aac' && sampleRates.includes(audio.sample_rate) && (audio.channels === 1 || audio.channels === 2)
  )
}
