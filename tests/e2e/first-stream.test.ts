import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Destination } from '#schema/contracts/destination.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { startEncoder } from '#tests/support/encoder.ts'
import { eventually } from '#tests/support/eventually.ts'
import { validateHls } from '#tests/support/hls-validator.ts'
import { type NginxRtmp, startNginxRtmp } from '#tests/support/nginx-rtmp.ts'
import type { TestProcess } from '#tests/support/processes.ts'
import { analyseRecording } from '#tests/support/recording.ts'
import { startSrtListener } from '#tests/support/srt-listener.ts'
import { TestWeir } from '#tests/support/weir.ts'

// An encoder publishes; a platform and viewers get it. Everything here is the real thing.
let weir: TestWeir
let platform: NginxRtmp
let encoder: TestProcess
let stream: LiveStream & { stream_key: string }
let playlist: string
let destinationsPath: string
/** A destination that starts by hand. */
let second: string
const owner = 'ExpertDevUX professional development services'

beforeAll(async () => {
  weir = await TestWeir.start()
  platform = await startNginxRtmp()
  stream = await weir.createStream()
  destinationsPath = `/v1/live-streams/${stream.id}/destinations`
  await weir.api('POST', destinationsPath, { url: platform.url, stream_key: 'first' })
  const byHand = { url: platform.url, stream_key: 'second', start: 'manually' }
  second = (await weir.api<Destination>('POST', destinationsPath, byHand)).id
})

afterAll(async () => {
  await encoder?.end('SIGKILL')
  await weir?.close()
  await platform?.close()
})

