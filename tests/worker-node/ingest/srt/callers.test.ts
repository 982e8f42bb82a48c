import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { descendants } from '#tests/support/processes.ts'
import {
  ffmpegCaller,
  type ReceivedSource,
  type SrtCaller,
  type TestSrtServer,
  testSrtServer,
  transmitCaller,
} from '#tests/support/srt.ts'
import { avFixture, decoded, decodedUntilCut } from '#tests/support/transport-stream.ts'

let file: string
let frames: string[]
beforeAll(async () => {
  file = await avFixture({ seconds: 8 })
  frames = await decoded(file, 'v')
})
afterAll(() => {
  expect(listeners()).toEqual([])
})

/** FFmpegs that our servers have started, for all tests that run now. */
const listeners = () => descendants(process.pid, 'mode=listener')

/** Each test has servers and callers of its own, which end with it. */
const test = it.extend<{ serve: typeof testSrtServer; kept: (caller: SrtCaller) => SrtCaller }>({
  // biome-ignore lint/correctness/noEmptyPattern: the form that vitest wants
  serve: async ({}, use) => {
    const servers: TestSrtServer[] = []
    await use(async (options) => {
      const server = await testSrtServer(options)
      servers.push(server)
      return server
    })
    for (const server of servers) await server.close()
  },
  // biome-ignore lint/correctness/noEmptyPattern: the form that vitest wants
  kept: async ({}, use) => {
    const callers: SrtCaller[] = []
    await use((caller) => {
      callers.push(caller)
      return caller
    })
    for (const caller of callers) caller.kill()
  },
})

/** So many bytes of the fixture are well over a second of it. */
const someBytes = 130_000

/** Waits for some media, ends the source, and gives its pictures. */
async function pictures({ source, file: received, written }: ReceivedSource): Promise<string[]> {
  await eventually('some media came', () => source.bytesReceived > someBytes, { timeoutMs: 40_000 })
  source.close('That was enough.')
  await written
  return decodedUntilCut(await readFile(received))
}

/** What is later than the latency, SRT leaves out: a busy machine needs a long one, in the unit of each caller. */
const ample = { ffmpeg: { latency: 3_000_000 }, transmit: { latency: 3_000 } } as const

const callers: readonly (readonly [string, (file: string, url: string) => SrtCaller, { latency: number }])[] = [
  ['FFmpeg', ffmpegCaller, ample.ffmpeg],
  ['srt-live-transmit', transmitCaller, ample.transmit],
]

describe.concurrent.each(callers)('%s', (_, call, latency) => {
  test.for([16, 24, 32])(
    'publishes with a key of %d bytes, and every frame comes through',
    async (pbkeylen, { serve, kept }) => {
      const server = await serve()
      kept(call(file, server.url('publish:good', { pbkeylen, ...latency })))
      const received = await server.source('good')
      expect(await received.source.ready).toMatchObject({
        protocol: 'srt',
        video: { codec: 'h264', width: 320, height: 180, fps: 25 },
        audio: { codec: 'aac', sample_rate: 48_000, channels: 2 },
      })
      const seen = await pictures(received)
      expect(seen.length).toBeGreaterThan(20)
      expect(seen).toEqual(frames.slice(0, seen.length))
      expect(await received.source.ended).toEqual({ reason: 'ended', detail: 'That was enough.' })
    },
  )

  test('is refused with a wrong passphrase, without a passphrase, and with a key that nobody has', async ({
    serve,
    kept,
  }) => {
    const server = await serve()
    const wrong = await kept(call(file, server.url('publish:good', { passphrase: 'wrong wrong wrong' }))).exit
    expect(wrong.output).toMatch(/Incorrect passphrase/)
    const missing = await kept(call(file, server.url('publish:good', { passphrase: '' }))).exit
    expect(missing.output).toMatch(/Password required or unexpected/)
    const unknown = await kept(call(file, server.url('publish:refused'))).exit
    expect(unknown.output).toMatch(/Application-defined rejection reason/)
    expect(server.sources).toEqual([])
    expect(server.asked).toEqual(['good', 'good', 'refused'])
    expect(server.logged).toMatchObject([{ rejection: 1_010 }, { rejection: 1_011 }, { rejection: 2_404 }])
    expect(server.notComing).toEqual([
      expect.stringMatching(/^good refused: .*a wrong passphrase\. Copy its whole SRT address again/),
      expect.stringMatching(/^good refused: .*no passphrase\. Copy its whole SRT address again/),
    ])
    expect(server.notComing.join()).not.toMatch(/wrong wrong|correct horse/)
  })
})

