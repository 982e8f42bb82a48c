import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Input } from '#schema/contracts/input.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { eventually } from '#tests/support/eventually.ts'
import { flvFixture, mp4Fixture } from '#tests/support/media.ts'
import { type NginxRtmp, startNginxRtmp } from '#tests/support/nginx-rtmp.ts'
import { descendants, startProcess, type TestProcess } from '#tests/support/processes.ts'
import { analyseRecording } from '#tests/support/recording.ts'
import { sendFile } from '#tests/support/web-server.ts'
import { TestWeir } from '#tests/support/weir.ts'

// Every kind of input through the whole product: control, worker, a platform.
let weir: TestWeir
let platform: NginxRtmp
let files: Server
let fileUrl: string
const processes: TestProcess[] = []

beforeAll(async () => {
  weir = await TestWeir.start()
  platform = await startNginxRtmp()
  const movie = await mp4Fixture({ width: 320, height: 180, seconds: 3 })
  files = createServer((request, response) => void sendFile(movie, request, response)).listen(0, '127.0.0.1')
  await once(files, 'listening')
  fileUrl = `http://user:word@127.0.0.1:${(files.address() as AddressInfo).port}/film.mp4?token=secret`
})
afterEach(async () => {
  await Promise.all(processes.splice(0).map((process) => process.end('SIGKILL')))
})
afterAll(async () => {
  clearInterval(watching)
  await weir?.close()
  await platform?.close()
  files?.close()
})

/** Command lines of the worker's children, as they were seen while inputs ran. */
const commandLines = new Set<string>()
const watching = setInterval(() => {
  for (const pid of weir?.worker ? descendants(weir.worker.pid) : []) {
    try {
      commandLines.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '))
    } catch {
      // It has ended meanwhile.
    }
  }
}, 100)

const small = { ladder: { preset: 'custom', renditions: [{ height: 180 }] }, encoder_preset: 'ultrafast' }
type Created = LiveStream & { stream_key: string }
const passphrases: string[] = []
async function create(body: Record<string, unknown>): Promise<Created> {
  const stream = await weir.api<Created>('POST', '/v1/live-streams', { name: 'Lecture 1', ...small, ...body })
  passphrases.push(stream.ingest.srt.passphrase!)
  return stream
}

async function send(args: readonly string[]): Promise<TestProcess> {
  const source = await flvFixture({ width: 320, height: 180, seconds: 20 })
  const process = startProcess('ffmpeg', [
    ...['-hide_banner', '-loglevel', 'error', '-nostdin', '-re', '-stream_loop', '-1', '-i', source, '-c', 'copy'],
    ...args,
  ])
  processes.push(process)
  return process
}

const input = async (stream: LiveStream, index: number): Promise<Input> => (await weir.stream(stream.id)).inputs[index]!
const reaches = (stream: LiveStream, index: number, state: Input['state']) =>
  eventually(
    `input ${index} is ${state}`,
    async () => {
      const now = await input(stream, index)
      if (now.state !== state) throw new Error(JSON.stringify(now))
      return now
    },
    { timeoutMs: 40_000, intervalMs: 200 },
  )

