import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { mp4Fixture } from '#tests/support/media.ts'
import { sendFile, startWebServer } from '#tests/support/web-server.ts'
import { apart } from '#tests/support/when-over.ts'
import { type ProbedPacket, probePackets, steps } from './packets.ts'
import { pull } from './pulling.ts'

const small = { width: 320, height: 180, videoBitrateKbps: 300 }
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-playlist-'))
  await copyFile(await mp4Fixture({ ...small, seconds: 3 }), join(folder, 'a.mp4'))
  await copyFile(await mp4Fixture({ ...small, seconds: 2, pattern: 'flash' }), join(folder, 'b.mp4'))
  const hevc = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error', '-c:a', 'copy']
  await execa('ffmpeg', ['-v', 'error', '-y', '-i', join(folder, 'b.mp4'), ...hevc, join(folder, 'hevc.mp4')])
})
afterAll(() => rm(folder, { recursive: true }))

const isVideo = ({ kind }: ProbedPacket) => kind === 'video'

describe('a looped playlist', () => {
  it('is one source with one clock: no gap at the borders of its items, nor where it begins anew', async () => {
    const server = await startWebServer(folder)
    const pulling = await pull({ urls: [`${server.url}/a.mp4`, `${server.url}/b.mp4`], loop: true })
    const source = await pulling.source()
    const { packets, errors } = probePackets(source)
    await eventually('three rounds have played', () => (packets.at(-1)?.dts ?? 0) - (packets[0]?.dts ?? 0) > 14.5)
    const video = steps(packets, 'video')
    const audio = steps(packets, 'audio')
    expect(errors()).toBe('')
    expect(video.smallest).toBeGreaterThan(0)
    expect(video.largest).toBeLessThan(0.1)
    expect(audio.largest).toBeLessThan(0.1)
    expect(audio.smallest).toBeGreaterThan(0)
    // Nothing waits longer than the slate's patience: the next item was open before the last one ended.
    expect(video.largestWait).toBeLessThan(0.5)
    expect(pulling.sources).toHaveLength(1)
    expect(pulling.states.every(({ issue }) => issue === null)).toBe(true)
  })

  it.concurrent(
    'passes over a broken item, naming it without its secrets, and takes it back when it is mended',
    apart(async () => {
      let broken = true
      const server = await startWebServer(folder)
      const mended = await startWebServer(null, {
        '/s3cret.mp4': (request, response) => {
          if (broken) response.writeHead(404).end()
          else void sendFile(join(folder, 'b.mp4'), request, response)
        },
      })
      const urls = [`${server.url}/b.mp4`, `http://user:s3cret@127.0.0.1:${mended.port}/s3cret.mp4?key=s3cret`]
      const pulling = await pull({ urls, loop: true })
      const source = await pulling.source()
      const issue = await pulling.issue('not_found')
      expect(issue).toEqual({
        code: 'not_found',
        severity: 'warning',
        detail: 'Item 2 of 2 (127.0.0.1) is skipped: 127.0.0.1 has nothing at this address (404).',
        fix: 'Check the address.',
      })
      broken = false
      await eventually('the issue is gone', () => pulling.states.at(-1)?.issue === null)
      expect(pulling.sources).toEqual([source])
      expect(JSON.stringify([pulling.states, pulling.log])).not.toContain('s3cret')
    }),
  )

  it.concurrent(
    'tells of it when all are broken, and tries them again with pauses that grow',
    apart(async () => {
      const server = await startWebServer(null)
      const pulling = await pull({ urls: [`${server.url}/a.mp4`, `${server.url}/b.mp4`], loop: true })
      await eventually('it failed twice', () => pulling.states.filter(({ state }) => state === 'failed').length === 2)
      expect(server.asked).toEqual(['/a.mp4', '/b.mp4', '/a.mp4', '/b.mp4'])
      expect(pulling.sources).toEqual([])
    }),
  )

  it.concurrent(
    'gives another source where the codecs change',
    apart(async () => {
      const server = await startWebServer(folder)
      const pulling = await pull({ urls: [`${server.url}/b.mp4`, `${server.url}/hevc.mp4`], loop: true })
      expect((await (await pulling.source(0)).ready).video?.codec).toBe('h264')
      expect((await (await pulling.source(1)).ready).video?.codec).toBe('hevc')
      expect(pulling.ends[0]).toMatchObject({ reason: 'ended' })
      expect((await (await pulling.source(2)).ready).video?.codec).toBe('h264')
    }),
  )
})

describe('a playlist that is not looped', () => {
  it.concurrent(
    'ends after its last item, and rests',
    apart(async () => {
      const server = await startWebServer(folder)
      const pulling = await pull({ urls: [`${server.url}/b.mp4`, `${server.url}/b.mp4`] })
      const source = await pulling.source()
      const { packets } = probePackets(source)
      expect(await source.ended).toEqual({ reason: 'ended', detail: 'All has been played to its end.' })
      await eventually('it rests', () => pulling.states.at(-1)?.state === 'finished')
      await eventually('both were played, and nothing was lost', () => packets.filter(isVideo).length === 2 * 2 * 25)
    }),
  )
})