describe('the first stream', () => {
  it('waits as idle and cannot be played before the encoder comes', async () => {
    expect(await weir.stream(stream.id)).toMatchObject({ status: 'idle', renditions: [], source: { now: null } })
    const playback = await fetch(`${weir.url}/v1/playback/${stream.playback_ids[0]!.id}`)
    expect(await playback.json()).toMatchObject({ playable: false, status: 'idle', title: 'Lecture 1' })
    const media = await fetch(`${weir.url}/live/${stream.playback_ids[0]!.id}/index.m3u8`)
    expect(media.status).toBe(404)
  })

  it('goes on air when an encoder publishes with its key', async () => {
    encoder = await startEncoder(weir.rtmpUrl, stream.stream_key)
    const active = await weir.status(stream.id, 'active')
    playlist = await weir.playable(stream)
    expect(active.source.now).toMatchObject({
      protocol: 'rtmp',
      video: { width: 640, height: 360 },
      audio: { sample_rate: 48_000, channels: 2 },
    })
    expect(active.renditions.map((rendition) => rendition.name)).toEqual(['360p', '180p'])
    expect(active.destinations[1]).toMatchObject({ held: { reason: 'waits_for_start' }, sessions: 0 })
    expect(await weir.api('POST', `${destinationsPath}/${second}/start`)).toMatchObject({
      ordered: 'start',
      held: null,
    })
  })

  it('keeps every rule of LL-HLS, seen from outside through control', async () => {
    const { violations, seen } = await validateHls(playlist, { seconds: 20, jitterMs: 4_000 })
    expect(violations).toEqual([])
    expect(seen.parts).toBeGreaterThan(60)
  })

  it('plays as HLS and as DASH in a reader that is not ours', async () => {
    for (const url of [playlist, playlist.replace('index.m3u8', 'manifest.mpd')]) {
      const { stderr, exitCode } = await execa(
        'ffmpeg',
        [
          ...['-hide_banner', '-nostdin', '-v', 'error', '-i', url, '-t', '4'],
          '-map',
          '0:v:0',
          '-map',
          '0:a:0',
          '-f',
          'null',
          '-',
        ],
        { reject: false, timeout: 60_000 },
      )
      expect({ url, stderr, exitCode }).toEqual({ url, stderr: '', exitCode: 0 })
    }
  })

  it('says whose it is to every player, as the install has it from the start', async () => {
    const [master, manifest] = await Promise.all(
      [playlist, playlist.replace('index.m3u8', 'manifest.mpd')].map(async (url) => (await fetch(url)).text()),
    )
    expect(master).toContain(`#EXT-X-SESSION-DATA:DATA-ID="dev.weir.copyright.owner",VALUE="${owner}"`)
    expect(manifest).toContain(`<Copyright>© ${owner}</Copyright>`)
    const playback = await fetch(`${weir.url}/v1/playback/${stream.playback_ids[0]!.id}`)
    expect(await playback.json()).toMatchObject({ copyright: { owner } })
  })

  it('has a picture of itself for previews', async () => {
    const response = await fetch(playlist.replace('index.m3u8', 'snapshot.jpg'))
    expect(response.headers.get('content-type')).toBe('image/jpeg')
    const jpeg = new Uint8Array(await response.arrayBuffer())
    expect([...jpeg.subarray(0, 2), ...jpeg.subarray(-2)]).toEqual([0xff, 0xd8, 0xff, 0xd9])
  })

  it('shows its destination broadcasting, with what was sent', async () => {
    const [destination] = await eventually('bytes were sent', async () => {
      const { destinations } = await weir.stream(stream.id)
      return destinations[0]!.bytes_sent > 100_000 && destinations
    })
    expect(destination).toMatchObject({ state: 'broadcasting', retries: 0, last_error: null, sessions: 1 })
    expect(JSON.stringify(destination)).not.toContain('first')
  })

  it('starts another one when that is ordered, and stops it, while the first notices nothing', async () => {
    const isNow = (state: string) =>
      eventually(`it is ${state}`, async () => (await weir.stream(stream.id)).destinations[1]?.state === state)
    await isNow('broadcasting')
    await weir.api('POST', `${destinationsPath}/${second}/stop`)
    await isNow('idle')
    expect((await weir.stream(stream.id)).destinations).toMatchObject([
      { state: 'broadcasting', sessions: 1 },
      { held: { reason: 'stopped_by_operator' }, sessions: 1, last_error: null },
    ])
  })

  it('tries the way to a server on request, and sends there by SRT', async () => {
    const passphrase = 'correct horse battery'
    const listener = await startSrtListener({ passphrase })
    const check = await weir.api('POST', `${destinationsPath}/check`, { url: platform.url })
    expect(check).toMatchObject({
      ok: true,
      steps: [{ name: 'connect' }, { name: 'handshake' }, { name: 'rtmp_connect' }],
      error: null,
    })
    const { id } = await weir.api<Destination>('POST', destinationsPath, {
      // Time enough for a busy machine to send again what is lost.
      url: `srt://127.0.0.1:${listener.port}?latency=1000`,
      srt_passphrase: passphrase,
    })
    const patiently = { timeoutMs: 30_000 }
    const isThere = async () => {
      const destination = (await weir.stream(stream.id)).destinations.find((each) => each.id === id)
      return destination?.state === 'broadcasting' && destination.bytes_sent > 60_000
    }
    await eventually('enough has arrived there', isThere, patiently)
    await weir.api('DELETE', `${destinationsPath}/${id}`)
    await eventually('it is told of the end', () => listener.process.hasEnded(), patiently)
    expect(await analyseRecording(listener.file)).toMatchObject({ decodeErrors: [], nonMonotonic: 0 })
  })

  it('refuses a second encoder with the same key while the first is alive', async () => {
    const second = await startEncoder(weir.rtmpUrl, stream.stream_key)
    await eventually('the second encoder gives up', () => second.hasEnded())
    expect(await second.end()).not.toBe(0)
    expect((await weir.stream(stream.id)).status).toBe('active')
  })

  it('refuses an unknown key', async () => {
    const stranger = await startEncoder(weir.rtmpUrl, 'no-such-key')
    await eventually('the stranger gives up', () => stranger.hasEnded())
    expect(await stranger.end()).not.toBe(0)
  })

  it('ends everywhere when the encoder stops and no time to return is given', async () => {
    // Only now: on a busy machine it may be silent for a second before.
    await weir.api('PATCH', `/v1/live-streams/${stream.id}`, { reconnect_window: 0 })
    await encoder.end('SIGINT')
    await weir.status(stream.id, 'idle')
    const media = await eventually('the playlist ends', async () => {
      const text = await (await fetch(playlist.replace('index.m3u8', '360p.m3u8'))).text()
      return text.includes('#EXT-X-ENDLIST') && text
    })
    expect(media).toContain('#EXT-X-ENDLIST')
    // Control may have asked for it in the second before.
    await eventually('the manifest is static', async () => {
      const manifest = await (await fetch(playlist.replace('index.m3u8', 'manifest.mpd'))).text()
      return manifest.includes('type="static"')
    })
    const recordings = await platform.recordings()
    const [recording, ...others] = recordings.filter((path) => path.includes('/first-'))
    expect([others, recordings.length]).toEqual([[], 2])
    expect((await weir.stream(stream.id)).destinations[1]).toMatchObject({
      ordered: null,
      held: { reason: 'waits_for_start' },
    })
    const report = await analyseRecording(recording!)
    expect(report.decodeErrors).toEqual([])
    expect(report.nonMonotonic).toBe(0)
    expect(report.largestVideoGapMs).toBeLessThanOrEqual(50)
    expect(report.largestAudioGapMs).toBeLessThanOrEqual(30)
  })

  it('tells what happened in its events, without secrets', async () => {
    const events = await weir.events(stream.id)
    const types = events.map((event) => event.type)
    for (const type of ['stream.connecting', 'stream.active', 'stream.idle', 'destination.broadcasting'])
      expect(types).toContain(type)
    expect(JSON.stringify(events)).not.toContain(stream.stream_key)
    for (const process of [weir.control!, weir.worker!]) {
      expect(process.stderr()).not.toContain(stream.stream_key)
      expect(process.stderr()).not.toContain(weir.token)
    }
  })
})
