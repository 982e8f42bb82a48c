import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { flvFixture } from '#tests/support/media.ts'
import { type Encoder, ffmpegPublisher, gstreamerPublisher } from '#tests/support/rtmp-encoders.ts'
import { RtmpPeer } from '#tests/support/rtmp-peer.ts'
import { type TestRtmpServer, testRtmpServer } from '#tests/support/rtmp-server.ts'
import { selfSigned } from '#tests/support/self-signed.ts'

const publishers: readonly (readonly [string, (file: string, url: string) => Encoder])[] = [
  ['FFmpeg', ffmpegPublisher],
  ['GStreamer rtmpsink (librtmp, as OBS)', (file, url) => gstreamerPublisher('rtmpsink', file, url)],
  ['GStreamer rtmp2sink', (file, url) => gstreamerPublisher('rtmp2sink', file, url)],
]

let folder: string
let source: string
let server: TestRtmpServer | undefined
const running: Encoder[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-rtmp-'))
  source = await flvFixture({ seconds: 4, width: 320, height: 180, fps: 25 })
})
afterAll(() => rm(folder, { recursive: true, force: true }))
afterEach(async () => {
  for (const encoder of running.splice(0)) encoder.kill()
  await server?.close()
})

describe.each(publishers)('%s', (_, publisher) => {
  it('publishes what FFmpeg then decodes frame by frame as it was sent', async () => {
    const received = join(folder, 'received.flv')
    const written = Promise.withResolvers<void>()
    server = await testRtmpServer({
      onPublication: (publication) =>
        void pipeline(publication.openFlv(), createWriteStream(received)).then(written.resolve, written.reject),
    })
    const encoder = publisher(source, server.url('good'))
    expect(await encoder.exit).toMatchObject({ exitCode: 0, output: '' })
    await written.promise
    const publication = await server.publication('good')
    expect((await publication.closed).reason).toBe('unpublished')
    expect(await publication.ready).toMatchObject({
      video: { width: 320, height: 180, fps: 25 },
      audio: { codec: 'aac', sample_rate: 48_000, channels: 2 },
    })
    expect(await frames(received, 'v')).toEqual(await frames(source, 'v'))
    expect(await frames(received, 'a')).toEqual(await frames(source, 'a'))
  })

  it('is refused with a wrong key before any media, and says so to its user', async () => {
    server = await testRtmpServer()
    const { exitCode, output } = await publisher(source, server.url('refused')).exit
    expect(exitCode).not.toBe(0)
    expect(output).toMatch(/No live stream has this stream key|Could not connect to RTMP stream/)
    expect(server.asked).toEqual(['refused'])
    expect(server.publications).toEqual([])
  })
})

describe('RTMPS', () => {
  it('is the same behind TLS', async () => {
    const received = join(folder, 'secure.flv')
    const written = Promise.withResolvers<void>()
    server = await testRtmpServer({
      tls: await selfSigned(),
      onPublication: (publication) =>
        void pipeline(publication.openFlv(), createWriteStream(received)).then(written.resolve, written.reject),
    })
    expect(await ffmpegPublisher(source, server.url('good')).exit).toMatchObject({ exitCode: 0 })
    await written.promise
    expect(await frames(received, 'v')).toEqual(await frames(source, 'v'))
  })

  it('drops a peer that connects and never begins the TLS handshake', async () => {
    server = await testRtmpServer({ tls: await selfSigned(), limits: { handshakeMs: 3_000, connectionsPerAddress: 1 } })
    const silent = new RtmpPeer(server.port)
    const overTheLimit = new RtmpPeer(server.port)
    await eventually('both are closed', () => silent.closed && overTheLimit.closed)
    expect((await ffmpegPublisher(source, server.url('good')).exit).exitCode).toBe(0)
  })
})

describe('a reader that comes when the encoder has long been publishing', () => {
  it('decodes from the newest keyframe on without an error', async () => {
    server = await testRtmpServer()
    running.push(ffmpegPublisher(source, server.url('key'), { loop: true }))
    const publication = await server.publication('key')
    const { size } = await stat(source)
    await eventually('the second GOP has begun', () => publication.received().bytes > 0.4 * size)
    const late = join(folder, 'late.flv')
    const reader = publication.openFlv()
    const written = pipeline(reader, createWriteStream(late))
    await eventually('a second more came', () => publication.received().bytes > 0.7 * size)
    publication.close('That was enough.')
    await written
    const [decoded, all] = [await frames(late, 'v'), await frames(source, 'v')]
    expect(decoded).toEqual(all.slice(all.indexOf(decoded[0] ?? ''), all.indexOf(decoded[0] ?? '') + decoded.length))
    expect(all.indexOf(decoded[0] ?? '') % 25).toBe(0)
  })
})

describe('a second encoder with the same key', () => {
  it('is refused by a live one and takes over from a frozen one', async () => {
    server = await testRtmpServer({ limits: { liveMs: 600 } })
    const first = ffmpegPublisher(source, server.url('key'), { loop: true })
    running.push(first)
    const publication = await server.publication('key')
    await publication.ready

    const refused = await ffmpegPublisher(source, server.url('key')).exit
    expect(refused.output).toContain('already being published')
    expect(server.publications).toHaveLength(1)

    first.kill('SIGSTOP')
    const seen = server.publications.length
    await eventually('another one may publish', async () => {
      const url = server?.url('key') ?? ''
      const attempt = ffmpegPublisher(source, url)
      return (await attempt.exit).exitCode === 0
    })
    expect(server.publications.length).toBe(seen + 1)
    expect((await publication.closed).reason).toBe('replaced')
  })

  it('finds the key free as soon as the first one was killed', async () => {
    server = await testRtmpServer()
    const first = ffmpegPublisher(source, server.url('key'), { loop: true })
    const publication = await server.publication('key')
    await publication.ready
    first.kill('SIGKILL')
    expect((await publication.closed).reason).toBe('disconnected')
    expect((await ffmpegPublisher(source, server.url('key')).exit).exitCode).toBe(0)
  })
})

/** Hash of each decoded picture, or of each audio packet; fails on any complaint of the decoder. */
async function frames(file: string, kind: 'v' | 'a'): Promise<string[]> {
  const codec = kind === 'a' ? ['-c', 'copy'] : []
  const map = ['-map', `0:${kind}`, ...codec]
  const { stdout, stderr } = await execa('ffmpeg', ['-v', 'warning', '-i', file, ...map, '-f', 'framemd5', '-'])
  expect(stderr).toBe('')
  const hashes = stdout.split('\n').filter((line) => !line.startsWith('#'))
  expect(hashes.length).toBeGreaterThan(20)
  return hashes.map((line) => line.split(',').at(-1)?.trim() ?? '')
}
