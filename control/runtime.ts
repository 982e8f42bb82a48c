import type { DiskSpace } from '#schema/contracts/worker.ts'
import type { ControlConfig } from './config.ts'
import type { Database } from './db/database.ts'
import type { MediaCache } from './delivery/media-cache.ts'
import type { LogLevels } from './logs/levels.ts'
import type { LineBuffer } from './logs/line-buffer.ts'
import type { Pulse } from './pulse.ts'
import type { SecretBox } from './secrets/secret-box.ts'
import type { SigningKeys } from './secrets/signing-keys.ts'
import type { WebhookPosts } from './webhooks/post.ts'

/** Structured log lines; `fields` never hold secrets. */
export interface Log {
  debug?(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Files of the built web pages (dist/web). */
export interface Assets {
  /** The file at `path` (`/watch.html`, no query), or undefined where there is none. */
  get(path: string): Promise<Response | undefined>
}

/** SHA-256 of bytes that come in pieces, which Web Crypto has no way for. */
export interface Sha256 {
  update(bytes: Uint8Array): Promise<void>
  /** Ends it. */
  hex(): Promise<string>
}

/** Everything that differs between Node and an edge runtime. The app gets all of it from here. */
export interface Runtime {
  readonly db: Database
  readonly secretBox: SecretBox
  readonly signingKeys: SigningKeys
  readonly assets: Assets
  readonly mediaCache: MediaCache
  readonly webhookPosts: WebhookPosts
  readonly config: ControlConfig
  readonly log: Log
  readonly logs: {
    /** Lines about live streams that are still to be stored with them. */
    readonly waiting: LineBuffer
    /** How much is logged, here and on workers. */
    readonly levels: LogLevels
  }
  /** Removes the join token that lies ready for the first worker, if there is one; a worker has joined. */
  removeJoinToken(): Promise<void>
  now(): Date
  newSha256(): Sha256
  /** Room on the disk that control writes to; null where there is none. */
  disk(): Promise<DiskSpace | null>
  /** Fires when the process is closing: long answers end. */
  readonly closing: AbortSignal
  /** Fires after each request that may have changed something, and where a chore has. */
  readonly pulse: Pulse
  /** Figures of this process in Prometheus' text format; left out where there is no process to tell of. */
  processMetrics?(): Promise<string>
  /** Lets `work` go on after the answer to the request that began it. A failure is logged. */
  background(work: Promise<unknown>): void
}
