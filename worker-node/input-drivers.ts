import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Issue } from '#schema/contracts/live-stream.ts'
import { startChannel } from './ingest/channel/channel.ts'
import type { Driver, DriverHost } from './ingest/driver.ts'
import type { Egress } from './ingest/egress/egress.ts'
import { startPull } from './ingest/pull/pull.ts'
import { startTestPattern } from './ingest/test-source.ts'
import type { SessionHost } from './session/options.ts'

type SessionSide = Parameters<SessionHost['startDriver']>[1]

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
  return (input, given): Driver | null => {
    const log = given.log.child({ input: input.id })
    const session = { ...given, log }
    const host = { ...session, ffmpeg: { ...ffmpeg, log }, workDir, egress }
    switch (input.type) {
      case 'push':
        return null
      case 'test':
        return startTestPattern(session)
      case 'pull':
        return startPull(input, host)
      case 'channel':
        return inFolder(join(workDir, `${input.id}-`), session, (folder) =>
          startChannel(input, { ...host, workDir: folder }),
        )
    }
  }
}

/** A driver that begins once it has a folder of its own, and leaves nothing behind: the next one may begin before it ends. */
function inFolder(prefix: string, { log, onState }: SessionSide, start: (folder: string) => Driver): Driver {
  let stopped = false
  const started = mkdtemp(prefix).then((folder) => ({ folder, driver: stopped ? null : start(folder) }))
  started.catch((error: unknown) => {
    log.error({ err: error }, 'a folder for an input could not be made')
    onState({ state: 'failed', detail: `${noFolder.detail} ${noFolder.fix}`, issue: noFolder })
  })
  return {
    stop: async () => {
      stopped = true
      const running = await started.catch(() => null)
      await running?.driver?.stop()
      if (running) await rm(running.folder, { recursive: true, force: true })
    },
  }
}

const noFolder: Issue = {
  code: 'worker_disk',
  severity: 'error',
  detail: 'The worker can’t keep the files that this input needs.',
  fix: 'See whether its disk is full, then disable and enable the stream.',
}
