import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { trimLogs } from '#control/logs/trim.ts'
import { backUp } from '#control/node/backup/backup.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { assetChunks } from '#schema/tables/assets.ts'
import { startTestControl, type TestControl } from '#tests/support/control-server.ts'
import { type FakeWorker, joinFakeWorker, reportOf } from '#tests/support/fake-worker.ts'
import { printTable, quantile } from './table.ts'

// What heartbeats feel of a backup of 500 MB, and of log lines. Control and its callers are in this process.
const sizeMb = Number(process.env.BENCH_MB ?? 500)
const folder = await mkdtemp(join(tmpdir(), 'weir-bench-'))
const control = await startTestControl({ choresEveryMs: 3_600_000 })
try {
  const worker = await joinFakeWorker((path, init) => fetch(`${control.url}${path}`, init), await control.joinToken())
  const streams: LiveStream[] = []
  for (let n = 0; n < 10; n++)
    streams.push(
      (await (
        await control.call('POST', '/v1/live-streams', { name: `Stream ${n}`, source: { type: 'test' } })
      ).json()) as LiveStream,
    )
  await worker.post('poll', { slots: 10 })
  await fill(control)
  const file = join(control.dataDir, 'weir.db')
  const quiet = await beats(worker, streams, 0, () => false, 300)
  let made: Awaited<ReturnType<typeof backUp>> | undefined
  const backing = backUp({ from: { kind: 'file', file }, to: join(folder, 'backup.db') }).then((backup) => {
    made = backup
  })
  const busy = await beats(worker, streams, 0, () => made !== undefined)
  await backing
  printTable(
    `Heartbeats of a worker with 10 sessions while ${Math.round((await stat(file)).size / 1e6)} MB are backed up (in ${((made?.tookMs ?? 0) / 1000).toFixed(1)} s)`,
    [
      ['', 'heartbeats', 'p50', 'p99', 'longest', 'event loop p99', 'event loop longest'],
      ['without', ...row(quiet)],
      ['during a backup', ...row(busy)],
    ],
  )

  const [none, some, most] = [
    await beats(worker, streams, 0, () => false, 300),
    await beats(worker, streams, 20, () => false, 300),
    await beats(worker, streams, 200, () => false, 300),
  ]
  printTable('Heartbeats with log lines', [
    ['lines in each', 'heartbeats', 'p50', 'p99', 'longest', 'event loop p99', 'event loop longest'],
    ['0', ...row(none)],
    ['20', ...row(some)],
    ['200, the most', ...row(most)],
  ])
  const since = performance.now()
  await trimLogs(control.runtime.db, new Date())
  printTable('Trimming them', [['10 streams over their bound', `${(performance.now() - since).toFixed(0)} ms`]])
} finally {
  await control.stop()
  await rm(folder, { recursive: true, force: true })
}
process.exit(0)

/** Uploads are what makes a database large. */
async function fill({ runtime: { db } }: TestControl): Promise<void> {
  const body = crypto.getRandomValues(new Uint8Array(65_536))
  const chunk = new Uint8Array(256 * 1024).map((_, index) => body[index % body.length] ?? 0)
  for (let position = 0; position < sizeMb * 4; position++)
    await db.insert(assetChunks).values({ assetId: 'ast_bench', position, body: chunk })
}

async function beats(
  worker: FakeWorker,
  streams: readonly LiveStream[],
  lines: number,
  isOver: () => boolean,
  most = 100_000,
) {
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const took: number[] = []
  for (let n = 0; n < most && !isOver(); n++) {
    const logs = Array.from({ length: lines }, (_, index) => ({
      ...{ id: `${lines}-${n}-${index}`, time: new Date().toISOString(), level: 'info', part: 'worker' },
      ...{
        msg: 'The connection to the source was lost. It is taken back as soon as it returns.',
        stream: streams[index % streams.length]?.id,
      },
      ...{
        session: 'ses_4kTabcdefghijklmnopq',
        worker: worker.id,
        input: 'in_4kTabcdefghijklmnopq',
        event: 'stream.reconnecting',
      },
    }))
    const since = performance.now()
    const answer = await worker.beat(
      streams.map(({ id }) => reportOf({ live_stream_id: id, fence: 1, revision: 1 })),
      { logs },
    )
    took.push(performance.now() - since)
    if (!answer.ok) throw new Error(await answer.text())
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  delay.disable()
  return { took, delayP99: delay.percentile(99) / 1e6, delayMax: delay.max / 1e6 }
}

function row({ took, delayP99, delayMax }: Awaited<ReturnType<typeof beats>>): (string | number)[] {
  const ms = (value: number) => `${value.toFixed(1)} ms`
  return [
    took.length,
    ms(quantile(took, 0.5)),
    ms(quantile(took, 0.99)),
    ms(Math.max(...took)),
    ms(delayP99),
    ms(delayMax),
  ]
}
