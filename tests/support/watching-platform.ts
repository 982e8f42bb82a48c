import { startScriptedPlatform } from './scripted-platform.ts'

/** One publish session as the platform saw it, milliseconds of the monotonic clock. */
export interface PublishSession {
  readonly fromMs: number
  /** When its last byte of media came. */
  lastMs: number
  bytes: number
}

/** A platform that takes every publisher, however many, and remembers when each of them sent. One destination each. */
export interface WatchingPlatform {
  readonly url: string
  /** Oldest first; those that sent nothing are left out. */
  sessions(): PublishSession[]
  close(): Promise<void>
}

export async function startWatchingPlatform(): Promise<WatchingPlatform> {
  const sessions: PublishSession[] = []
  const platform = await startScriptedPlatform({
    onPublish: (socket) => {
      const session: PublishSession = { fromMs: performance.now(), lastMs: performance.now(), bytes: 0 }
      sessions.push(session)
      socket.on('data', (bytes: Buffer) => {
        session.lastMs = performance.now()
        session.bytes += bytes.length
      })
    },
  })
  return {
    url: platform.url,
    sessions: () => sessions.filter(({ bytes }) => bytes > 2_000),
    close: () => platform.close(),
  }
}

/** For how long two of these sent at the same time at most, milliseconds. */
export function longestOverlapMs(sessions: readonly PublishSession[]): number {
  const overlaps = sessions.flatMap((a, index) =>
    sessions.slice(index + 1).map((b) => Math.min(a.lastMs, b.lastMs) - Math.max(a.fromMs, b.fromMs)),
  )
  return Math.max(0, ...overlaps)
}
