import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startControl } from '#control/node/start-control.ts'
import type { Log, Runtime } from '#control/runtime.ts'
import type { Environment } from '#schema/environment.ts'

/** A control plane in this process, on a free port, with a data folder of its own. */
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
  /** Closes it; the data folder goes too, unless it was given. */
  stop(): Promise<void>
}

interface TestControlOptions {
  /** Start on this data folder, and leave it there: for restarts. */
  readonly dataDir?: string
  readonly environment?: Environment
  readonly now?: () => Date
  readonly log?: Log
  readonly webFolder?: string
  /** How often all chores are done; a test with a clock of its own sets it high. */
  readonly choresEveryMs?: number
}

const silent: Log = { info() {}, warn() {}, error() {} }

export async function startTestControl(options: TestControlOptions = {}): Promise<TestControl> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'weir-control-')))
  const control = await startControl({
    environment: { WEIR_PORT: '0', ...options.environment, WEIR_DATA_DIR: dataDir },
    log: options.log ?? silent,
    ...(options.now && { now: options.now }),
    ...(options.choresEveryMs && { choresEveryMs: options.choresEveryMs }),
    ...(options.webFolder && { webFolder: options.webFolder }),
  })
  return {
    url: control.url,
    port: control.port,
    token: control.adminToken,
    dataDir,
    runtime: control.runtime,
    joinToken: async () => (await readFile(join(dataDir, 'join-token'), 'utf8')).trim(),
    call: (method, path, body) =>
      fetch(`${control.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${control.adminToken}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    async stop() {
      await control.close()
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
    },
  }
}
