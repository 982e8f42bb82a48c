import { describe, expect, it } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { flvFixture } from '#tests/support/media.ts'
import { freePort, startNginxRtmp } from '#tests/support/nginx-rtmp.ts'
import { startProcess } from '#tests/support/processes.ts'
import { ffmpegPublisher } from '#tests/support/rtmp-encoders.ts'
import { startRtspServer } from '#tests/support/rtsp-server.ts'
import { startTlsFront } from '#tests/support/tls-front.ts'
import { apart, whenOver } from '#tests/support/when-over.ts'
import { probePackets, steps } from './packets.ts'
import { type Pulling, pull } from './pulling.ts'

const small = { width: 320, height: 180, seconds: 4 }

/** Waits until the first source has given two seconds of media to a demuxer, without gaps. */
async function plays(pulling: Pulling): Promise<void> {
  const { packets } = probePackets(await pulling.source())
  const lasted = () => (packets.at(-1)?.dts ?? 0) - (packets[0]?.dts ?? 0)
  await eventually('two seconds have played', () => lasted() > 2, { timeoutMs: 40_000 })
  expect(steps(packets, 'video').largest).toBeLessThan(0.1)
}

describe('RTMP', () => {
  async function nginxWithStream() {
    const nginx = await startNginxRtmp({ record: false })
    whenOver(() => nginx.close())
    const encoder = ffmpegPublisher(await flvFixture(small), `${nginx.url}/s3cret?token=1`, { loop: true })
    whenOver(() => encoder.kill())
    return { nginx, encoder }
  }

  it.concurrent(
    'is played from a real server, and lost when its publisher leaves',
    apart(async () => {
      const { nginx, encoder } = await nginxWithStream()
      const pulling = await pull({ urls: [`${nginx.url}/s3cret`] })
      const source = await pulling.source()
      expect(await source.ready).toMatchObject({
        protocol: 'rtmp',
        video: { codec: 'h264', width: 320, height: 180 },
        audio: { codec: 'aac', sample_rate: 48_000 },
      })
      await plays(pulling)
      encoder.kill('SIGTERM')
      expect(await source.ended).toEqual({ reason: 'lost', detail: '127.0.0.1 stopped sending.' })
      expect(JSON.stringify([pulling.states, pulling.log, pulling.ends])).not.toContain('s3cret')
    }),
  )

  it.concurrent(
    'is played over TLS, with the certificate verified',
    apart(async () => {
      const { nginx } = await nginxWithStream()
      const front = await startTlsFront(nginx.port)
      whenOver(() => front.close())
      const urls = [`rtmps://localhost:${front.port}/live/s3cret`]
      await plays(await pull({ urls }, { ca: front.ca }))
      expect(front.names).toContain('localhost')
      await (await pull({ urls })).issue('tls_failed')
    }),
  )

  it.concurrent(
    'says that a server has nothing to send yet',
    apart(async () => {
      const nginx = await startNginxRtmp({ record: false })
      whenOver(() => nginx.close())
      const issue = await (await pull({ urls: [`${nginx.url}/nobody`] })).issue('no_media')
      expect(issue.detail).toBe('127.0.0.1 takes the request, but sends no media.')
    }),
  )
})

// One by one: each has a server that encodes.
describe('RTSP', () => {
  it('is played from a real server, over one TCP connection, and lost when it is killed', async () => {
    const server = await startRtspServer()
    const pulling = await pull({ urls: [`${server.url}/camera`] })
    const source = await pulling.source()
    expect(await source.ready).toMatchObject({
      protocol: 'rtsp',
      video: { codec: 'h264', width: 320, height: 180 },
      audio: { codec: 'aac', sample_rate: 48_000, channels: 1 },
    })
    await plays(pulling)
    await server.process.end('SIGKILL')
    expect((await source.ended).reason).toBe('lost')
    await pulling.issue('unreachable')
  })

  it('is played over TLS, with the certificate verified', async () => {
    const server = await startRtspServer()
    const front = await startTlsFront(server.port)
    whenOver(() => front.close())
    const urls = [`rtsps://localhost:${front.port}/camera`]
    await plays(await pull({ urls }, { ca: front.ca }))
    await (await pull({ urls })).issue('tls_failed')
  })

  it('of a camera with telephone sound has that sound encoded to AAC', async () => {
    const server = await startRtspServer()
    const pulling = await pull({ urls: [`${server.url}/g711`] })
    expect(await (await pulling.source()).ready).toMatchObject({
      video: { codec: 'h264' },
      audio: { codec: 'aac', sample_rate: 8_000, channels: 1 },
    })
  })

  it('in a codec that does not fit is told as such', async () => {
    const server = await startRtspServer()
    const pulling = await pull({ urls: [`${server.url}/vp8`] })
    expect(await pulling.issue('codec_unsupported')).toEqual({
      code: 'codec_unsupported',
      severity: 'error',
      detail: "The picture is VP8, which can't be pulled.",
      fix: 'Let the source send H.264 (or HEVC, MPEG-2).',
    })
    expect(pulling.sources).toEqual([])
  })
})

describe('SRT', () => {
  async function listening(options: string) {
    const port = await freePort()
    const output = `srt://127.0.0.1:${port}?mode=listener${options}`
    const pace = ['-re', '-stream_loop', '-1', '-i', await flvFixture(small)]
    const listener = startProcess('ffmpeg', ['-v', 'error', ...pace, '-c', 'copy', '-f', 'mpegts', output])
    whenOver(() => void listener.end('SIGKILL'))
    return { port, listener }
  }

  it.concurrent.for(['', '&passphrase=0123456789', '&passphrase=0123456789&pbkeylen=32'])(
    'is played from a listener: "%s"',
    apart(async (options) => {
      const { port } = await listening(options)
      const pulling = await pull({ urls: [`srt://127.0.0.1:${port}?latency=50${options}`] })
      const source = await pulling.source()
      expect(await source.ready).toMatchObject({ protocol: 'srt', video: { codec: 'h264', width: 320 } })
      await plays(pulling)
    }),
  )

  it.concurrent(
    'is lost when the listener is killed',
    apart(async () => {
      const { port, listener } = await listening('')
      const source = await (await pull({ urls: [`srt://127.0.0.1:${port}`] })).source()
      await listener.end('SIGKILL')
      expect(await source.ended).toMatchObject({ reason: 'lost' })
    }),
  )

  it.concurrent(
    'is told as refused where the listener wants a passphrase',
    apart(async () => {
      const { port } = await listening('&passphrase=0123456789')
      await (await pull({ urls: [`srt://127.0.0.1:${port}`] })).issue('unauthorized')
    }),
  )
})
