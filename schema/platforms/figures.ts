import type { Figure, PlatformLimits, PlatformSource } from '../contracts/platform.ts'

/** A page, as it was on a day; calling it says what stands there. */
export const page =
  (url: string, read_on: string, publisher: PlatformSource['publisher'] = 'platform') =>
  (says: string): PlatformSource => ({ url, says, publisher, read_on })

/** OBS Studio's list of services: addresses and maxima that its encoder settings follow. */
export const obsServices = page(
  'https://raw.githubusercontent.com/obsproject/obs-studio/master/plugins/rtmp-services/data/services.json',
  '2026-11-22',
  'third_party',
)

/** What the platform does not let pass. */
export const limit = <T>(value: T, source: PlatformSource): Figure<T> => ({ value, weight: 'limit', source })

/** What the platform recommends. */
export const wanted = <T>(value: T, source: PlatformSource): Figure<T> => ({ value, weight: 'advice', source })

/** Limits of a platform of which nothing is known; each states over this what it states. */
export const unstated: PlatformLimits = {
  max_size: null,
  max_fps: null,
  video_bitrates: null,
  min_video_bitrate_kbps: null,
  max_video_bitrate_kbps: null,
  audio_bitrate_kbps: null,
  max_audio_bitrate_kbps: null,
  audio_sample_rates: null,
  keyframe_interval_s: null,
  max_keyframe_interval_s: null,
  video_codecs: null,
  b_frames: null,
  constant_bitrate: null,
  orientations: null,
  max_duration_s: null,
  ends_after_disconnect_s: null,
  tls_required: null,
  settings_fixed: null,
  drops_over_limit: null,
}
