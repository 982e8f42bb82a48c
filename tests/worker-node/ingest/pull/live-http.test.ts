import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { flvFixture } from '#tests/support/media.ts'
import { startProcess } from '#tests/support/processes.ts'
import { selfSigned } from '#tests/support/self-signed.ts'
import { startWebServer } from '#tests/support/web-server.ts'
import { apart, whenOver } from '#tests/support/when-over.ts'
import { probePackets, steps } from './packets.ts'
import { pull } from './pulling.ts'

const small = { width: 320, height: 180, seconds: 4, videoBitrateKbps: 300 }

/** An FFmpeg that makes a live programme into a folder. */
async function makeLive(...muxer: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'weir-live-'))
  const input = ['-re', '-stream_loop', '-1', '-i', await flvFixture(small), '-c', 'copy']
  const maker = startProcess('ffmpeg', ['-v', 'error', '-nostdin', ...input, ...muxer], { cwd: folder })
  whenOver(async () => {
    await maker.end('SIGKILL')
    await rm(folder, { recursive: true })
  })
  return { folder, maker }
}

const hls = ['-f', 'hls', '-hls_time', '1', '-hls_list_size', '5', '-hls_flags', 'delete_segments', 'live.m3u8']
const encrypted = ['-hls_enc', '1', '-hls_enc_key', '0123456789abcdef', '-hls_enc_key_url', '/key']
const dash = ['-f', 'dash', '-seg_duration', '1', '-window_size', '5', '-extra_window_size', '5', 'live.mpd']

describe('live HLS', () => {
  it('plays near its edge, at an even pace though it comes in bursts', async () => {
    const { folder } = await makeLive(...hls)
    const server = await startWebServer(folder)
    await eventually('there are four segments', () => existsSync(join(folder, 'live4.ts')))
    const pulling = await pull({ urls: [`${server.url}/live.m3u8`] })
    const source = await pulling.source()
    expect(await source.ready).toMatchObject({ protocol: 'hls', video: { codec: 'h264', width: 320, fps: 25 } })
    const [firstAsked = ''] = server.asked.filter((path) => path.endsWith('.ts'))
    expect(Number(/\d+/.exec(firstAsked)?.[0])).toBeGreaterThanOrEqual(2)
    const { packets } = probePackets(source)
    await eventually('six seconds have played', () => (packets.at(-1)?.dts ?? 0) - (packets[0]?.dts ?? 0) > 6)
    const video = steps(packets, 'video')
    expect(video.largest).toBeLessThan(0.1)
    expect(video.largestWait).toBeLessThan(0.5)
    const paceMs = (packets.at(-1)?.atMs ?? 0) - (packets[0]?.atMs ?? 0)
    expect(paceMs).toBeGreaterThan(4_000)
  })

  it.concurrent(
    'is lost when its playlist stands still, and is fetched again when it goes on',
    apart(async () => {
      const { folder, maker } = await makeLive(...hls)
      const server = await startWebServer(folder)
      await eventually('there is a segment', () => existsSync(join(folder, 'live1.ts')))
      const pulling = await pull({ urls: [`${server.url}/live.m3u8`] })
      const source = await pulling.source()
      maker.child.kill('SIGSTOP')
      expect((await source.ended).reason).toBe('lost')
      maker.child.kill('SIGCONT')
      await (await pulling.source(1)).ready
    }),
  )

  it.concurrent(
    'comes over TLS, encrypted, with its key from another path',
    apart(async () => {
      const { folder } = await makeLive(...encrypted, ...hls)
      const tls = await selfSigned()
      const key = (_: unknown, response: ServerResponse) => void response.end('0123456789abcdef')
      const server = await startWebServer(folder, { '/key': key }, { tls })
      await eventually('there are segments', () => existsSync(join(folder, 'live1.ts')))
      const pulling = await pull({ urls: [`${server.url}/live.m3u8?token=s3cret`] }, { ca: tls.cert })
      expect(await (await pulling.source()).ready).toMatchObject({ protocol: 'hls', audio: { codec: 'aac' } })
      expect(server.asked).toEqual(expect.arrayContaining(['/live.m3u8?token=s3cret', '/key']))
    }),
  )
})

