import { framesPerSecond } from '#schema/plan/frame-rate.ts'
import type { EncodePlan } from '#schema/plan/plan.ts'
import { aacFrameSamples } from '../media/sample.ts'

/** Of a longer video this much is used, seconds. */
const longestSeconds = 60
/** All renditions of a loop together, in memory, bytes: at great bit rates less of a long video is used. */
const longestBytes = 64 * 1024 * 1024
/** Sound goes round with several laps of the pictures if need be; together they last this long at most, seconds. */
const longestSoundSeconds = 480
const mostLaps = 16
/** Sound that misses the pictures by no more than this after its last lap fits, in AAC frames (0.4 ms). */
const fits = 0.02

/** Loudness that programmes have on the web (AES TD1008), LUFS. */
const targetLufs = -16
/** What true peaks are limited to before AAC adds its own: the sum stays under −1.5 dBTP. */
export const peakLimitDb = -2.5
const mostGainDb = 20
/** Sound that is quieter than this is none. */
const silenceLufs = -60

/** A loop of pictures, and of sound that goes round with it. */
export interface LoopPlan {
  /** Pictures of a lap. */
  readonly frames: number
  readonly sound: SoundPlan | null
}

export interface SoundPlan {
  /** PCM samples of a lap. */
  readonly samples: number
  /** Laps of the pictures after which the sound begins anew: so many end with a whole AAC frame, or nearly. */
  readonly laps: number
  /** AAC frames in them. */
  readonly aacFrames: number
  /** Their exact length, ticks of the sample rate. */
  readonly periodTicks: number
  readonly gainDb: number
  readonly needsLimiter: boolean
}

/** What a first look at a video found. */
export interface ClipMeasure {
  /** Pictures, at the plan's rate. */
  readonly frames: number
  /** Null: it has no sound. EBU R 128, LUFS and dBTP; −∞ for silence. */
  readonly sound: { readonly integratedLufs: number; readonly truePeakDb: number } | null
}

/** How much of a video may be used with this plan, seconds. */
export function usableSeconds(plan: EncodePlan): number {
  const kbps = plan.renditions.reduce((sum, { videoBitrateKbps }) => sum + videoBitrateKbps * 1.1, 0)
  return Math.min(longestSeconds, (longestBytes * 8) / (kbps * 1000))
}

/**
 * A lap is the whole clip, to the last picture, so that a video made to loop does. A lap of pictures is seldom a whole
 * number of AAC frames; the sound is therefore encoded over as many laps as make one.
 */
export function planLoop(plan: EncodePlan, sampleRate: number, { frames, sound }: ClipMeasure): LoopPlan {
  if (!sound || !(sound.integratedLufs > silenceLufs)) return { frames, sound: null }
  const lapSeconds = frames / framesPerSecond(plan.fps)
  const lapTicks = (frames * plan.fps.den * sampleRate) / plan.fps.num
  const laps = bestLaps(lapTicks / aacFrameSamples, Math.min(mostLaps, Math.floor(longestSoundSeconds / lapSeconds)))
  const gainDb = Math.min(mostGainDb, targetLufs - sound.integratedLufs)
  return {
    frames,
    sound: {
      samples: Math.round(lapTicks),
      laps,
      aacFrames: Math.round((laps * lapTicks) / aacFrameSamples),
      periodTicks: laps * lapTicks,
      gainDb,
      needsLimiter: sound.truePeakDb + gainDb > peakLimitDb,
    },
  }
}

/** The same with its gain made up for what the limiter took, which left it at `integratedLufs`. */
export function madeUp(sound: SoundPlan, integratedLufs: number): SoundPlan {
  const missing = targetLufs - integratedLufs
  return missing > 0 ? { ...sound, gainDb: Math.min(mostGainDb, sound.gainDb + missing) } : sound
}

function bestLaps(aacFramesPerLap: number, most: number): number {
  const miss = (laps: number) => Math.abs(laps * aacFramesPerLap - Math.round(laps * aacFramesPerLap))
  let best = 1
  for (let laps = 1; laps <= most && miss(best) > fits; laps++) if (miss(laps) < miss(best)) best = laps
  return best
}
