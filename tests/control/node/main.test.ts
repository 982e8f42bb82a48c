import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../../support/eventually.ts'

const main = join(import.meta.dirname, '../../../control/node/main.ts')
const started: ChildProcessByStdio<null, Readable, Readable>[] = []
let dataDir: string

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'weir-main-'))
})
afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
  await rm(dataDir, { recursive: true, force: true })
})

/** Starts control as a process of its own, on a free port unless `environment` says otherwise. */
function start(environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH, WEIR_PORT: '0', WEIR_DATA_DIR: dataDir, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.push(child)
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  return {
    ready: () =>
      eventually(
        'control is ready',
        () => stdout.includes('\n') && (JSON.parse(stdout) as { ready: boolean; url: string }),
        { timeoutMs: 60_000 },
      ),
    exit: new Promise<{ code: number | null; stderr: string }>((resolve) =>
      child.on('close', (code) => resolve({ code, stderr })),
    ),
    stop: (signal: NodeJS.Signals) => child.kill(signal),
  }
}

const file = (name: string) => readFile(join(dataDir, name), 'utf8')

describe('control as a process', () => {
  it('prints one line once it listens, and goes on with the same data after a restart', async () => {
    const first = start({ WEIR_LOG_FILE: join(dataDir, 'logs/control.log') })
    const { ready, url } = await first.ready()
    expect(ready).toBe(true)
    const token = (await file('admin-token')).trim()
    const joinToken = await file('join-token')
    const call = (at: string, method = 'GET', body?: string) =>
      fetch(`${at}/v1/live-streams`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body && { body }),
      })
    expect((await call(url, 'POST', '{"name":"kept"}')).status).toBe(201)
    first.stop('SIGTERM')
    const { code, stderr } = await first.exit
    expect(code).toBe(0)
    expect(stderr).toContain('POST /v1/live-streams 201')
    expect(await file('logs/control.log')).toBe(stderr)

    const second = start()
    expect(await (await call((await second.ready()).url)).text()).toContain('kept')
    expect(await file('join-token')).toBe(joinToken)
    second.stop('SIGINT')
    expect((await second.exit).code).toBe(0)
  })

  it('ends within 3 s while a page watches', async () => {
    const control = start()
    const { url } = await control.ready()
    const token = (await file('admin-token')).trim()
    await fetch(`${url}/v1/stream`, { headers: { authorization: `Bearer ${token}` } })
    const since = performance.now()
    control.stop('SIGTERM')
    await control.exit
    expect(performance.now() - since).toBeLessThan(8_000)
  })
})

describe('a start that cannot be is one line that says what to do', () => {
  async function refused(environment: Record<string, string>) {
    const { code, stderr } = await start(environment).exit
    expect(code).toBe(1)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    return stderr
  }

  it('for a port in use', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const address = other.address()
    const port = String(typeof address === 'object' && address ? address.port : 0)
    expect(await refused({ WEIR_PORT: port })).toContain(`Port ${port} is in use`)
    await new Promise((resolve) => other.close(resolve))
  })

  it('for a data folder that cannot be made', async () => {
    await writeFile(join(dataDir, 'a-file'), '')
    expect(await refused({ WEIR_DATA_DIR: join(dataDir, 'a-file', 'data') })).toContain('set WEIR_DATA_DIR')
    expect(await refused({ WEIR_DATA_DIR: '/proc/weir/data' })).toContain('set WEIR_DATA_DIR')
    expect(await refused({ WEIR_BACKUP_DIR: '/proc/weir/backups' })).toContain('set WEIR_BACKUP_DIR')
  })

  it('for a log file that cannot be written', async () => {
    expect(await refused({ WEIR_LOG_FILE: '/proc/weir/control.log' })).toContain('Set WEIR_LOG_FILE')
  })

  it('for a database that is damaged', async () => {
    await mkdir(dataDir, { recursive: true })
    await writeFile(join(dataDir, 'weir.db'), 'this is no database, whatever its name says'.repeat(100))
    expect(await refused({})).toContain("can't be used")
  })

  it('for a variable that does not exist', async () => {
    expect(await refused({ WEIR_PROT: '1' })).toContain('WEIR_PORT')
  })

  it('for a port that is no port', async () => {
    expect(await refused({ WEIR_PORT: 'eighty' })).toContain('0 to 65535')
  })

  it('for a secret key that the database was not written with', async () => {
    const { url } = await start().ready()
    const token = (await file('admin-token')).trim()
    expect(token).toMatch(/^weir_admin_\w{32}$/)
    await rm(join(dataDir, 'secret-key'))
    expect(await refused({ WEIR_ADMIN_TOKEN: 'another-admin-token-of-32-characters' })).toContain('another secret key')
    // Whoever runs with the right one is not locked out by it.
    expect((await fetch(`${url}/v1/settings`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200)
  })

  it('for a secret key of the wrong length', async () => {
    expect(await refused({ WEIR_SECRET_KEY: 'abc' })).toContain('32 bytes')
  })
})
