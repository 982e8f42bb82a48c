import type { PlannedDestination, PlannedEncode } from '#schema/contracts/planned-encode.ts'
import type { SourceDescription } from '#schema/contracts/source.ts'
import { adviceFor, rateAdvice } from '#schema/plan/advice.ts'
import { platformOf } from '#schema/platforms.ts'

/** What becomes of a destination, before it is put into words. */
interface Outcome extends Pick<PlannedDestination, 'id' | 'adjustments' | 'refusal'> {
  readonly platform: string
  /** Undefined: nothing is made for it yet. */
  readonly encode: PlannedEncode | undefined
}

/** A destination in a plan as the API tells it, with what its platform recommends and it does not get. */
export function plannedDestination(outcome: Outcome, source: SourceDescription | null): PlannedDestination {
  const { id, platform, encode, adjustments, refusal } = outcome
  if (!encode || refusal !== null) return { id, encode_id: '', adjustments, refusal, advice: [] }
  const known = platformOf(platform)
  const advice = [
    ...(known ? adviceFor(known, sent(encode, source)) : []),
    ...(encode.from === 'source' ? [] : rateAdvice(encode)),
  ]
  return { id, encode_id: encode.id, adjustments, refusal, advice }
}

/** Of a source that goes out as it came, what is measured counts. */
function sent(encode: PlannedEncode, source: SourceDescription | null) {
  if (encode.from !== 'source') return encode
  return {
    ...{ width: encode.width, height: encode.height, fps: encode.fps },
    video_bitrate_kbps: source?.bitrate_kbps ?? null,
    peak_video_bitrate_kbps: encode.video_bitrate_kbps,
    audio_bitrate_kbps: null,
    keyframe_interval_s: source?.video?.keyframe_interval_s ?? null,
  }
}
