import type { EncoderPreset, LatencyMode } from './enums.ts'

/** Figures of one latency mode. All times are media time. */
export interface LatencyModeFigures {
  /** Distance of keyframes, seconds. */
  readonly gopSeconds: number
  /** LL-HLS part length aimed at, seconds; null serves whole segments only. */
  readonly partTargetSeconds: number | null
  /** Segment length aimed at, seconds; also EXT-X-TARGETDURATION. */
  readonly segmentSeconds: number
  /** Segments in the live playlist. */
  readonly windowSegments: number
  readonly preset: EncoderPreset
  /** x264 `-tune zerolatency`: no frame delay but what `content` takes. */
  readonly zeroLatency: boolean
  /** Consecutive B-frames; 0 with zerolatency. */
  readonly bFrames: number
  /** What the encoder is tuned for; left out: any picture. */
  readonly content?: 'screen'
  /** Highest frame rate that this mode encodes. */
  readonly maxFps: number
}

/** design.md, "Latency modes". */
export const latencyModeFigures: Readonly<Record<LatencyMode, LatencyModeFigures>> = {
  low_latency: {
    gopSeconds: 1,
    partTargetSeconds: 0.2,
    segmentSeconds: 2,
    windowSegments: 10,
    preset: 'veryfast',
    zeroLatency: true,
    bFrames: 0,
    maxFps: 60,
  },
  tutorial: {
    gopSeconds: 2,
    partTargetSeconds: 0.4,
    segmentSeconds: 4,
    windowSegments: 8,
    preset: 'veryfast',
    zeroLatency: true,
    bFrames: 0,
    content: 'screen',
    maxFps: 30,
  },
  high_quality: {
    gopSeconds: 2,
    partTargetSeconds: null,
    segmentSeconds: 6,
    windowSegments: 8,
    preset: 'fast',
    zeroLatency: false,
    bFrames: 2,
    maxFps: 60,
  },
}
