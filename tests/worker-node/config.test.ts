import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConfig } from '#worker/config.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-config-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const read = (env: Record<string, string>) => readConfig({ WEIR_DATA_DIR: folder, ...env })

describe("the worker's environment", () => {
  it('has a default for everything', async () => {
    expect(await read({})).toMatchObject({
      controlUrl: 'http://127.0.0.1:8787',
      host: '127.0.0.1',
      originPort: 8788,
      rtmpPort: 1935,
      originUrl: null,
      rtmpUrl: null,
      offlineGraceMs: 900_000,
      listensToPassthrough: false,
    })
    expect(await read({ WEIR_MEASURE_PASSTHROUGH: '1' })).toMatchObject({ listensToPassthrough: true })
  })

  it('takes addresses that others are told', async () => {
    const env = { WEIR_ORIGIN_URL: 'https://media.example.com', WEIR_RTMP_URL: 'rtmps://in.example.com/live' }
    expect(await read(env)).toMatchObject({ originUrl: env.WEIR_ORIGIN_URL, rtmpUrl: env.WEIR_RTMP_URL })
  })

  it.each([
    ['WEIR_CONTROL_URL', 'ftp://control', /WEIR_CONTROL_URL.*http/],
    ['WEIR_ORIGIN_URL', 'http://10.0.0.7:8788/media', /WEIR_ORIGIN_URL.*host and port only/],
    ['WEIR_ORIGIN_URL', 'http://user:word@10.0.0.7:8788', /WEIR_ORIGIN_URL.*host and port only/],
    ['WEIR_RTMP_URL', 'http://10.0.0.7', /WEIR_RTMP_URL.*rtmp/],
    ['WEIR_RTMP_PORT', '99999', /WEIR_RTMP_PORT.*0 to 65535/],
    ['WEIR_OFFLINE_GRACE', 'soon', /WEIR_OFFLINE_GRACE.*seconds/],
    ['WEIR_WRKER_PORT', '1', /WEIR_WRKER_PORT.*WEIR_WORKER_PORT/],
  ])('refuses %s=%s in words', async (name, value, words) => {
    await expect(read({ [name]: value })).rejects.toThrow(words)
  })
})
