import type { Job, JobInput } from '#schema/contracts/job.ts'
import type { JobAsset } from '#schema/contracts/slate.ts'
import type { StreamEventRecord } from '#schema/contracts/worker.ts'
import type { VideoEncoder } from '#schema/enums.ts'
import type { EncoderRoom } from '#schema/plan/encoder-choice.ts'
import type { FanoutDestination } from '../fanout/fanout.ts'
import type { Driver, DriverHost } from '../ingest/driver.ts'
import type { Log } from '../observe/log.ts'
import type { FfmpegBinary } from '../transcode/ffmpeg-binary.ts'
import type { DestinationRules } from './destination-rules.ts'

/** An input of a job with its secrets opened. */
export type OpenInput =
  | Extract<JobInput, { type: 'push' | 'test' }>
  | (Omit<Extract<JobInput, { type: 'pull' }>, 'sealed_urls'> & { readonly urls: readonly string[] })
  | (Omit<Extract<JobInput, { type: 'channel' }>, 'sealed_oauth_token'> & { readonly oauthToken: string | null })

/** What a session needs of the host it runs on. */
export interface SessionHost {
  readonly ffmpeg: FfmpegBinary
  /** What this machine can encode beside the other sessions: see capacity.ts. */
  readonly freeEncodeUnits: () => number
  /** The hardware encoders that work here, best first, likewise; none if left out. */
  readonly freeHardware?: () => readonly EncoderRoom[]
  /** One of them has failed. */
  readonly onEncoderFailed?: (encoder: VideoEncoder) => void
  readonly slateDir: string
  /** Gives where an upload lies, whole and verified; rejects with words for people. */
  readonly fetchAsset: (asset: JobAsset, signal: AbortSignal) => Promise<string>
  readonly log: Log
  /** Control's time, Unix milliseconds; the machine's where it is left out. */
  readonly unixMs?: () => number
  /** Whether sound that goes out untouched is decoded to measure it; false if left out. */
  readonly listensToPassthrough?: boolean
  /** Starts what fetches the media of an input; null for one that an encoder pushes to. */
  readonly startDriver: (
    input: OpenInput,
    host: Pick<DriverHost, 'log' | 'onSource' | 'onState' | 'onChannel'>,
  ) => Driver | null
}

/** A destination of a job with its key opened. */
export type OpenDestination = Omit<FanoutDestination, 'feedId'> & {
  /** When it was changed, or ordered to try again. */
  readonly changedAt: string
  readonly rules: DestinationRules
}

/** A job with its secrets opened. */
export interface OpenJob {
  readonly job: Job
  readonly inputs: readonly OpenInput[]
  readonly srtPassphrase: string
  /** Of keys before the present one that encoders may still use, by their digest; left out: there are none. */
  readonly previousPassphrases?: ReadonlyMap<string, string>
  readonly destinations: readonly OpenDestination[]
}

/** The destination or input that an event is about; neither: all of the stream. */
export type EventSubject = Pick<StreamEventRecord, 'destination_id' | 'input_id' | 'reason'>
/** The same with its session, and whether the report of that tells of it. */
export type EventRecord = EventSubject & { readonly session_id: string } & Pick<StreamEventRecord, 'in_report'>
/** Something that people want to know: type and one sentence. `about` is given where the broadcast's report tells of it. */
export type OnSessionEvent = (type: string, detail: string, about?: EventSubject) => void

export interface SessionOptions {
  readonly open: OpenJob
  readonly host: SessionHost
  /** Something that people want to know: type and one sentence, the session, and what it is about. */
  readonly onEvent: (type: string, detail: string, record: EventRecord) => void
  /** The session is over, maybe by a fault of ours; its package can still be read. */
  readonly onOver: (hasFailed: boolean) => void
}
