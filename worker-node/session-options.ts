import type { Job } from '#schema/contracts/job.ts'
import type { FanoutDestination } from './fanout/fanout.ts'
import type { Log } from './observe/log.ts'
import type { FfmpegBinary } from './transcode/ffmpeg-binary.ts'

/** What a session needs of the host it runs on. */
export interface SessionHost {
  readonly ffmpeg: FfmpegBinary
  /** What this machine can encode beside the other sessions: see capacity.ts. */
  readonly freeEncodeUnits: () => number
  readonly slateDir: string
  readonly log: Log
}

/** A job with its destinations' secrets opened. */
export interface OpenJob {
  readonly job: Job
  readonly destinations: readonly FanoutDestination[]
}

export interface SessionOptions {
  readonly open: OpenJob
  readonly host: SessionHost
  /** Something that people want to know: type and one sentence. */
  readonly onEvent: (type: string, detail: string) => void
  /** The session is over; its package can still be read. */
  readonly onOver: () => void
}
