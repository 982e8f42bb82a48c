import type { Figure } from '../contracts/platform.ts'
import { limitsFor, platformOf } from '../platforms.ts'
import type { LimitsOf } from './own-encode.ts'

/** What the planner keeps to: a platform's limits. What a platform only advises holds nobody up. */
export function limitsOf(platformId: string): LimitsOf {
  const platform = platformOf(platformId) ?? platformOf('custom')
  return (picture) => {
    const limits = limitsFor(platform, picture)
    return {
      name: platform.name,
      maxHeight: binding(limits.max_size)?.short_side ?? null,
      maxFps: binding(limits.max_fps),
      maxVideoKbps: binding(limits.max_video_bitrate_kbps),
      maxAudioKbps: binding(limits.max_audio_bitrate_kbps),
      maxKeyframeSeconds: binding(limits.max_keyframe_interval_s),
    }
  }
}

const binding = <T>(figure: Figure<T> | null): T | null => (figure?.weight === 'limit' ? figure.value : null)
