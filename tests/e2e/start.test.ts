import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { descendants, isAlive, startProcess, type TestProcess } from '#tests/support/processes.ts'

// `npm start`, as somebody runs it who has just cloned the repo.
const root = join(import.meta.dirname, '../..')
let folder: string
let running: TestProcess | undefined

const start = (env: NodeJS.ProcessEnv = {}) => {
  running = startProcess('npm', ['start'], {
    cwd: root,
    group: true,
    env: { WEIR_DATA_DIR: join(folder, 'data'), WEIR_PORT: '0', WEIR_WORKER_PORT: '0', WEIR_RTMP_PORT: '0', ...env },
  })
  return running
}
const line = (started: TestProcess, label: string) =>
  eventually(`it prints "${label}"`, () => new RegExp(`${label}\\s+(\\S+)`).exec(started.stdout())?.[1], {
    timeoutMs: 60_000,
  })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-start-'))
})
afterEach(async () => {
  for (const pid of running ? descendants(running.pid) : []) process.kill(pid, 'SIGKILL')
  await running?.end('SIGKILL')
  running = undefined
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('npm start', () => {
  let firstWatchUrl: string

  it('runs everything, says where, plays the demo, and leaves nothing behind after Ctrl-C', async () => {
    const weir = start()
    const dashboard = await line(weir, 'Dashboard')
    firstWatchUrl = await line(weir, 'Watch the demo')
    expect(await line(weir, 'OBS server')).toMatch(/^rtmp:\/\/127\.0\.0\.1:\d+\/live$/)
    const token = await line(weir, 'Admin token')
    expect((await readFile(join(folder, 'data/admin-token'), 'utf8')).trim()).toBe(token)
    expect((await stat(join(folder, 'data/admin-token'))).mode & 0o777).toBe(0o600)
    expect((await fetch(new URL('/readyz', dashboard))).status).toBe(200)
    expect(await (await fetch(dashboard)).text()).toContain('<script')
    const media = firstWatchUrl.replace('/watch/', '/live/')
    await eventually('the demo can be played', async () => (await fetch(`${media}/index.m3u8`)).ok, {
      timeoutMs: 60_000,
    })

    const children = descendants(weir.pid)
    expect(descendants(weir.pid, 'filter_complex').length).toBeGreaterThan(0)
    expect(await weir.interrupt()).toBe(0)
    await eventually('nothing is left', () => children.every((pid) => !isAlive(pid)))
    for (const name of await readdir(join(folder, 'data/logs')))
      expect(await readFile(join(folder, 'data/logs', name), 'utf8')).not.toContain(token)
  })

  it('goes on with the same data when it is started again, and keeps the token to itself', async () => {
    const weir = start()
    expect(new URL(await line(weir, 'Watch the demo')).pathname).toBe(new URL(firstWatchUrl).pathname)
    await eventually('it is ready', () => weir.stderr().includes('Ctrl-C stops everything'))
    const tokenFile = join(folder, 'data/admin-token')
    expect(weir.stdout()).toContain(`in ${tokenFile}`)
    expect(weir.stdout()).not.toContain((await readFile(tokenFile, 'utf8')).trim())
    const children = descendants(weir.pid)
    await weir.end('SIGTERM')
    await eventually('nothing is left', () => children.every((pid) => !isAlive(pid)))
  })

  it('starts a part again that dies', async () => {
    const weir = start({ WEIR_DEMO: '0' })
    const dashboard = await line(weir, 'Dashboard')
    const [worker] = descendants(weir.pid, 'worker-node/main.ts').slice(-1)
    process.kill(worker!, 'SIGKILL')
    await eventually('it says so', () => weir.stderr().includes('starting it again'))
    await eventually('another worker runs', () =>
      descendants(weir.pid, 'worker-node/main.ts').some((pid) => pid !== worker && isAlive(pid)),
    )
    expect((await fetch(dashboard)).status).toBe(200)
    expect(weir.stdout()).not.toContain('Watch the demo')
    expect(await weir.interrupt()).toBe(0)
  })
})

describe('npm start that cannot', () => {
  const refuses = async (env: NodeJS.ProcessEnv, words: RegExp) => {
    const weir = start(env)
    await eventually('it gives up', () => weir.hasEnded(), { timeoutMs: 60_000 })
    expect(weir.child.exitCode).toBe(1)
    const said = weir
      .stderr()
      .split('\n')
      .filter((text) => words.test(text))
    expect(said, weir.stderr()).toHaveLength(1)
    expect(weir.stderr()).not.toMatch(/\n\s+at /)
  }

  it.each(['WEIR_PORT', 'WEIR_WORKER_PORT', 'WEIR_RTMP_PORT'])(
    'says what to do when the port in %s is taken',
    async (name) => {
      const other = createServer()
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
      const { port } = other.address() as AddressInfo
      await refuses({ [name]: String(port) }, new RegExp(`Port ${port} .*${name}`))
      await new Promise((resolve) => other.close(resolve))
    },
  )

  it('names the variable nearest to an unknown one', () => refuses({ WEIR_PROT: '1' }, /WEIR_PROT.*WEIR_PORT/))

  it('says what to do about a data folder that cannot be made', async () => {
    await writeFile(join(folder, 'file'), '')
    await refuses({ WEIR_DATA_DIR: join(folder, 'file/data') }, /data folder.*WEIR_DATA_DIR/i)
  })

  it('says which FFmpeg it needs when the one there is too old', async () => {
    const tools = join(folder, 'tools')
    await mkdir(tools)
    for (const name of ['ffmpeg', 'ffprobe']) {
      await writeFile(join(tools, name), '#!/bin/sh\necho "ffmpeg version 4.2.1 Copyright"\n')
      await chmod(join(tools, name), 0o755)
    }
    await refuses({ PATH: `${tools}:${process.env.PATH}` }, /FFmpeg 4\.2\.1 is too old.*5\.0/)
  })
})