describe('HLS with several variants', () => {
  it.concurrent(
    'plays the best one, with the sound that belongs to it',
    apart(async () => {
      const folder = await mkdtemp(join(tmpdir(), 'weir-variants-'))
      whenOver(() => rm(folder, { recursive: true }))
      const scaled = [
        '-filter_complex',
        '[0:v]split[a][b];[b]scale=160:90[c]',
        '-map',
        '[c]',
        '-map',
        '[a]',
        '-map',
        '0:a',
      ]
      const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-c:a', 'aac']
      const groups = [
        '-var_stream_map',
        'v:0,agroup:s v:1,agroup:s a:0,agroup:s,default:yes',
        '-master_pl_name',
        'all.m3u8',
      ]
      const muxer = ['-f', 'hls', '-hls_time', '1', '-hls_list_size', '0', ...groups, 'v%v.m3u8']
      const input = ['-v', 'error', '-nostdin', '-i', await flvFixture(small)]
      await execa('ffmpeg', [...input, ...scaled, ...codecs, ...muxer], { cwd: folder })
      const server = await startWebServer(folder)
      const source = await (await pull({ urls: [`${server.url}/all.m3u8`] })).source()
      expect(await source.ready).toMatchObject({ video: { width: 320, height: 180 }, audio: { codec: 'aac' } })
      expect(await source.ended).toMatchObject({ reason: 'ended' })
    }),
  )
})

describe('live DASH', () => {
  it.concurrent(
    'plays at an even pace, each segment once',
    apart(async () => {
      const { folder } = await makeLive(...dash)
      const server = await startWebServer(folder)
      await eventually('there are segments', () => existsSync(join(folder, 'chunk-stream0-00003.m4s')))
      const pulling = await pull({ urls: [`${server.url}/live.mpd`] })
      const source = await pulling.source()
      expect(await source.ready).toMatchObject({ protocol: 'dash', video: { codec: 'h264', width: 320 } })
      const { packets } = probePackets(source)
      await eventually('seven seconds have played', () => (packets.at(-1)?.dts ?? 0) - (packets[0]?.dts ?? 0) > 7)
      const video = steps(packets, 'video')
      expect(video.smallest).toBeGreaterThan(0.03)
      expect(video.largest).toBeLessThan(0.1)
    }),
  )
})

describe('an endless transport stream', () => {
  it.concurrent(
    'is handed on as it comes, and fetched again when it ends',
    apart(async () => {
      const fixture = await flvFixture(small)
      const makers: ReturnType<typeof startProcess>[] = []
      whenOver(() => Promise.all(makers.map((maker) => maker.end('SIGKILL'))))
      const server = await startWebServer(null, {
        '/live': (_, response) => {
          const args = [
            '-v',
            'error',
            '-re',
            '-stream_loop',
            '-1',
            '-i',
            fixture,
            '-c',
            'copy',
            '-f',
            'mpegts',
            'pipe:1',
          ]
          const maker = startProcess('ffmpeg', args)
          makers.push(maker)
          response.writeHead(200, { 'content-type': 'video/mp2t' })
          maker.child.stdout?.pipe(response)
          response.on('close', () => void maker.end('SIGKILL'))
        },
      })
      const pulling = await pull({ urls: [`${server.url}/live`] })
      const source = await pulling.source()
      expect(await source.ready).toMatchObject({ protocol: 'http', video: { codec: 'h264' } })
      await makers.at(-1)?.end('SIGTERM')
      expect(await source.ended).toEqual({ reason: 'lost', detail: '127.0.0.1 stopped sending.' })
      await (await pulling.source(1)).ready
    }),
  )
})
