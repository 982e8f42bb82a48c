import { readFile, statfs } from 'node:fs/promises'
import { cpus, freemem, totalmem } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type MeasuredSecond, SampleRing } from './sample-ring.ts'

/** What the worker itself knows of how much it does. */
export interface WorkerLoad {
  readonly sessions: number
  /** Of its CPU, in 1080p30 encodes. */
  readonly encodeUnitsUsed: number
}

/** What is measured of the machine, second by second. */
export interface HostSamples {
  /** What control has not acknowledged. */
  readonly ring: SampleRing
  /** The last second; empty before the first. */
  readonly latest: () => MeasuredSecond
  close(): void
}

/** Measures the machine each second until it is closed. `unixMs`: control's clock. */
export function startHostSamples(dataDir: string, load: () => WorkerLoad, unixMs: () => number): HostSamples {
  const seconds = new HostSeconds(dataDir, load)
  const ring = new SampleRing(unixMs)
  let latest: MeasuredSecond = []
  const timer = setInterval(async () => {
    latest = await seconds.measure()
    ring.add(latest)
  }, 1_000)
  return {
    ring,
    latest: () => latest,
    close() {
      clearInterval(timer)
      seconds.close()
    },
  }
}

/** Room on a disk changes slowly, seconds. */
const diskEachSeconds = 10

interface Totals {
  readonly atMs: number
  readonly busy: number
  readonly all: number
  readonly received: number
  readonly sent: number
}

/** What is measured of the machine and of this process in each second; see schema/samples/figures.ts for the order. */
class HostSeconds {
  readonly #dataDir: string
  readonly #load: () => WorkerLoad
  readonly #delay = monitorEventLoopDelay({ resolution: 10 })
  #last: Totals | undefined
  #disk: { readonly freeMb: number; readonly totalMb: number } | undefined
  #looks = 0

  constructor(dataDir: string, load: () => WorkerLoad) {
    this.#dataDir = dataDir
    this.#load = load
    this.#delay.enable()
  }

  /** The second before now. Never throws: what this machine does not tell is null. */
  async measure(): Promise<MeasuredSecond> {
    const network = await readNetwork()
    if (this.#looks++ % diskEachSeconds === 0) this.#disk = await readDisk(this.#dataDir)
    const now: Totals = { atMs: performance.now(), ...readCpu(), ...network }
    const last = this.#last
    this.#last = now
    const delayMs = Math.max(0, this.#delay.max / 1e6 - 10)
    this.#delay.reset()
    const seconds = last ? Math.max(0.001, (now.atMs - last.atMs) / 1_000) : 1
    const rate = (key: 'received' | 'sent') => (last ? ((now[key] - last[key]) * 8) / 1_000 / seconds : null)
    const { sessions, encodeUnitsUsed } = this.#load()
    return [
      [
        'w',
        [
          last && now.all > last.all ? (now.busy - last.busy) / (now.all - last.all) : null,
          (totalmem() - freemem()) / 1e6,
          totalmem() / 1e6,
          process.memoryUsage.rss() / 1e6,
          Number.isFinite(delayMs) ? delayMs : 0,
          this.#disk?.freeMb ?? null,
          this.#disk?.totalMb ?? null,
          rate('received'),
          rate('sent'),
          sessions,
          encodeUnitsUsed,
          countChildren(),
        ],
      ],
    ]
  }

  close(): void {
    this.#delay.disable()
  }
}

function readCpu(): Pick<Totals, 'busy' | 'all'> {
  let busy = 0
  let all = 0
  for (const { times } of cpus()) {
    const working = times.user + times.nice + times.sys + times.irq
    busy += working
    all += working + times.idle
  }
  return { busy, all }
}

/** proc(5): of each interface but the loopback, the bytes received are the first number and those sent the ninth. */
async function readNetwork(): Promise<Pick<Totals, 'received' | 'sent'>> {
  const text = await readFile('/proc/net/dev', 'utf8').catch(() => '')
  let received = text === '' ? Number.NaN : 0
  let sent = received
  for (const line of text.split('\n').slice(2)) {
    const [name = '', figures = ''] = line.split(':')
    const numbers = figures.trim().split(/\s+/).map(Number)
    if (figures === '' || name.trim() === 'lo') continue
    received += numbers[0] ?? 0
    sent += numbers[8] ?? 0
  }
  return { received, sent }
}

const readDisk = (folder: string) =>
  statfs(folder).then(
    ({ bavail, blocks, bsize }) => ({ freeMb: (bavail * bsize) / 1e6, totalMb: (blocks * bsize) / 1e6 }),
    () => undefined,
  )

/** Its children are FFmpegs, but for a few helpers that live for moments and a streamlink for each channel. */
const countChildren = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'ProcessWrap').length
