import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { newSecretKey } from '#control/secrets/secret-box.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { startTestControl } from '#tests/support/control-server.ts'
import { eventually } from '#tests/support/eventually.ts'
import { startSqld } from '#tests/support/sqld.ts'
import { startWebhookReceiver } from '#tests/support/webhook-receiver.ts'
import { printTable, quantile } from './table.ts'

// How soon after an event a webhook has it, alone and beside addresses that never answer; and how many a process delivers in a
// second, against the same POSTs without signature, database and log.
const paced = 200
const burst = 1_000
const rows: (string | number)[][] = [['', 'p50 ms', 'p99 ms', 'worst ms']]
const rates: (string | number)[][] = [['', 'deliveries/s', 'of the baseline']]

const sqld = await startSqld()
const baseline = await bare()
rates.push(['baseline: bare POSTs, 4 at once', baseline.toFixed(0), '1.00'])
for (const [name, environment] of [
  ['embedded', {}],
  ['sqld', { WEIR_DATABASE_URL: sqld.url, WEIR_SECRET_KEY: newSecretKey() }],
] as const) {
  for (const silent of [0, 5])
    rows.push([`${name}, beside ${silent} that never answer`, ...(await delays(environment, silent))])
  for (const count of [1, 10]) {
    const rate = await throughput(environment, count)
    rates.push([`${name}, ${count} webhook${count > 1 ? 's' : ''}`, rate.toFixed(0), (rate / baseline).toFixed(2)])
  }
}
await sqld.stop()
printTable(`From an event to its webhook, ${paced} events, one each 25 ms`, rows)
printTable(`${burst} events that wait`, rates)

async function delays(environment: object, silentCount: number): Promise<string[]> {
  const { control, receiver, stop } = await start(environment)
  const silent = await startWebhookReceiver()
  silent.answer(() => null)
  for (let index = 0; index < silentCount; index++) await control.call('POST', '/v1/webhooks', { url: silent.url })
  const stream = (await (await control.call('POST', '/v1/live-streams', { name: 'Bench' })).json()) as LiveStream
  for (let index = 0; index < paced; index++) {
    await control.call('POST', `/v1/live-streams/${stream.id}/${index % 2 ? 'enable' : 'disable'}`)
    await sleep(25)
  }
  await eventually('all came', () => receiver.received.length > paced)
  const ms = receiver.received.slice(1).map(({ body, atMs }) => {
    const happenedMs = Date.parse((JSON.parse(body) as { timestamp: string }).timestamp)
    return performance.timeOrigin + atMs - happenedMs
  })
  await stop()
  await silent.stop()
  return [quantile(ms, 0.5), quantile(ms, 0.99), Math.max(...ms)].map((each) => each.toFixed(1))
}

async function throughput(environment: object, webhooks: number): Promise<number> {
  const { control, receiver, stop } = await start(environment)
  for (let index = 1; index < webhooks; index++) await control.call('POST', '/v1/webhooks', { url: receiver.url })
  const each = burst / webhooks
  await control.runtime.db.run(`INSERT INTO events (id, live_stream_id, type, detail, at)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${each})
    SELECT 'evt_' || i, 'ls_' || (i % 20), 'stream.active', 'On air.', '2026-11-01T00:00:00.000Z' FROM n`)
  const beganMs = performance.now()
  control.runtime.pulse.fire()
  await eventually('all came', () => receiver.received.length >= burst, { timeoutMs: 120_000, intervalMs: 5 })
  const rate = (burst / (performance.now() - beganMs)) * 1_000
  await stop()
  return rate
}

async function start(environment: object) {
  const receiver = await startWebhookReceiver()
  const control = await startTestControl({
    environment: { WEIR_WEBHOOK_ALLOW: '127.0.0.0/8', ...environment },
    choresEveryMs: 3_600_000,
  })
  await control.runtime.db.run('DELETE FROM webhooks')
  await control.runtime.db.run('DELETE FROM webhook_deliveries')
  await control.runtime.db.run('DELETE FROM events')
  await control.call('POST', '/v1/webhooks', { url: receiver.url })
  return {
    control,
    receiver,
    async stop() {
      await control.stop()
      await receiver.stop()
    },
  }
}

async function bare(): Promise<number> {
  const receiver = await startWebhookReceiver()
  const agent = new Agent({ keepAlive: true })
  const body = JSON.stringify({ type: 'stream.active', timestamp: '', data: { detail: 'x'.repeat(300) } })
  const post = () =>
    new Promise<void>((resolve, reject) => {
      request(receiver.url, { method: 'POST', agent }, (answer) => answer.resume().once('end', resolve))
        .once('error', reject)
        .end(body)
    })
  const beganMs = performance.now()
  let left = burst
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      while (left-- > 0) await post()
    }),
  )
  const rate = (burst / (performance.now() - beganMs)) * 1_000
  agent.destroy()
  await receiver.stop()
  return rate
}
