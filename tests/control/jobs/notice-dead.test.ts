import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noticeDead } from '#control/jobs/notice-dead.ts'
import { startTestControl, type TestControl } from '#tests/support/control-server.ts'
import { reportOf } from '#tests/support/fake-worker.ts'
import { addStream, addWorker, claimed, publishTo } from '#tests/support/jobs.ts'
import { freePort } from '#tests/support/nginx-rtmp.ts'

let control: TestControl
let nowMs = Date.now()
const pass = (seconds: number) => {
  nowMs += seconds * 1_000
}
const server = createServer((_request, response) => response.end('{"control_answered_ms_ago":null}'))
let alive: string

beforeAll(async () => {
  control = await startTestControl({ now: () => new Date(nowMs), choresEveryMs: 3_600_000 })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  gone = `http://127.0.0.1:${await freePort()}`
  alive = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.close()
  await control.stop()
})
/** A worker at this address that holds the lease of a stream. */
async function holder(originUrl: string) {
  const worker = await addWorker(control, { originUrl })
  const stream = await addStream(control)
  const job = await claimed(await publishTo(worker, stream))
  return { worker, stream, job }
}
let gone: string

describe('a worker that is silent', () => {
  it('has no leases any more once nothing listens where it was, and others take its streams at once', async () => {
    const { worker, stream } = await holder(gone)
    const other = await addWorker(control, { originUrl: alive })
    expect((await publishTo(other, stream)).status).toBe(409)
    pass(4)
    expect(await noticeDead(control.runtime)).toBe(0)
    pass(2)
    expect(await noticeDead(control.runtime)).toBe(1)
    const { data } = (await (await control.call('GET', '/v1/workers')).json()) as {
      data: { id: string; state: string }[]
    }
    expect(data.find(({ id }) => id === worker.id)?.state).toBe('offline')
    await claimed(await publishTo(other, stream))
    expect((await publishTo(worker, stream)).status).toBe(409)
    expect(await noticeDead(control.runtime)).toBe(0)
  })

  it('keeps its leases while something answers at its address, or nobody can tell', async () => {
    const { stream } = await holder(alive)
    const { stream: unknown } = await holder('http://weir.invalid:8788')
    pass(10)
    expect(await noticeDead(control.runtime)).toBe(0)
    const other = await addWorker(control)
    expect((await publishTo(other, stream)).status).toBe(409)
    expect((await publishTo(other, unknown)).status).toBe(409)
  })

  it('keeps them when it is heard of while it is looked for', async () => {
    const { worker, stream, job } = await holder(gone)
    pass(6)
    const heard = async () => {
      await worker.beat([reportOf(job)])
      return true
    }
    pass(1)
    expect(await noticeDead(control.runtime, heard)).toBe(0)
    expect((await publishTo(await addWorker(control), stream)).status).toBe(409)
  })
})
