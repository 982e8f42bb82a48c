import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BroadcastReport, BroadcastSummary } from '#schema/contracts/broadcast.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { Playback } from '#schema/contracts/playback.ts'
import type { StreamEventRecord } from '#schema/contracts/worker.ts'
import { documented } from './documented.ts'
import { eventually } from './eventually.ts'
import { knowCapacity } from './measured-capacity.ts'
import { descendants, readyLine, startProcess, type TestProcess } from './processes.ts'
import { buildPages } from './web-pages.ts'

const root = join(import.meta.dirname, '../..')

/** A small, cheap ladder and encode for tests. */
export const smallLadder = {
  ladder: { preset: 'custom', renditions: [{ height: 360 }, { height: 180 }] },
  encoder_preset: 'ultrafast',
} as const

/** One install of Weir: control and a worker, each a real process, on free ports with a data folder of its own. */
export class TestWeir {
  readonly dataDir: string
  url = ''
  rtmpUrl = ''
  srtUrl = ''
  originUrl = ''
  token = ''
  control: TestProcess | undefined
  worker: TestProcess | undefined
  readonly #env: NodeJS.ProcessEnv

  private constructor(dataDir: string, env: NodeJS.ProcessEnv) {
    this.dataDir = dataDir
    this.#env = {
      WEIR_DATA_DIR: dataDir,
      WEIR_PORT: '0',
      WEIR_WORKER_PORT: '0',
      WEIR_RTMP_PORT: '0',
      WEIR_SRT_PORT: '0',
      WEIR_WHIP_PORTS: '0',
      WEIR_PULL_ALLOW: '127.0.0.0/8',
      ...env,
    }
  }

  /** Builds the pages and starts everything; ready when an encoder may come. */
  static async start(env: NodeJS.ProcessEnv = {}): Promise<TestWeir> {
    await buildPages()
    const weir = new TestWeir(await mkdtemp(join(tmpdir(), 'weir-test-')), env)
    try {
      await knowCapacity(join(weir.dataDir, 'worker'))
      await weir.startControl()
      await weir.startWorker()
    } catch (error) {
      await weir.close()
      throw error
    }
    return weir
  }

  /** Only control: workers come by themselves. */
  static async startWithoutWorker(env: NodeJS.ProcessEnv = {}): Promise<TestWeir> {
    await buildPages()
    const weir = new TestWeir(await mkdtemp(join(tmpdir(), 'weir-test-')), env)
    try {
      await weir.startControl()
    } catch (error) {
      await weir.close()
      throw error
    }
    return weir
  }

  /** Starts control; again on the same port after it was killed. */
  async startControl(): Promise<void> {
    this.control = startProcess(process.execPath, ['control/node/main.ts'], { env: this.#env, cwd: root })
    this.url = (await readyLine<{ url: string }>('control', this.control)).url
    this.#env.WEIR_PORT = new URL(this.url).port
    this.#env.WEIR_CONTROL_URL = this.url
    this.token = (await readFile(join(this.dataDir, 'admin-token'), 'utf8')).trim()
  }

  /** Starts the worker; again on the same ports after it was killed. */
  async startWorker(): Promise<void> {
    this.worker = startProcess(process.execPath, ['worker-node/main.ts'], { env: this.#env, cwd: root })
    const ready = await readyLine<{ origin_url: string; rtmp_url: string; srt_url: string }>('the worker', this.worker)
    this.originUrl = ready.origin_url
    this.rtmpUrl = ready.rtmp_url
    this.srtUrl = ready.srt_url
    this.#env.WEIR_WORKER_PORT = new URL(ready.origin_url).port
    this.#env.WEIR_RTMP_PORT = new URL(ready.rtmp_url).port
    this.#env.WEIR_SRT_PORT = new URL(ready.srt_url).port
    await eventually('control knows the worker', async () => (await fetch(`${this.url}/readyz`)).ok)
  }

  /** Calls the API; throws with the problem in words where it refuses, and where an answer is not as documented. */
  async api<Answer = unknown>(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const response = await documented(this.url, method, path, answer)
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return (text === '' ? undefined : JSON.parse(text)) as Answer
  }

  /** Creates a live stream with the small ladder. */
  createStream(body: Record<string, unknown> = {}): Promise<LiveStream & { stream_key: string }> {
    return this.api('POST', '/v1/live-streams', { name: 'Lecture 1', ...smallLadder, ...body })
  }

  stream(id: string): Promise<LiveStream> {
    return this.api('GET', `/v1/live-streams/${id}`)
  }

  /** The reports of a live stream's broadcasts, newest first. */
  async reports(id: string): Promise<BroadcastReport[]> {
    const { data } = await this.api<{ data: BroadcastSummary[] }>('GET', `/v1/live-streams/${id}/broadcasts`)
    return Promise.all(data.map((each) => this.api<BroadcastReport>('GET', `/v1/broadcasts/${each.id}/report`)))
  }

  async events(id: string): Promise<StreamEventRecord[]> {
    return (await this.api<{ data: StreamEventRecord[] }>('GET', `/v1/live-streams/${id}/events?limit=100`)).data
  }

  /** Waits until the API says that the stream has this status. */
  status(id: string, status: LiveStream['status'], timeoutMs = 30_000): Promise<LiveStream> {
    return eventually(
      `stream is ${status}`,
      async () => {
        const stream = await this.stream(id)
        if (stream.status !== status) throw new Error(`it is ${stream.status}: ${stream.status_detail}`)
        return stream
      },
      { timeoutMs, intervalMs: 200 },
    )
  }

  /** Waits until viewers can play it; gives the playlist's address through control. */
  async playable(stream: LiveStream, timeoutMs = 30_000): Promise<string> {
    const playbackId = stream.playback_ids[0]!.id
    await eventually(
      'the stream can be played',
      async () => {
        const playback = (await (await fetch(`${this.url}/v1/playback/${playbackId}`)).json()) as Playback
        return playback.playable && (await fetch(`${this.url}/live/${playbackId}/index.m3u8`)).ok
      },
      { timeoutMs, intervalMs: 200 },
    )
    return `${this.url}/live/${playbackId}/index.m3u8`
  }

  /** The FFmpegs that the worker runs now. */
  ffmpegPids(): number[] {
    return this.worker ? descendants(this.worker.pid, 'filter_complex') : []
  }

  /** Stops everything and removes the data folder. */
  async close(): Promise<void> {
    await this.worker?.end('SIGTERM')
    await this.control?.end('SIGTERM')
    await rm(this.dataDir, { recursive: true, force: true })
  }
}
