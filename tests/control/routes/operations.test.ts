import { afterEach, beforeEach, expect, it } from 'vitest'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { addWorker } from '../../support/jobs.ts'

let clock: Date
let control: TestControl
beforeEach(async () => {
  clock = new Date()
  control = await startTestControl({ now: () => clock, choresEveryMs: 3_600_000 })
})
afterEach(() => control.stop())
const readiness = async () => (await fetch(`${control.url}/readyz`)).status

it('is ready while a worker is online that takes work, and not with one that drains or is silent', async () => {
  expect(await readiness()).toBe(503)
  const worker = await addWorker(control)
  expect(await readiness()).toBe(200)
  await worker.beat([], { state: 'draining' })
  expect(await readiness()).toBe(503)
  await worker.beat()
  expect(await readiness()).toBe(200)
  clock = new Date(clock.getTime() + 16_000)
  expect(await readiness()).toBe(503)
})
