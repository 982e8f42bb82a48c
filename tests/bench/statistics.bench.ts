import { sql } from 'drizzle-orm'
import { forgetOldSamples, rollUpSamples } from '#control/statistics/roll-up.ts'
import { idleDestination } from '#schema/contracts/destination.ts'
import type { Job } from '#schema/contracts/job.ts'
import type { Metrics } from '#schema/contracts/metrics.ts'
import type { SessionReport } from '#schema/contracts/worker.ts'
import { printSecond } from '#schema/samples/text.ts'
import { destinationTally, tally } from '../support/broadcast-record.ts'
import { startTestControl } from '../support/control-server.ts'
import { reportOf } from '../support/fake-worker.ts'
import { addStream, addWorker, jobIn } from '../support/jobs.ts'

// What statistics cost: a heartbeat with and without samples, rolling them up, their size, and reading 90 days.
const sessions = 100
const beats = 40
const day = 86_400

let now = Math.floor(Date.now() / 600_000) * 600
const control = await startTestControl({
  environment: { WEIR_RATE_LIMIT: '0' },
  now: () => new Date(now * 1_000),
  choresEveryMs: 3_600_000,
})
const { db } = control.runtime
const worker = await addWorker(control, { capacity: { encode_units: 1_000, cpu_cores: 64, ffmpeg_version: '5.1' } })
const streamIds: string[] = []
for (let index = 0; index < sessions; index++)
  streamIds.push((await addStream(control, { inputs: [{ type: 'test' }] })).id)
const destinationIds = new Map<string, string[]>()
for (const id of streamIds) {
  const ids: string[] = []
  for (let index = 0; index < 3; index++) {
    const added = await control.call('POST', `/v1/live-streams/${id}/destinations`, {
      url: `rtmp://host-${index}.example/app`,
      stream_key: 'a-stream-key',
    })
    ids.push(((await added.json()) as { id: string }).id)
  }
  destinationIds.set(id, ids)
}

const credential = async () => ({
  authorization: `Bearer ${await worker.token({ issuedAt: new Date(now * 1_000) })}`,
})
const jobs: Job[] = []
while (jobs.length < sessions) {
  const answer = await worker.post('poll', { slots: 100 }, await credential())
  const claimed = ((await answer.json()) as { jobs: string[] }).jobs.map(jobIn)
  if (claimed.length === 0) throw new Error(`Only ${jobs.length} streams were claimed.`)
  jobs.push(...claimed)
}
const noise = (around: number, by: number) => around + Math.round((Math.random() - 0.5) * by)
const second = (id: string) => [
  ['s', printSecond('s', [noise(6_000, 400), noise(9_300, 500), 30, 1, noise(60, 100), 0, noise(-18, 6), 0])],
  ...['1080p', '720p', '480p'].map((name) => [`r.${name}`, printSecond(`r.${name}`, [noise(3_000, 300), 30])]),
  ...(destinationIds.get(id) ?? []).map((each) => [
    `d.${each}`,
    printSecond(`d.${each}`, [noise(6_100, 300), noise(120, 80), 0, 34, 1]),
  ]),
]
const samplesOf = (id: string, at: number, seconds: number) => {
  const lines = new Map<string, string[]>()
  for (let index = 0; index < seconds; index++)
    for (const [subject = '', row = ''] of second(id)) lines.set(subject, [...(lines.get(subject) ?? []), row])
  return { at, text: Array.from(lines, ([subject, rows]) => `${subject}=${rows.join(';')}`).join('|') }
}
const reportsAt = (at: number, hasSamples: boolean): SessionReport[] =>
  jobs.map((job, index) => {
    const ids = destinationIds.get(job.live_stream_id) ?? []
    return reportOf(job, {
      session_id: `ses_${index}`,
      sample: {
        ...{ at: new Date().toISOString(), source_bitrate_kbps: 6_000, output_bitrate_kbps: 9_300, fps: 30, speed: 1 },
        ...{ lateness_ms: 60, slate_seconds: 0, loudness_momentary_lufs: -18, loudness_integrated_lufs: -17 },
      },
      destinations: ids.map((id) => ({ ...idleDestination, id, state: 'broadcasting' as const })),
      broadcast: tally({ destinations: ids.map((id) => destinationTally(id)) }),
      ...(hasSamples && { samples: samplesOf(job.live_stream_id, at, 3) }),
    })
  })
async function beatCost(hasSamples: boolean): Promise<number> {
  const reports = reportsAt(now, hasSamples)
  const headers = await credential()
  const before = process.cpuUsage()
  const answer = await worker.beat(reports, {}, headers)
  const { user, system } = process.cpuUsage(before)
  if (answer.status !== 200) throw new Error(await answer.text())
  now += 3
  return (user + system) / 1_000
}
const mean = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length
for (let index = 0; index < 5; index++) await beatCost(true)
const without: number[] = []
const withSamples: number[] = []
for (let index = 0; index < beats; index++) {
  without.push(await beatCost(false))
  withSamples.push(await beatCost(true))
}
const cheapest = (numbers: readonly number[]) => mean(numbers.toSorted((a, b) => a - b).slice(0, beats / 2))
console.log(
  `Heartbeat of ${sessions} sessions with 3 destinations each, client and server together (the cheaper half of ${beats}):`,
)
console.log(
  `  without samples ${cheapest(without).toFixed(1)} ms CPU, with ${cheapest(withSamples).toFixed(1)} ms (${(((cheapest(withSamples) - cheapest(without)) / cheapest(without)) * 100).toFixed(0)} % more)`,
)

