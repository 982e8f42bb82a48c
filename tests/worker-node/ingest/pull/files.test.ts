import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { mp4Fixture } from '#tests/support/media.ts'
import { startWebServer } from '#tests/support/web-server.ts'
import { pull } from './pulling.ts'

const small = { width: 320, height: 180, seconds: 4 }
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-files-'))
  await copyFile(await mp4Fixture(small), join(folder, 'a.mp4'))
  await copyFile(await mp4Fixture({ ...small, seconds: 3, pattern: 'flash' }), join(folder, 'b.mp4'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('a file over HTTP', () => {
  it('becomes a source that says what it sends, at its own pace, and ends', async () => {
    const server = await startWebServer(folder)
    const startedMs = performance.now()
    const pulling = await pull({ urls: [`${server.url}/a.mp4?token=s3cret`] })
    const source = await pulling.source()
    console.log('first byte', performance.now() - startedMs)
    expect(await source.ready).toMatchObject({
      protocol: 'http',
      video: { codec: 'h264', width: 320, height: 180 },
      audio: { codec: 'aac', sample_rate: 48_000, channels: 2 },
    })
    const sinceMs = performance.now()
    await source.ended
    expect(performance.now() - sinceMs).toBeGreaterThan(3_000)
    expect(performance.now() - sinceMs).toBeLessThan(6_000)
    await eventually('it rests', () => pulling.states.at(-1)?.state === 'waiting')
    console.log(pulling.states, pulling.log)
  })
})
