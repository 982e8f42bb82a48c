import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { mp4Fixture } from '#tests/support/media.ts'
import { startWebServer } from '#tests/support/web-server.ts'
import { apart } from '#tests/support/when-over.ts'
import { type ProbedPacket, probePackets, steps } from './packets.ts'
import { pull } from './pulling.ts'

const ffmpeg = (...args: readonly string[]) => execa('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args])
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-files-'))
  const input = await mp4Fixture({ width: 320, height: 180, seconds: 3, videoBitrateKbps: 300 })
  const copies = ['a.mp4', 'a.mkv', 'a.ts', 'a.flv', 'a.mov'].map((name) => ['-c', 'copy', join(folder, name)])
  const path = (name: string) => join(folder, name)
  const vp9 = ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'libopus', path('vp9.webm')]
  const flac = ['-c:v', 'copy', '-c:a', 'flac', '-strict', '-2', path('flac.mkv')]
  const silent = ['-c:v', 'copy', '-an', path('silent.mp4')]
  const sound = ['-vn', '-c:a', 'libmp3lame', path('sound.mp3')]
  const outputs = [...copies, vp9, flac, silent, sound].flatMap((output) => ['-map', '0', ...output])
  await ffmpeg('-i', input, ...outputs)
})
afterAll(() => rm(folder, { recursive: true }))

const isVideo = ({ kind }: ProbedPacket) => kind === 'video'

describe('a file over HTTP', () => {
  it.concurrent.for(['a.mp4', 'a.mkv', 'a.ts', 'a.flv', 'a.mov'])(
    'plays whole and at its own pace: %s',
    apart(async (name) => {
      const server = await startWebServer(folder)
      const pulling = await pull({ urls: [`${server.url}/${name}?token=s3cret`] })
      const source = await pulling.source()
      const sinceMs = performance.now()
      const { packets } = probePackets(source)
      expect(await source.ready).toMatchObject({
        protocol: 'http',
        video: { codec: 'h264', width: 320, height: 180, fps: 25 },
        audio: { codec: 'aac', sample_rate: 48_000, channels: 2 },
      })
      expect(await source.ended).toEqual({ reason: 'ended', detail: 'All has been played to its end.' })
      expect(performance.now() - sinceMs).toBeGreaterThan(1_500)
      await eventually('every frame has come', () => packets.filter(isVideo).length === 3 * 25)
      expect(steps(packets, 'video').largest).toBeLessThan(0.1)
      await eventually('it rests', () => pulling.states.at(-1)?.state === 'finished')
      expect(pulling.states.at(-1)?.issue).toBeNull()
    }),
  )

  it.concurrent(
    'may lack a picture or a sound',
    apart(async () => {
      const server = await startWebServer(folder)
      const silent = await pull({ urls: [`${server.url}/silent.mp4`] })
      expect(await (await silent.source()).ready).toMatchObject({ video: { codec: 'h264' }, audio: null })
      const sound = await pull({ urls: [`${server.url}/sound.mp3`] })
      expect(await (await sound.source()).ready).toMatchObject({ video: null, audio: { codec: 'mp3', channels: 2 } })
    }),
  )

  it.concurrent(
    'has sound that does not fit encoded to AAC',
    apart(async () => {
      const server = await startWebServer(folder)
      const pulling = await pull({ urls: [`${server.url}/flac.mkv`] })
      expect(await (await pulling.source()).ready).toMatchObject({ video: { codec: 'h264' }, audio: { codec: 'aac' } })
    }),
  )

  it.concurrent(
    'with a picture that does not fit is told as such',
    apart(async () => {
      const server = await startWebServer(folder)
      const issue = await (await pull({ urls: [`${server.url}/vp9.webm`] })).issue('codec_unsupported')
      expect(issue.detail).toContain('VP9')
    }),
  )

  it.concurrent(
    'with its index at the end, from a server that gives no parts of it, is told with what to do',
    apart(async () => {
      const whole = await readFile(join(folder, 'a.mp4'))
      const server = await startWebServer(null, { '/a.mp4': (_, response) => void response.end(whole) })
      const issue = await (await pull({ urls: [`${server.url}/a.mp4`] })).issue('source_unreadable')
      expect(issue.detail).toContain('index of this MP4 file stands at its end')
      expect(issue.fix).toMatch(/fast start.*range requests/)
    }),
  )

  it.concurrent(
    'plays for ever when it is looped',
    apart(async () => {
      const server = await startWebServer(folder)
      const pulling = await pull({ urls: [`${server.url}/a.mp4`], loop: true })
      const { packets } = probePackets(await pulling.source())
      await eventually('it plays for the third time', () => packets.filter(isVideo).length > 2.2 * 75)
      expect(steps(packets, 'video').largest).toBeLessThan(0.1)
      expect(pulling.sources).toHaveLength(1)
    }),
  )
})
