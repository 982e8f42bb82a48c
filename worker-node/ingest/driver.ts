import type { ChannelNow } from '#schema/contracts/input.ts'
import type { Issue } from '#schema/contracts/live-stream.ts'
import type { Log } from '../observe/log.ts'
import type { FfmpegBinary } from '../transcode/ffmpeg-binary.ts'
import type { Source } from './source.ts'

/** What an input that fetches its media by itself is doing while it has no source. */
export interface DriverState {
  /**
   * `waiting`: there is nothing to fetch yet. `connecting`: it tries. `failed`: the last try failed; it tries again.
   * `finished`: all has been fetched, and there will be nothing more.
   */
  readonly state: 'waiting' | 'connecting' | 'failed' | 'finished'
  /** One sentence for the operator: what happens and what to do. No address with secrets, no token. */
  readonly detail: string
  /** What is wrong and stays wrong until somebody mends it; null: nothing. */
  readonly issue: Issue | null
}

/** What a driver needs of its host, and whom it tells. */
export interface DriverHost {
  readonly ffmpeg: FfmpegBinary
  readonly log: Log
  /** A folder of its own for files with secrets (mode 0700); it exists. */
  readonly workDir: string
  /** A source is there. It is the only one until its `ended` resolves; then the driver looks for the next by itself. */
  readonly onSource: (source: Source) => void
  readonly onState: (state: DriverState) => void
  /** What the channel says of itself; null when it is offline. */
  readonly onChannel?: (channel: ChannelNow | null) => void
}

/** Fetches the media of one input for as long as it is wanted: connects, notices the end, tries again, never gives up. */
export interface Driver {
  /** Ends the source that is there, and every process. Resolves when they are gone. */
  stop(): Promise<void>
}