describe('a stream', () => {
  it('takes an SRT caller with the whole address that the API gives', async () => {
    const stream = await create({})
    expect(stream.ingest.srt.url).toContain(`publish:${stream.stream_key}`)
    const caller = await send(['-f', 'mpegts', stream.ingest.srt.url])
    await weir.status(stream.id, 'active')
    const now = await reaches(stream, 0, 'on_air')
    expect(now.now).toMatchObject({ protocol: 'srt', video: { codec: 'h264', width: 320 }, audio: { codec: 'aac' } })
    await weir.playable(stream)
    await caller.end('SIGKILL')
    await weir.status(stream.id, 'reconnecting')
    // The dead one has the place for some seconds more: encoders try again.
    await eventually('another is let in', async () => {
      await send(['-f', 'mpegts', stream.ingest.srt.url])
      return weir.status(stream.id, 'active', 3_000)
    })
  })

  it('refuses an SRT caller without the passphrase, or with a key that nobody has', async () => {
    const stream = await create({})
    const without = await send(['-f', 'mpegts', stream.ingest.srt.url.replace(/&passphrase=\w+/, '')])
    const unknown = await send(['-f', 'mpegts', stream.ingest.srt.url.replace(stream.stream_key, 'nobody')])
    await eventually('both are refused', () => without.hasEnded() && unknown.hasEnded())
    expect(without.stderr()).toMatch(/error|refused|rejected/i)
    expect((await weir.stream(stream.id)).inputs[0]!.now).toBeNull()
  })

  it('plays a looped file that is pulled, and shows its address without what is secret', async () => {
    const stream = await create({ source: { type: 'pull', urls: [fileUrl], loop: true } })
    await weir.status(stream.id, 'active')
    const now = await reaches(stream, 0, 'on_air')
    expect(now.urls).toEqual([fileUrl.replace('user:word@', '').replace('?token=secret', '')])
    const sample = await eventually('it is measured', async () => (await weir.stream(stream.id)).sample)
    await eventually('it has played over the end of the file', async () => {
      const later = (await weir.stream(stream.id)).sample
      return later && Date.parse(later.at) - Date.parse(sample.at) > 8_000 && later.slate_seconds === 0
    })
    await weir.api('POST', `/v1/live-streams/${stream.id}/disable`)
  })

  it('plays a file once, ends with it, and is off until somebody enables it again', async () => {
    const stream = await create({ source: { type: 'pull', urls: [fileUrl] } })
    // It is on air for three seconds, which a busy machine may not see as they pass.
    const timesOnAir = async () => (await weir.events(stream.id)).filter(({ type }) => type === 'stream.active').length
    const over = await weir.status(stream.id, 'disabled')
    const times = await timesOnAir()
    expect(times).toBeGreaterThan(0)
    expect(over).toMatchObject({ enabled: false, status_reason: 'played_out' })
    expect(over.status_detail).toMatch(/to its end.*Enable it to play it again/)
    await weir.api('POST', `/v1/live-streams/${stream.id}/enable`)
    await weir.status(stream.id, 'disabled')
    expect(await timesOnAir()).toBeGreaterThan(times)
  })

  it('goes from SRT to a file and back on one timeline, and the platform notices nothing', async () => {
    const stream = await create({ inputs: [{ type: 'push' }, { type: 'pull', urls: [fileUrl], loop: true }] })
    await weir.api('POST', `/v1/live-streams/${stream.id}/destinations`, { url: platform.url, stream_key: 'mixed' })
    await reaches(stream, 1, 'on_air')
    const caller = await send(['-f', 'mpegts', stream.ingest.srt.url])
    await reaches(stream, 0, 'on_air')
    await reaches(stream, 1, 'standby')
    await caller.end('SIGKILL')
    await reaches(stream, 1, 'on_air')
    await weir.api('POST', `/v1/live-streams/${stream.id}/disable`)
    await weir.status(stream.id, 'disabled')
    const recordings = (await platform.recordings()).filter((file) => /mixed-/.test(file))
    expect(recordings).toHaveLength(1)
    const report = await analyseRecording(recordings[0]!)
    expect(report).toMatchObject({ decodeErrors: [], nonMonotonic: 0 })
    expect(report.largestVideoGapMs).toBeLessThanOrEqual(50)
  })
})

describe('secrets of inputs', () => {
  it('are in no command line, no log and no event', async () => {
    const { data } = await weir.api<{ data: LiveStream[] }>('GET', '/v1/live-streams?limit=100')
    const events = await Promise.all(data.map(({ id }) => weir.events(id)))
    const logs = [weir.worker!, weir.control!].map((process) => process.stderr())
    expect([...commandLines].filter((line) => line.includes('ffmpeg')).length).toBeGreaterThan(3)
    const everything = [...logs, ...commandLines, JSON.stringify(events), JSON.stringify(data)].join('\n')
    for (const secret of ['user:word', 'token=secret', ...passphrases]) expect(everything).not.toContain(secret)
    expect(passphrases.length).toBeGreaterThan(3)
  })
})
