import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { eventually } from './eventually.ts'
import { knowCapacity } from './measured-capacity.ts'
import { readyLine, startProcess, type TestProcess } from './processes.ts'
import { type Relay, startRelay } from './relay.ts'
import { TestWeir } from './weir.ts'
import { workerBinary } from './worker-binary.ts'

const root = join(import.meta.dirname, '../..')

/** How a worker of a fleet is run. */
export interface FleetWorkerOptions {
  /** The single binary, in a folder of its own with nothing but FFmpeg on PATH, joined by command. */
  readonly binary?: boolean
  /** Its machine's clock is an hour ahead. */
  readonly wrongClock?: boolean
}

/** A worker as a real process on a machine of its own, with a way to control and one from all others that can be cut. */
export class FleetWorker {
  readonly name: string
  readonly toControl: Relay
  readonly fromOthers: Relay
  readonly #options: FleetWorkerOptions
  readonly #folder: string
  readonly #env: NodeJS.ProcessEnv
  id = ''
  originUrl = ''
  rtmpUrl = ''
  srtUrl = ''
  process: TestProcess | undefined

  constructor(
    name: string,
    folder: string,
    ways: Pick<FleetWorker, 'toControl' | 'fromOthers'>,
    options: FleetWorkerOptions,
  ) {
    this.name = name
    this.toControl = ways.toControl
    this.fromOthers = ways.fromOthers
    this.#folder = folder
    this.#options = options
    this.#env = {
      WEIR_DATA_DIR: join(folder, '.weir'),
      WEIR_WORKER_PORT: String(ways.fromOthers.port),
      WEIR_ORIGIN_URL: `http://${ways.fromOthers.host}:${ways.fromOthers.port}`,
      ...{ WEIR_RTMP_PORT: '0', WEIR_SRT_PORT: '0', WEIR_WHIP_PORTS: '0' },
      WEIR_WORKER_NAME: name,
      WEIR_PULL_ALLOW: '127.0.0.0/8',
      ...(options.wrongClock && { NODE_OPTIONS: `--import=${join(root, 'tests/support/wrong-clock.ts')}` }),
    }
  }

  get controlUrl(): string {
    return `http://127.0.0.1:${this.toControl.port}`
  }

  /** Starts it, the first time with a join token; again as the same worker on the same ports after it was killed. */
  async start(joinToken?: string): Promise<void> {
    await knowCapacity(join(this.#folder, '.weir/worker'))
    const env = { ...this.#env, ...(joinToken !== undefined && { WEIR_JOIN_TOKEN: joinToken }) }
    this.process = this.#options.binary
      ? startProcess(await workerBinary(), joinToken === undefined ? [] : ['join', this.controlUrl], {
          env: { ...env, PATH: await this.#onlyFfmpeg() },
          cwd: this.#folder,
        })
      : startProcess(process.execPath, ['worker-node/main.ts'], {
          env: { ...env, WEIR_CONTROL_URL: this.controlUrl },
          cwd: root,
        })
    const ready = await readyLine<{ worker_id: string; origin_url: string; rtmp_url: string; srt_url: string }>(
      this.name,
      this.process,
    )
    if (this.id !== '') await this.fromOthers.accept()
    this.id = ready.worker_id
    this.originUrl = ready.origin_url
    this.rtmpUrl = ready.rtmp_url
    this.srtUrl = ready.srt_url
    this.#env.WEIR_RTMP_PORT = new URL(ready.rtmp_url).port
    this.#env.WEIR_SRT_PORT = new URL(ready.srt_url).port
  }

  signal(signal: NodeJS.Signals): void {
    this.process?.child.kill(signal)
    if (signal === 'SIGKILL') this.fromOthers.refuse()
  }

  async #onlyFfmpeg(): Promise<string> {
    const folder = join(this.#folder, 'only-ffmpeg')
    if (existsSync(folder)) return folder
    await mkdir(folder)
    const path = (process.env.PATH ?? '').split(delimiter)
    for (const program of ['ffmpeg', 'ffprobe']) {
      const found = path.map((each) => join(each, program)).find((file) => existsSync(file))
      if (found) await symlink(found, join(folder, program))
    }
    return folder
  }
}

/** One control plane and several workers, all real processes. */
export class TestFleet {
  readonly weir: TestWeir
  readonly workers: readonly FleetWorker[]
  readonly #folder: string

  private constructor(weir: TestWeir, workers: readonly FleetWorker[], folder: string) {
    this.weir = weir
    this.workers = workers
    this.#folder = folder
  }

  static async start(each: readonly FleetWorkerOptions[]): Promise<TestFleet> {
    const weir = await TestWeir.startWithoutWorker()
    const folder = await mkdtemp(join(tmpdir(), 'weir-fleet-'))
    const workers = await Promise.all(
      each.map(async (options, index) => {
        const toControl = await startRelay(Number(new URL(weir.url).port))
        // It listens on the same port of 127.0.0.1.
        const fromOthers = await startRelay('same', `127.0.0.${index + 2}`)
        const ways = { toControl, fromOthers }
        return new FleetWorker(`worker ${index + 1}`, join(folder, String(index + 1)), ways, options)
      }),
    )
    const fleet = new TestFleet(weir, workers, folder)
    try {
      await Promise.all(
        workers.map(async (worker) => {
          const { token } = await weir.api<{ token: string }>('POST', '/v1/join-tokens')
          await worker.start(token)
        }),
      )
      await eventually('control knows them', async () => (await fetch(`${weir.url}/readyz`)).ok)
      return fleet
    } catch (error) {
      await fleet.close()
      throw error
    }
  }

  /** The worker that runs a live stream now. */
  async holderOf(liveStreamId: string): Promise<FleetWorker | undefined> {
    const { worker_id } = await this.weir.stream(liveStreamId)
    return this.workers.find(({ id }) => id === worker_id)
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.process?.end('SIGKILL')))
    await Promise.all(this.workers.flatMap(({ toControl, fromOthers }) => [toControl.close(), fromOthers.close()]))
    await this.weir.close()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