describe.concurrent('a stream id', () => {
  test.for<[string, string]>([
    ['good', 'good'],
    ['publish:good?input=in_backup', 'good in_backup'],
    ['#!::r=good,m=publish,input=in_1', 'good in_1'],
    ['#!::m=publish,r=good', 'good'],
  ])('of the form %s publishes', async ([streamId, asked], { serve, kept }) => {
    const server = await serve()
    // FFmpeg takes the id as it stands; in an address of its own, # and ? would have to be escaped.
    kept(ffmpegCaller(file, server.url('', { streamid: '' }), { streamId }))
    expect((await server.source('good')).input).toBe(asked.split(' ')[1] ?? null)
    expect(server.asked).toEqual([asked])
  })

  test.for<[string, string, number]>([
    ['that wants to play', 'play:good', 2_405],
    ['that requests', '#!::r=good,m=request', 2_405],
    ['that names no key', '#!::m=publish', 2_400],
    ['that is missing', '', 2_400],
  ])('%s is refused', async ([, streamId, rejection], { serve, kept }) => {
    const server = await serve()
    const { exitCode } = await kept(ffmpegCaller(file, server.url('', { streamid: '' }), { streamId })).exit
    expect(exitCode).not.toBe(0)
    expect(server.logged).toMatchObject([{ rejection }])
    expect(server.asked).toEqual([])
  })
})

describe.concurrent('a caller', () => {
  test('that says goodbye has ended', async ({ serve, kept }) => {
    const server = await serve()
    const caller = kept(ffmpegCaller(file, server.url('publish:good')))
    const { source } = await server.source('good')
    await source.ready
    caller.kill('SIGTERM')
    expect(await source.ended).toEqual({ reason: 'ended', detail: 'The encoder ended the stream.' })
  })

  test('may come back at once, ten times over', async ({ serve, kept }) => {
    const server = await serve()
    for (let round = 0; round < 10; round++) {
      const caller = kept(ffmpegCaller(file, server.url('publish:good')))
      const { source } = await server.source('good', round)
      await eventually('media comes', () => source.bytesReceived > 0)
      caller.kill('SIGTERM')
      await caller.exit
    }
    expect(server.sources).toHaveLength(10)
    for (const { source } of server.sources) expect((await source.ended).reason).toBe('ended')
  })

  test('beside another on the same port gets its own media only', async ({ serve, kept }) => {
    const other = await avFixture({ seconds: 8, bFrames: true })
    const server = await serve()
    kept(ffmpegCaller(file, server.url('publish:one', { pbkeylen: 16, ...ample.ffmpeg })))
    kept(transmitCaller(other, server.url('publish:two', { pbkeylen: 32, ...ample.transmit })))
    const [one, two] = await Promise.all([server.source('one'), server.source('two')])
    const [first, second] = await Promise.all([pictures(one), pictures(two)])
    expect(first).toEqual(frames.slice(0, first.length))
    const others = await decoded(other, 'v')
    expect(second.length).toBeGreaterThan(10)
    // With B-frames the picture before the cut may come after one that was cut off.
    expect(second.slice(0, -3)).toEqual(others.slice(0, second.length - 3))
  })

  test('that changes its keys on the way goes on', async ({ serve, kept }) => {
    const server = await serve()
    kept(ffmpegCaller(file, server.url('publish:good', { kmrefreshrate: 60, kmpreannounce: 20 })))
    const received = await server.source('good')
    const seen = await pictures(received)
    expect(seen.length).toBeGreaterThan(20)
    expect(seen).toEqual(frames.slice(0, seen.length))
  })

  test('with long packets is understood', async ({ serve, kept }) => {
    const server = await serve()
    kept(ffmpegCaller(file, server.url('publish:good', { pkt_size: 1_456 })))
    expect((await pictures(await server.source('good'))).length).toBeGreaterThan(20)
  })

  test('that sends no transport stream is told to', async ({ serve, kept }) => {
    const server = await serve({ limits: { silentMs: 4_000 } })
    kept(ffmpegCaller(file, server.url('publish:good'), { format: 'adts', map: '0:a' }))
    const { source } = await server.source('good')
    expect(await source.ended).toMatchObject({ reason: 'refused', detail: expect.stringContaining('MPEG-TS') })
  })

  test('is refused when there are too many', async ({ serve, kept }) => {
    const server = await serve({ limits: { callersPerAddress: 1 } })
    kept(ffmpegCaller(file, server.url('publish:one'), { loop: true }))
    await server.source('one')
    expect((await kept(ffmpegCaller(file, server.url('publish:two'))).exit).exitCode).not.toBe(0)
    expect(server.logged.at(-1)).toMatchObject({ rejection: 2_402 })
  })

  test('is refused when the key can not be checked in time', async ({ serve, kept }) => {
    const server = await serve({ limits: { openingMs: 300 }, authorize: () => new Promise(() => {}) })
    expect((await kept(ffmpegCaller(file, server.url('publish:one'))).exit).exitCode).not.toBe(0)
    expect(server.logged.at(-1)).toMatchObject({ rejection: 2_503 })
  })

  test('is told when the server stops', async ({ serve, kept }) => {
    const server = await serve()
    const caller = kept(ffmpegCaller(file, server.url('publish:good'), { loop: true }))
    const { source } = await server.source('good')
    await source.ready
    await server.close()
    expect(await source.ended).toMatchObject({ reason: 'ended' })
    expect((await caller.exit).exitCode).not.toBe(0)
  })
})

