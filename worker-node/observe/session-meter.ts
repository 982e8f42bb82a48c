import type { SessionSample } from '#schema/contracts/live-stream.ts'
import type { TranscodeProgress } from '../transcode/progress.ts'
import type { RunPace } from './pace.ts'
import { PictureRate } from './picture-rate.ts'

/** Running totals of a session at one moment. */
export interface SessionTotals {
  /** Bytes that came from the source. */
  readonly receivedBytes: number
  /** Payload bytes of all tracks that went out. */
  readonly sentBytes: number
  readonly latenessMs: number
  readonly slateSeconds: number
  /** Of what viewers hear: see Programme. */
  readonly momentaryLufs: number | null
  readonly integratedLufs: number | null
}

/** Turns running totals into one sample each second. */
export class SessionMeter {
  #lastMs = performance.now()
  #last: Pick<SessionTotals, 'receivedBytes' | 'sentBytes'> = { receivedBytes: 0, sentBytes: 0 }
  readonly #pictures = new PictureRate()
  #speed: number | null = null

  /** The FFmpeg on air reports. */
  progress({ speed }: TranscodeProgress): void {
    this.#speed = speed
  }

  /** No FFmpeg runs: what it reported last holds no more. */
  stopped(): void {
    this.#speed = null
  }

  /** `run`: the FFmpeg on air; undefined while there is none. */
  sample(totals: SessionTotals, run: RunPace | undefined): SessionSample {
    const nowMs = performance.now()
    const seconds = Math.max(0.001, (nowMs - this.#lastMs) / 1000)
    const kbps = (bytes: number) => Math.max(0, Math.round((bytes * 8) / 1000 / seconds))
    const sample = {
      at: new Date().toISOString(),
      source_bitrate_kbps: kbps(totals.receivedBytes - this.#last.receivedBytes),
      output_bitrate_kbps: kbps(totals.sentBytes - this.#last.sentBytes),
      fps: Math.round(this.#pictures.look(run, nowMs) * 10) / 10,
      speed: this.#speed,
      lateness_ms: Math.round(totals.latenessMs),
      slate_seconds: Math.round(totals.slateSeconds * 10) / 10,
      loudness_momentary_lufs: totals.momentaryLufs,
      loudness_integrated_lufs: totals.integratedLufs,
    }
    this.#lastMs = nowMs
    this.#last = totals
    return sample
  }
}
