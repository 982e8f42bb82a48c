import type { LadderCatalogue } from '../contracts/ladder-catalogue.ts'
import { encoderPresets, type LatencyMode, latencyModes, qualityPresets } from '../enums.ts'
import { framesPerSecond } from './frame-rate.ts'
import { presetCost } from './ladder.ts'
import { planEncode } from './plan.ts'
import { roundUnits } from './planned-encodes.ts'

type NamedLadder = LadderCatalogue['data'][number]

/** All ladders that can be named, each with what it makes of a source that is large enough for it. */
export const allLadders = (): LadderCatalogue => ({
  data: (['auto', ...qualityPresets] as const).map(describeLadder),
  next_cursor: null,
  encoder_presets: encoderPresets.map((name) => ({ name, relative_cost: presetCost[name] })),
})

function describeLadder(preset: NamedLadder['preset']): NamedLadder {
  const height = preset === 'auto' ? 1080 : Number.parseInt(preset, 10)
  const source = { width: 2 * Math.round((height * 16) / 9 / 2), height, fps: 30 }
  return { preset, source, latency_modes: latencyModes.map((mode) => inMode(preset, mode, source)) }
}

function inMode(preset: NamedLadder['preset'], latencyMode: LatencyMode, source: NamedLadder['source']) {
  const { plan, encodeUnits } = planEncode({
    ...{ latencyMode, ladder: { preset }, encoderPreset: null, encodeUnits: Number.POSITIVE_INFINITY },
    source: {
      protocol: 'rtmp',
      video: { ...source, codec: 'h264', profile: 'High', keyframe_interval_s: 2, b_frames: false },
      ...{ audio: null, bitrate_kbps: null, encoder: null },
    },
  })
  return {
    latency_mode: latencyMode,
    encoder_preset: plan.preset,
    renditions: plan.renditions.map(({ id, width, height, videoBitrateKbps }) => ({
      ...{ name: id, width, height },
      fps: framesPerSecond(plan.fps),
      video_bitrate_kbps: videoBitrateKbps,
    })),
    audio_bitrate_kbps: plan.audioBitrateKbps,
    encode_units: roundUnits(encodeUnits),
  }
}