// One by one: they look at all listeners there are, or at time limits.
describe('a caller by itself', () => {
  test('that is killed is noticed, and its listener ends', async ({ serve, kept }) => {
    const server = await serve({ limits: { idleMs: 1_000 } })
    const caller = kept(ffmpegCaller(file, server.url('publish:good')))
    const { source } = await server.source('good')
    await source.ready
    caller.kill('SIGKILL')
    expect(await source.ended).toEqual({ reason: 'lost', detail: 'Nothing comes from the encoder any more.' })
    await eventually('no listener is left', () => listeners().length === 0)
  })

  test('that freezes keeps others out while its media is young, then yields', async ({ serve, kept }) => {
    const server = await serve({ limits: { liveMs: 1_500 } })
    const first = kept(ffmpegCaller(file, server.url('publish:good'), { loop: true }))
    const { source } = await server.source('good')
    await source.ready
    const refused = await kept(ffmpegCaller(file, server.url('publish:good'))).exit
    expect(refused.exitCode).not.toBe(0)
    expect(server.logged.at(-1)).toMatchObject({ rejection: 2_409 })

    first.kill('SIGSTOP')
    const { sources, url: urlOf } = server
    const url = urlOf('publish:good')
    await eventually('another one is let in', async () => {
      let refusedAgain = false
      void kept(ffmpegCaller(file, url)).exit.then(() => {
        refusedAgain = true
      })
      await eventually('it is let in or refused', () => refusedAgain || sources.length === 2)
      return sources.length === 2
    })
    expect(await source.ended).toMatchObject({ reason: 'lost', detail: expect.stringContaining('took over') })
  })

  test('whose listener dies is told, and may call again', async ({ serve, kept }) => {
    const server = await serve()
    const caller = kept(ffmpegCaller(file, server.url('publish:good')))
    const { source } = await server.source('good')
    await source.ready
    for (const pid of listeners()) process.kill(pid, 'SIGKILL')
    expect((await source.ended).reason).toBe('lost')
    expect((await caller.exit).exitCode).not.toBe(0)
    kept(ffmpegCaller(file, server.url('publish:good')))
    await (await server.source('good', 1)).source.ready
  })

  test('leaves its passphrase and key in no command line of ours', async ({ serve, kept }) => {
    const server = await serve()
    kept(transmitCaller(file, server.url('publish:secret-key')))
    await (await server.source('secret-key')).source.ready
    const [listener] = listeners()
    const words = await readFile(`/proc/${listener}/cmdline`, 'utf8')
    expect(words).toContain('srt://127.0.0.1:')
    expect(words).not.toMatch(/correct|horse|battery|secret-key/)
  })
})
