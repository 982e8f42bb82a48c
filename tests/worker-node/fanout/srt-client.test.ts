import dns from 'node:dns/promises'
import { readFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { freeUdpPort } from '#tests/support/free-udp-port.ts'
import { encodedMedia, LiveFeed, type LoopingMedia } from '#tests/support/live-samples.ts'
import { descendants } from '#tests/support/processes.ts'
import { analyseRecording, decodeErrors } from '#tests/support/recording.ts'
import { passphrase, testSrtServer } from '#tests/support/srt.ts'
import { startSrtListener } from '#tests/support/srt-listener.ts'
import { systemClock } from '#worker/fanout/clock.ts'
import { Fanout, type FanoutDestination } from '#worker/fanout/fanout.ts'
import { SrtCall } from '#worker/fanout/srt-call.ts'
import { openSrtPublication } from '#worker/fanout/srt-client.ts'
import { type SrtTarget, targetOf } from '#worker/fanout/target.ts'
import { type FfmpegBinary, findFfmpeg } from '#worker/transcode/ffmpeg-binary.ts'

const quietly = { clock: systemClock, acknowledgeEachBytes: 0, onAcknowledged: () => {}, onLost: () => {} }
const callers = () => descendants(process.pid, '-fpre')
let media: LoopingMedia
let ffmpeg: FfmpegBinary
beforeAll(async () => {
  media = await encodedMedia({ heights: [180, 90] })
  ffmpeg = await findFfmpeg()
})
afterEach(() => eventually('no caller is left', () => callers().length === 0))

/** Sends the larger rendition there, in real time; `change` gives it the smaller one. */
function send(destination: Pick<FanoutDestination, 'url'> & Partial<FanoutDestination>) {
  const fanout = new Fanout({ title: 'Lecture 1', ffmpeg })
  const audio = media.audio.track
  const [large, small] = media.video.map(({ track }) => track)
  fanout.setFeed('large', { video: large!, audio, beginsAtMs: 0 })
  fanout.setFeed('small', { video: small!, audio, beginsAtMs: 0 })
  const take = (feedId: string) => fanout.add({ id: 'd', streamKey: '', enabled: true, feedId, ...destination })
  take('large')
  const ending = new AbortController()
  const feed = new LiveFeed(media, fanout.onSample)
  void feed.run(ending.signal)
  onTestFinished(async () => {
    await fanout.stop()
    ending.abort()
  })
  const status = () => fanout.statuses().get('d')!
  const sent = (bytes: number, what = 'some seconds are out') =>
    eventually(what, () => status().state === 'broadcasting' && status().bytes_sent > bytes, { timeoutMs: 30_000 })
  const failure = () => eventually('it fails', () => status().last_error, { timeoutMs: 30_000 })
  return { fanout, status, sent, failure, change: () => take('small') }
}

describe('a destination by SRT', () => {
  it('reaches another Weir, with its stream id and passphrase, and neither stands in a command line', async () => {
    const server = await testSrtServer()
    onTestFinished(() => server.close())
    const { fanout, status, sent } = send({
      // Time enough for a busy machine to send again what is lost.
      url: `srt://127.0.0.1:${server.port}?latency=1000`,
      streamKey: 'publish:secret-key',
      srtPassphrase: passphrase,
    })
    // More than would be sent to one that acknowledges nothing.
    await sent(150_000)
    expect(status()).toMatchObject({ sessions: 1, last_error: null, connected_at: expect.any(String) })
    await eventually('the way there and back is known', () => status().round_trip_ms !== null)
    const [pid] = callers()
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'latin1')
    expect(commandLine).toContain('srt://127.0.0.1')
    for (const secret of ['secret-key', passphrase, String(server.port)]) expect(commandLine).not.toContain(secret)
    const { source, file } = await server.source('secret-key')
    expect(await source.ready).toMatchObject({
      video: { codec: 'h264', height: 180, fps: 25 },
      audio: { codec: 'aac' },
    })
    await fanout.stop()
    expect(await source.ended).toMatchObject({ reason: 'ended' })
    expect(status()).toMatchObject({ state: 'idle', round_trip_ms: null })
    const report = await analyseRecording(file)
    expect(report).toMatchObject({ decodeErrors: [], nonMonotonic: 0 })
    expect(report.largestVideoGapMs).toBeCloseTo(40)
  })

  it('goes through a change of configuration in one session, at a server without encryption', async () => {
    const { port, process: listener, file } = await startSrtListener()
    const { fanout, status, sent, change } = send({ url: `srt://localhost:${port}?latency=1000` })
    await sent(40_000)
    change()
    await sent(status().bytes_sent + 40_000)
    expect(status().sessions).toBe(1)
    await fanout.stop()
    await eventually('the listener has seen the end', () => listener.hasEnded())
    expect(await decodeErrors(file)).toEqual([])
    expect(await analyseRecording(file)).toMatchObject({ nonMonotonic: 0 })
  })

  it('hangs up no sooner than the listener has handed on what it holds, if that wants to hold it for longer', async () => {
    const { port } = await startSrtListener({ latencyMs: 3_000 })
    const waits: number[] = []
    const call = await SrtCall.open(targetOf({ url: `srt://127.0.0.1:${port}`, streamKey: '' }) as SrtTarget, {
      ...{ ffmpeg, signal: new AbortController().signal, onLost: () => {} },
      clock: {
        ...systemClock,
        after: (ms, run) => {
          waits.push(ms)
          return systemClock.after(ms === 3_100 ? 0 : ms, run)
        },
      },
    })
    await call.end(5_000)
    expect(waits).toContain(3_100)
  })

  it('says what a listener refuses, and what to do', async () => {
    const server = await testSrtServer()
    onTestFinished(() => server.close())
    const url = `srt://127.0.0.1:${server.port}`
    const wrong = send({ url, streamKey: 'k', srtPassphrase: 'quite another one' })
    const none = send({ url, streamKey: 'k' })
    const unknown = send({ url, streamKey: 'refused', srtPassphrase: passphrase })
    expect(await wrong.failure()).toMatchObject({
      code: 'rejected_passphrase',
      detail: expect.stringMatching(/another passphrase/),
    })
    expect(await none.failure()).toMatchObject({
      code: 'rejected_passphrase',
      detail: expect.stringMatching(/wants a passphrase/),
    })
    expect(await unknown.failure()).toMatchObject({
      code: 'rejected_stream_key',
      fix: expect.stringMatching(/stream id/),
    })
    for (const { status } of [wrong, none, unknown]) expect(status()).toMatchObject({ state: 'errored', sessions: 0 })
  })

  it('says that a stream id is too long for SRT', async () => {
    const target = targetOf({ url: 'srt://127.0.0.1:9', streamKey: 'k'.repeat(513) }) as SrtTarget
    const opening = openSrtPublication(target, { ...quietly, signal: new AbortController().signal }, ffmpeg)
    await expect(opening).rejects.toMatchObject({ rejected: true, error: { code: 'rejected_stream_key' } })
  })

  it('is given up at once where it is stopped, before or while it connects', async () => {
    const target = { url: `srt://127.0.0.1:${await freeUdpPort()}`, streamKey: '' }
    const open = (signal: AbortSignal) =>
      openSrtPublication(targetOf(target) as SrtTarget, { ...quietly, signal }, ffmpeg)
    await expect(open(AbortSignal.abort())).rejects.toMatchObject({ error: { code: 'stopped' } })
    const stopping = new AbortController()
    const opening = open(stopping.signal)
    stopping.abort()
    await expect(opening).rejects.toMatchObject({ error: { code: 'stopped' } })
  })

  it('takes the first address of a name that there is a way to, and says where there is none', async () => {
    const open = (host: string) =>
      openSrtPublication(
        targetOf({ url: `srt://${host}:${port}`, streamKey: '' }) as SrtTarget,
        { ...quietly, signal: new AbortController().signal },
        ffmpeg,
      )
    const port = await freeUdpPort()
    // The system sends nothing to all at once.
    const nowhere = { address: '255.255.255.255', family: 4 }
    const lookup = vi.spyOn(dns, 'lookup')
    onTestFinished(() => {
      lookup.mockRestore()
      syncBuiltinESMExports()
    })
    lookup.mockResolvedValue([nowhere, { address: '127.0.0.1', family: 4 }] as never)
    syncBuiltinESMExports()
    await expect(open('srt.test')).rejects.toThrow(/^Nothing listens/)
    await expect(open(nowhere.address)).rejects.toMatchObject({ error: { code: 'unreachable' } })
  })

  it('says that nothing listens there, and is there when somebody does', async () => {
    const port = await freeUdpPort()
    const { fanout, status, failure, sent } = send({ url: `srt://127.0.0.1:${port}` })
    expect(await failure()).toMatchObject({ code: 'unreachable' })
    expect(status()).toMatchObject({ state: 'retrying', sessions: 0 })
    const { process: listener } = await startSrtListener({ port })
    fanout.retryNow('d')
    await sent(20_000)
    await listener.end('SIGTERM')
    await eventually('the loss is seen', () => status().state === 'retrying', { timeoutMs: 30_000 })
    expect(status().last_error?.code).toMatch(/closed_by_platform|unreachable/)
  })
})
