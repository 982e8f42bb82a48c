import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hc } from 'hono/client'
import type { AppType } from '#control/app.ts'
import { startControl } from '#control/node/start-control.ts'
import type { Log, Runtime } from '#control/runtime.ts'
import type { Environment } from '#schema/environment.ts'
import type { LogLine } from '#schema/log/line.ts'
import { checkAnswersOf } from './documented.ts'

/**
 * A control plane in this process, on a free port, with a data folder of its own. Whatever a test fetches of it is thrown where
 * `/openapi.json` does not describe it so.
 */
export interface TestControl {
  readonly url: string
  readonly port: number
  /** The admin token. */
  readonly token: string
  readonly dataDir: string
  readonly runtime: Runtime
  /** The one-time token that waits for the first worker. */
  joinToken(): Promise<string>
  /** Calls the API with the admin token; `body` goes as JSON. */
  call(method: string, path: string, body?: unknown): Promise<Response>
  /** The same with the types of control's own routes, below `/v1`. */
  readonly client: Client['v1']
  /** Closes it; the data folder goes too, unless it was given. */
  stop(): Promise<void>
}

type Client = ReturnType<typeof hc<AppType>>

interface TestControlOptions {
  /** Start on this data folder, and leave it there: for restarts. */
  readonly dataDir?: string
  readonly environment?: Environment
  readonly now?: () => Date
  readonly log?: Log
  /** Takes each line of the log; nothing is logged unless given. */
  readonly writeLog?: (line: LogLine) => void
  readonly webFolder?: string
  /** How often all chores are done. Left out: never, for what they do depends on how quick a machine is. */
  readonly choresEveryMs?: number
}

const silent: Log = { info() {}, warn() {}, error() {} }

export async function startTestControl(options: TestControlOptions = {}): Promise<TestControl> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'weir-control-')))
  const control = await startControl({
    environment: { WEIR_PORT: '0', ...options.environment, WEIR_DATA_DIR: dataDir },
    ...(options.writeLog ? { writeLog: options.writeLog } : { log: options.log ?? silent }),
    ...(options.now && { now: options.now }),
    choresEveryMs: options.choresEveryMs ?? 24 * 3_600_000,
    ...(options.webFolder && { webFolder: options.webFolder }),
  })
  const leaveUnchecked = checkAnswersOf(control.url)
  const { v1: client } = hc<AppType>(control.url, {
    headers: { authorization: `Bearer ${control.adminToken}` },
  })
  return {
    client,
    url: control.url,
    port: control.port,
    token: control.adminToken,
    dataDir,
    runtime: control.runtime,
    joinToken: async () => (await readFile(join(dataDir, 'join-token'), 'utf8')).trim(),
    async call(method, path, body) {
      return fetch(`${control.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${control.adminToken}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
    },
    async stop() {
      await control.close()
      leaveUnchecked()
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
    },
  }
}
