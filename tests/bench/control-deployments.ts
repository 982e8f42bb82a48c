import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestHarness } from 'wrangler'
import { newSecretKey } from '#control/secrets/secret-box.ts'
import { startSqld } from '../support/sqld.ts'

/** A control plane in a process of its own. */
export interface BenchControl {
  readonly name: string
  readonly url: string
  readonly token: string
  /** Of its process; undefined where that is not ours alone. */
  readonly pid: number | undefined
  stop(): Promise<void>
}

const token = 'an-admin-token-of-more-than-32-characters'
const unlimited = { WEIR_RATE_LIMIT: '0', WEIR_ADMIN_TOKEN: token }

async function onNode(name: string, environment: Readonly<Record<string, string>> = {}): Promise<BenchControl> {
  const dataDir = await mkdtemp(join(tmpdir(), 'weir-bench-'))
  const child = spawn(process.execPath, ['control/node/main.ts'], {
    env: {
      PATH: process.env.PATH,
      WEIR_PORT: '0',
      WEIR_LOG_LEVEL: 'error',
      WEIR_DATA_DIR: dataDir,
      ...unlimited,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const ready = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk) => resolve(String(chunk)))
    child.once('exit', () => reject(new Error('Control did not start.')))
  })
  return {
    ...{ name, token, pid: child.pid, url: (JSON.parse(ready) as { url: string }).url },
    async stop() {
      child.kill('SIGTERM')
      await ended
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function onNodeWithServer(): Promise<BenchControl> {
  const sqld = await startSqld()
  const node = await onNode('Node, libSQL server', { WEIR_DATABASE_URL: sqld.url })
  return { ...node, stop: async () => void (await Promise.all([node.stop(), sqld.stop()])) }
}

async function onWorkerd(): Promise<BenchControl> {
  Object.assign(process.env, { WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false', CI: '1' })
  await mkdir('dist/web', { recursive: true })
  const sqld = await startSqld()
  const secrets = { ...unlimited, WEIR_DATABASE_URL: sqld.url, WEIR_SECRET_KEY: newSecretKey() }
  const harness = createTestHarness({ workers: [{ configPath: './wrangler.toml', secrets }] })
  const { url } = await harness.listen()
  const stop = async () => void (await Promise.all([harness.close(), sqld.stop()]))
  return { name: 'workerd, libSQL server', url: String(url).replace(/\/$/, ''), token, pid: undefined, stop }
}

/** Each runtime, to be started one after the other. */
export const controlDeployments = [() => onNode('Node, embedded libSQL'), onNodeWithServer, onWorkerd]
