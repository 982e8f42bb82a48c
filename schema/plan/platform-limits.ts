import type { Figure } from '../contracts/platform.ts'
import { limitsFor, type Picture, platformOf } from '../platforms.ts'

export type Shape = 'landscape' | 'vertical'

/** What a platform takes of a picture of some size and rate; null: it says nothing, or only advises. */
export interface PlatformLimits {
  /** The platform's name, for words. */
  readonly name: string
  /** Pixels of the short side, and of the long one. */
  readonly maxHeight: number | null
  readonly maxLongSide: number | null
  /** The first is what it wants most. */
  readonly shapes: readonly Shape[] | null
  readonly maxFps: number | null
  readonly minVideoKbps: number | null
  readonly maxVideoKbps: number | null
  readonly maxAudioKbps: number | null
  /** Samples per second. */
  readonly audioRates: readonly number[] | null
  readonly maxKeyframeSeconds: number | null
  /** What it recommends for this picture, or at least and at most, limit or advice: for who names no bit rate. */
  readonly advised: { readonly kbps: number | null; readonly minKbps: number | null; readonly maxKbps: number | null }
}

/** The limits for a picture of this size and rate. */
export type LimitsOf = (picture: Picture) => PlatformLimits

/** What the planner keeps to: a platform's limits. What a platform only advises holds nobody up. */
export function limitsOf(platformId: string): LimitsOf {
  const platform = platformOf(platformId) ?? platformOf('custom')
  return (picture) => {
    const limits = limitsFor(platform, picture)
    const maxSize = binding(limits.max_size)
    return {
      name: platform.name,
      maxHeight: maxSize?.short_side ?? null,
      maxLongSide: maxSize?.long_side ?? null,
      shapes: binding(limits.orientations),
      maxFps: binding(limits.max_fps),
      minVideoKbps: binding(limits.min_video_bitrate_kbps),
      maxVideoKbps: binding(limits.max_video_bitrate_kbps),
      maxAudioKbps: binding(limits.max_audio_bitrate_kbps),
      audioRates: binding(limits.audio_sample_rates),
      maxKeyframeSeconds: binding(limits.max_keyframe_interval_s) ?? binding(limits.keyframe_interval_s),
      advised: {
        kbps: limits.recommended_video_bitrate_kbps?.value ?? null,
        minKbps: limits.min_video_bitrate_kbps?.value ?? null,
        maxKbps: limits.max_video_bitrate_kbps?.value ?? null,
      },
    }
  }
}

/** Of a platform of which nothing is known. */
export const noLimits: Omit<PlatformLimits, 'name'> = {
  ...{ maxHeight: null, maxLongSide: null, shapes: null, maxFps: null, minVideoKbps: null, maxVideoKbps: null },
  ...{ maxAudioKbps: null, audioRates: null, maxKeyframeSeconds: null },
  advised: { kbps: null, minKbps: null, maxKbps: null },
}

export const shapeOf = ({ width, height }: { readonly width: number; readonly height: number }): Shape =>
  width >= height ? 'landscape' : 'vertical'

const binding = <T>(figure: Figure<T> | null): T | null => (figure?.weight === 'limit' ? figure.value : null)
