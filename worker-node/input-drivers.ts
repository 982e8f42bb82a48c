import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startChannel } from './ingest/channel/channel.ts'
import type { Driver, DriverHost } from './ingest/driver.ts'
import type { Egress } from './ingest/egress/egress.ts'
import { startPull } from './ingest/pull/pull.ts'
import { startTestPattern } from './ingest/test-source.ts'
import type { SessionHost } from './session-options.ts'

export interface InputDriverOptions extends Pick<DriverHost, 'ffmpeg'> {
  readonly egress: Egress
  /** Folders of single inputs are made in it; what an earlier run left there goes. */
  readonly workDir: string
}

/** What starts the fetching of an input, for the sessions of one worker. */
export async function createInputDrivers(options: InputDriverOptions): Promise<SessionHost['startDriver']> {
  const { ffmpeg, egress, workDir } = options
  await rm(workDir, { recursive: true, force: true })
  await mkdir(workDir, { recursive: true, mode: 0o700 })
  return (input, session): Driver | null => {
    const host = { ...session, ffmpeg, workDir: join(workDir, input.id) }
    switch (input.type) {
      case 'push':
        return null
      case 'test':
        return startTestPattern(session)
      case 'pull':
        return startPull(input, { ...host, egress })
      case 'channel':
        return inFolder(host.workDir, () => startChannel(input, { ...host, egress }))
    }
  }
}

/** A driver that begins once its folder is there, and leaves nothing behind. */
function inFolder(folder: string, start: () => Driver): Driver {
  let stopped = false
  const started = mkdir(folder, { recursive: true, mode: 0o700 }).then(() => (stopped ? null : start()))
  return {
    stop: async () => {
      stopped = true
      await (await started.catch(() => null))?.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
