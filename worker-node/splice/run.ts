import type { Sample, Track } from '../media/sample.ts'
import { Arrival } from './arrival.ts'
import { gateTimes } from './gate.ts'
import { RunBuffer } from './run-buffer.ts'
import { Mapping, ticksToMs } from './timeline.ts'

/** What the input side holds of a run that it feeds. */
export interface SplicerRun {
  /** A sample on the run's own clock; ignored once another run has taken this one's place. */
  push(trackId: string, sample: Sample, nowMs: number): void
  /** The run is over: what it left is still sent, then the slate plays. */
  end(): void
}

/** One run of the transcoder: what it has delivered and is not sent yet, and how it lies on the output clock. */
export class Run {
  readonly buffer: RunBuffer
  arrival = new Arrival()
  /** Told once, when its first picture goes on air. */
  readonly onAir: () => void
  /** Undefined while it is not on air. */
  mapping: Mapping | undefined
  ended = false
  lastPictureMs = 0

  constructor(tracks: readonly Track[], onAir: () => void) {
    this.buffer = new RunBuffer(tracks)
    this.onAir = onAir
  }

  /**
   * The keyframe at which it may go on air: the run is steady, still sends, and has sound for it. Undefined: not yet.
   */
  entry(nowMs: number): { readonly keyframe: number; readonly backlogMs: number } | undefined {
    if (!this.arrival.isSettled || this.ended || nowMs - this.lastPictureMs >= gateTimes.silenceMs) return
    const keyframe = this.buffer.newestCommonKeyframe()
    const reaches = this.buffer.videoReaches
    if (keyframe === undefined || reaches === undefined || !this.buffer.audioReaches(keyframe)) return
    return { keyframe, backlogMs: ticksToMs(reaches - keyframe) }
  }

  /**
   * Places `keyframe` at `outputDts` and drops what is older; its display comes `displayDelay` after its decoding, where
   * it has not a longer delay of its own. All in video ticks.
   */
  enter(keyframe: number, outputDts: number, displayDelay: number): void {
    const begin = this.buffer.beginAt(keyframe)
    this.mapping = new Mapping(begin, outputDts, Math.max(0, displayDelay - this.displayDelay))
  }

  /** Gives way to the slate; to come back it must prove anew that it is steady. */
  leave(): void {
    this.mapping = undefined
    this.arrival = new Arrival()
  }

  /** From decoding to display of the keyframe that comes next, video ticks. */
  get displayDelay(): number {
    return this.buffer.nextPicture?.compositionOffset ?? 0
  }
}
