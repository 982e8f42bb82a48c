import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { LogLine } from '#schema/log/line.ts'
import { startTestControl, type TestControl } from '#tests/support/control-server.ts'
import { openWorkerLog } from '#worker/observe/worker-log.ts'
import { joinedAgent } from '../agent/joined-agent.ts'

let folder: string
let control: TestControl | undefined
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-worker-log-'))
})
afterEach(async () => {
  await control?.stop()
  await rm(folder, { recursive: true, force: true })
})

it('goes into its file, and takes as much as control orders while the worker runs', async () => {
  control = await startTestControl()
  const logFile = join(folder, 'logs/worker.log')
  const logs = openWorkerLog({ logLevel: 'warn', logFile })
  const agent = await joinedAgent(control, { logs })
  const { id: stream } = (await (await control.call('POST', '/v1/live-streams', { name: 'One' })).json()) as {
    id: string
  }
  const say = (words: string) => {
    logs.log.info(`${words}, of the worker`)
    logs.log.debug({ stream }, `${words}, of the stream`)
  }
  const order = async (change: object) => {
    expect((await control?.call('PATCH', '/v1/log-levels', change))?.status).toBe(200)
    await agent.heartbeat.beat()
  }
  try {
    say('as it was started')
    await order({ worker: { [agent.identity.workerId]: 'info' } })
    say('more of it')
    await order({ worker: { [agent.identity.workerId]: null }, debug: [{ live_stream_id: stream, minutes: 5 }] })
    say('all of one stream')
    await order({ debug: [{ live_stream_id: stream, minutes: 0 }] })
    say('as it was started again')
  } finally {
    await agent.close()
  }
  const lines = (await readFile(logFile, 'utf8')).trim().split('\n')
  expect(lines.map((line) => JSON.parse(line) as LogLine)).toMatchObject([
    { level: 'info', part: 'worker', msg: 'more of it, of the worker' },
    { level: 'debug', part: 'worker', stream, msg: 'all of one stream, of the stream' },
  ])
})

it('says what to do about a file that cannot be written', () => {
  expect(() => openWorkerLog({ logLevel: 'info', logFile: '/proc/weir/worker.log' })).toThrow(
    "Can't write to /proc/weir/worker.log. Set WEIR_LOG_FILE to a file in a folder of this user.",
  )
})
