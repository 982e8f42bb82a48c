import type { Issue, SessionSample } from '#schema/contracts/live-stream.ts'
import type { SourceDescription } from '#schema/contracts/source.ts'
import { Pace, type RunPace } from '../observe/pace.ts'
import { Programme } from '../observe/programme.ts'
import { SessionMeter, type SessionTotals } from '../observe/session-meter.ts'
import type { FfmpegExit } from '../transcode/ffmpeg-process.ts'
import type { Glance } from '../transcode/glance.ts'
import type { SoundBlock } from '../transcode/loudness.ts'
import type { TranscodeProgress } from '../transcode/progress.ts'
import { hardwareFault } from './encoder.ts'
import { type SourceUse, sourceIssues, sourceTooSlow } from './source-issues.ts'

/** One sample each so often, milliseconds. */
const sampleMs = 1_000

/** What a session knows of its media at one moment. */
export interface HealthFacts extends Omit<SessionTotals, 'momentaryLufs' | 'integratedLufs'> {
  /** Of the FFmpeg whose pictures go on air; undefined while there is none. */
  readonly pace: RunPace | undefined
}

/** How a session does: what is measured of its media each second, and what is wrong with its source and its encode. */
export class SessionHealth {
  readonly #meter = new SessionMeter()
  readonly #programme = new Programme()
  readonly #pace = new Pace()
  readonly #timer: NodeJS.Timeout
  #encoderIssues: Issue[] = []
  #sample: SessionSample | null = null

  /** `facts` are asked each second. */
  constructor(facts: () => HealthFacts) {
    this.#timer = setInterval(() => {
      const { pace, ...totals } = facts()
      this.#pace.look(pace, performance.now())
      this.#sample = this.#meter.sample({ ...totals, ...this.#programme.loudness }, pace)
    }, sampleMs)
  }

  /** The newest one; null before the first. */
  get sample(): SessionSample | null {
    return this.#sample
  }

  /** Pictures come ever later, and it is not the source that is late. */
  get encodesTooSlowly(): boolean {
    return this.#pace.slowness?.by === 'machine'
  }

  /** What is wrong with this source, null where there is none, and with what is made of it. */
  issues(source: SourceDescription | null, use: SourceUse): Issue[] {
    const { slowness } = this.#pace
    return [
      ...this.#encoderIssues,
      ...(this.encodesTooSlowly ? [encodeTooSlow] : []),
      ...(slowness?.by === 'source' ? [sourceTooSlow(slowness.rate, use)] : []),
      ...sourceIssues(source, use),
      ...this.#programme.issues,
    ]
  }

  progress(progress: TranscodeProgress): void {
    this.#meter.progress(progress)
  }

  sound(block: SoundBlock): void {
    this.#programme.sound(block)
  }

  picture(glance: Glance): void {
    this.#programme.picture(glance)
  }

  /** Pictures of a source go out. */
  onAir(): void {
    this.#encoderIssues = []
  }

  /** The slate goes out. */
  offAir(): void {
    this.#programme.stopped()
  }

  /** No FFmpeg runs any more, and one is started again where its source lives. */
  runEnded(exit: FfmpegExit, sourceLives: boolean): void {
    this.#meter.stopped()
    this.#programme.stopped()
    // What becomes of a hardware encoder is the plan's affair.
    if (sourceLives && exit.fault?.code !== hardwareFault) this.#encoderIssues = [encoderIssue(exit)]
  }

  close(): void {
    clearInterval(this.#timer)
  }
}

const encodeTooSlow: Issue = {
  code: 'encode_too_slow',
  severity: 'error',
  detail: 'This machine encodes slower than real time, so viewers see stalls.',
  fix: 'Choose a faster encoder preset or fewer renditions, or stop other streams on this worker.',
}

/** FFmpeg fails on this source again and again; gone as soon as a picture comes through. */
const encoderIssue = ({ fault }: FfmpegExit): Issue => ({
  code: 'encoder_failed',
  severity: 'error',
  detail: fault?.detail ?? 'FFmpeg on the worker was ended from outside; it is being started again.',
  fix: 'Check what the encoder sends (H.264 and AAC). If it stays, look into the log of the worker.',
})
