import type { HeartbeatResponse, PollResponse } from '#schema/contracts/worker.ts'
import { type FakeWorker, joinFakeWorker, reportOf } from '../support/fake-worker.ts'
import { type BenchControl, controlDeployments } from './control-deployments.ts'
import { cpuSeconds } from './cpu-time.ts'
import { benchSeconds, printTable, quantile } from './table.ts'

// What one control plane takes of its workers. The workers are this process, which signs each request: on a small machine
// the two share its cores. A heartbeat carries five sessions.
const seconds = benchSeconds(10)
const busyWorkers = 8
const sessionsEach = 5
const queued = Number(process.env.WEIR_BENCH_QUEUED ?? 200)
const rounds = 20
const idleWorkers = Number(process.env.WEIR_BENCH_IDLE ?? 1_000)

const rows: (string | number)[][] = []
const waits: (string | number)[][] = []
for (const start of controlDeployments) {
  const control = await start()
  try {
    const workers = await join(control, busyWorkers)
    const beats = await measureBeats(control, workers)
    const claims = await measureClaims(control, workers)
    rows.push([control.name, ...figures(beats), ...figures(claims)])
    waits.push([control.name, ...(await measureWaits(control))])
  } finally {
    await control.stop()
  }
}
printTable(
  `Heartbeats of ${busyWorkers} workers with ${sessionsEach} sessions each, and claims of ${queued} that wait`,
  [['', 'heartbeats/s', 'p50 ms', 'p99 ms', 'claims/s', 'p50 ms', 'p99 ms'], ...rows],
)
printTable(`A new live stream and ${idleWorkers} idle workers`, [
  [
    '',
    'created → claimed, one idle: p50 ms',
    'worst ms',
    `${idleWorkers} idle: p50 ms`,
    'worst ms',
    'CPU of that, cores',
  ],
  ...waits,
])

interface Measured {
  readonly perSecond: number
  readonly ms: readonly number[]
}

function figures({ perSecond, ms }: Measured): string[] {
  return [perSecond.toFixed(0), quantile(ms, 0.5).toFixed(1), quantile(ms, 0.99).toFixed(1)]
}

async function measureBeats(control: BenchControl, workers: readonly FakeWorker[]): Promise<Measured> {
  const streams = await addStreams(control, workers.length * sessionsEach)
  const held = await Promise.all(
    workers.map(async (worker) => {
      const { jobs } = (await (await worker.post('poll', { slots: sessionsEach })).json()) as PollResponse
      return jobs.length
    }),
  )
  const reports = workers.map((_, index) =>
    streams
      .slice(index * sessionsEach, (index + 1) * sessionsEach)
      .map((id) => reportOf({ live_stream_id: id, fence: 1, revision: 1 })),
  )
  if (held.reduce((sum, count) => sum + count, 0) === 0) throw new Error('Nothing was claimed.')
  const measured = await closedLoop(workers, seconds, async (worker, index) => {
    const answer = await worker.beat(reports[index])
    await answer.text()
    return answer.ok
  })
  for (const id of streams) await call(control, 'DELETE', `/v1/live-streams/${id}`)
  return measured
}

async function measureClaims(control: BenchControl, workers: readonly FakeWorker[]): Promise<Measured> {
  const streams = await addStreams(control, queued)
  let left = queued
  const measured = await closedLoop(workers, 120, async (worker) => {
    if (left <= 0) return undefined
    const { jobs } = (await (await worker.post('poll', { slots: 1 })).json()) as PollResponse
    left -= jobs.length
    return jobs.length > 0
  })
  for (const id of streams) await call(control, 'DELETE', `/v1/live-streams/${id}`)
  return measured
}