// Ten minutes of all streams, then what a roll-up of them takes.
now = Math.ceil(now / 600) * 600
const blockAt = now
for (const job of jobs) {
  const rows = Array.from({ length: 200 }, (_, index) => samplesOf(job.live_stream_id, blockAt + index * 3, 3))
  await db.run(sql`INSERT INTO samples (block, subject, at, text)
    SELECT ${blockAt / 600}, ${job.live_stream_id}, value ->> 'at', value ->> 'text' FROM json_each(${JSON.stringify(rows)})`)
}
now = blockAt + 640
const cpuBefore = process.cpuUsage()
const due = await rollUpSamples(db, new Date(now * 1_000))
const rollUpMs = (process.cpuUsage(cpuBefore).user + process.cpuUsage(cpuBefore).system) / 1_000
console.log(`Rolling up ten minutes of ${due} subjects: ${(rollUpMs / due).toFixed(1)} ms CPU each`)

// 90 days of one stream, by copying what one day makes.
const id = jobs[0]?.live_stream_id ?? ''
await db.run(sql`DELETE FROM samples`)
const rawBytes = samplesOf(id, 0, 3).text.length * 200
await db.run(sql`DELETE FROM sample_blocks WHERE subject <> ${id} OR at < ${blockAt - 1}`)
const [tenSeconds] = await db.all<[string]>(sql`SELECT text FROM sample_blocks WHERE subject = ${id} AND step = 10`)
const bytesOf = async (step: number) =>
  Number(
    (
      await db.all<[number]>(sql`SELECT sum(length(text)) FROM sample_blocks WHERE subject = ${id} AND step = ${step}`)
    )[0]?.[0],
  )
const firstDay = Math.floor((blockAt - 92 * day) / day) * day
// One real hour and day, of equal ten minutes.
for (let block = 0; block < 144; block++)
  await db.run(
    sql`INSERT INTO samples (block, subject, at, text) VALUES (${(firstDay + block * 600) / 600}, ${id}, ${firstDay + block * 600}, ${spread(tenSeconds?.[0] ?? '')})`,
  )
await db.run(sql`DELETE FROM sample_blocks`)
for (let round = 0; round < 2; round++) await rollUpSamples(db, new Date(now * 1_000))
const perDay = { ten: await bytesOf(10), minute: await bytesOf(60), hour: await bytesOf(3_600) }
await db.run(sql`DELETE FROM samples`)
for (const step of [60, 3_600])
  for (let each = 1; each < 92; each++)
    await db.run(sql`INSERT INTO sample_blocks (subject, step, at, batches, text)
      SELECT subject, step, at + ${each * day}, batches, text FROM sample_blocks
      WHERE subject = ${id} AND step = ${step} AND at < ${firstDay + day}`)
await forgetOldSamples(db, new Date(now * 1_000))
console.log(
  `One stream with 3 renditions and 3 destinations, for a day: ${kib(perDay.ten)} of 10 s, ${kib(perDay.minute)} of 1 min, ${kib(perDay.hour)} of 1 h; the last half hour of 1 s ${kib(rawBytes * 3)}`,
)
console.log(
  `  kept in all: ${kib(rawBytes * 3 + perDay.ten + (perDay.minute + perDay.hour) * 90)} for a stream that is always on air`,
)
for (const [days, step] of [
  [90, undefined],
  [30, undefined],
  [30, 1_800],
  [7, undefined],
  [1, undefined],
] as const) {
  const query = new URLSearchParams({ from: new Date((now - days * day) * 1_000).toISOString() })
  if (step) query.set('step', String(step))
  const times: number[] = []
  let points = 0
  let stepSeconds = 0
  for (let round = 0; round < 7; round++) {
    const started = performance.now()
    const metrics = (await (await control.call('GET', `/v1/live-streams/${id}/metrics?${query}`)).json()) as Metrics
    times.push(performance.now() - started)
    points = metrics.times.length
    stepSeconds = metrics.step_s
  }
  console.log(
    `  reading ${days} days (${points} points of ${stepSeconds} s): ${(times.toSorted((a, b) => a - b)[3] ?? 0).toFixed(0)} ms`,
  )
}
await control.stop()

function kib(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1_024).toFixed(0)} KiB` : `${(bytes / 1_048_576).toFixed(1)} MiB`
}

/** Points of ten seconds with nine empty seconds after each, so that they stand as seconds of a batch. */
function spread(text: string): string {
  return text
    .split('|')
    .map((subject) => subject.replaceAll(';', ';;;;;;;;;;'))
    .join('|')
}