/** Each worker sends its next request when it has the answer to the last. Counts those that did something; undefined: it is over. */
async function closedLoop(
  workers: readonly FakeWorker[],
  forSeconds: number,
  request: (worker: FakeWorker, index: number) => Promise<boolean | undefined>,
): Promise<Measured> {
  const ms: number[] = []
  const startedMs = performance.now()
  await Promise.all(
    workers.map(async (worker, index) => {
      while (performance.now() - startedMs < forSeconds * 1_000) {
        const sentMs = performance.now()
        const did = await request(worker, index)
        if (did === undefined) return
        if (did) ms.push(performance.now() - sentMs)
      }
    }),
  )
  return { perSecond: ms.length / ((performance.now() - startedMs) / 1_000), ms }
}

/** From the request that makes a live stream to its job in the hands of a worker whose poll was held back. */
async function measureWaits(control: BenchControl): Promise<(string | number)[]> {
  const few = await timesToClaim(control, await join(control, 1))
  const workers = await join(control, idleWorkers)
  const many = await timesToClaim(control, workers)
  return [...few.times, ...many.times, control.pid === undefined ? '–' : many.cores.toFixed(2)]
}

async function timesToClaim(control: BenchControl, workers: readonly FakeWorker[]) {
  const over = new AbortController()
  const claimedAt = new Map<string, (ms: number) => void>()
  const polling = workers.map((worker) => pollUntil(worker, over.signal, claimedAt))
  // All of them wait by then.
  await new Promise((resolve) => setTimeout(resolve, 3_000))
  const times: number[] = []
  const cpuBefore = control.pid === undefined ? 0 : await cpuSeconds(control.pid)
  const startedMs = performance.now()
  for (let round = 0; round < rounds; round++) {
    const sentMs = performance.now()
    const claimed = Promise.withResolvers<number>()
    claimedAt.set('next', claimed.resolve)
    const [id = ''] = await addStreams(control, 1)
    times.push((await claimed.promise) - sentMs)
    await call(control, 'DELETE', `/v1/live-streams/${id}`)
  }
  const spent = control.pid === undefined ? 0 : (await cpuSeconds(control.pid)) - cpuBefore
  const cores = spent / ((performance.now() - startedMs) / 1_000)
  over.abort()
  await Promise.allSettled(polling)
  return { times: [quantile(times, 0.5).toFixed(0), Math.max(...times).toFixed(0)], cores }
}

async function pollUntil(
  worker: FakeWorker,
  over: AbortSignal,
  claimedAt: ReadonlyMap<string, (ms: number) => void>,
): Promise<void> {
  let orders: string | undefined
  let beatMs = Number.NEGATIVE_INFINITY
  while (!over.aborted) {
    try {
      if (performance.now() - beatMs > 3_000) {
        orders = ((await (await worker.beat()).json()) as HeartbeatResponse).orders
        beatMs = performance.now()
      }
      const answer = await worker.post('poll', { slots: 1, wait_s: 5, orders })
      const { jobs, again } = (await answer.json()) as PollResponse
      if (jobs.length > 0) claimedAt.get('next')?.(performance.now())
      if (again === 'orders') beatMs = Number.NEGATIVE_INFINITY
    } catch {
      // A connection that was closed while it was taken up again: the next one is another.
    }
  }
}

async function join(control: BenchControl, count: number): Promise<FakeWorker[]> {
  const workers: FakeWorker[] = []
  for (let made = 0; made < count; made++) {
    const { token } = (await (await call(control, 'POST', '/v1/join-tokens')).json()) as { token: string }
    workers.push(await joinFakeWorker((path, init) => ask(`${control.url}${path}`, init), token))
  }
  return workers
}

async function addStreams(control: BenchControl, count: number): Promise<string[]> {
  const ids: string[] = []
  for (let made = 0; made < count; made++) {
    const answer = await call(control, 'POST', '/v1/live-streams', { name: `Stream ${made}`, source: { type: 'test' } })
    ids.push(((await answer.json()) as { id: string }).id)
  }
  return ids
}

function call({ url, token }: BenchControl, method: string, path: string, body?: unknown): Promise<Response> {
  return ask(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

/** A connection that was closed while it was taken up again is no fault of anybody's: asked twice. */
function ask(url: string, init?: RequestInit): Promise<Response> {
  return fetch(url, init).catch(() => fetch(url, init))
}
