import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { afterEach, expect, it, vi } from 'vitest'
import { figuresOf } from '#schema/samples/figures.ts'
import { parseRows } from '#schema/samples/text.ts'
import { type HostSamples, startHostSamples } from '#worker/observe/host-seconds.ts'
import { eventually } from '../../support/eventually.ts'

let host: HostSamples | undefined
afterEach(() => {
  host?.close()
  vi.useRealTimers()
})

it('measures the machine each second, in units that control understands', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const child = spawn('sleep', ['60'])
  const began = Math.floor(Date.now() / 1_000)
  let second = 0
  host = startHostSamples(
    tmpdir(),
    () => ({ sessions: 3, encodeUnitsUsed: 1.25 }),
    () => (began + second) * 1_000,
  )
  const measured = host
  const tick = async () => {
    const before = measured.latest()
    second++
    vi.advanceTimersByTime(1_000)
    await eventually('it is measured', () => measured.latest() !== before)
  }
  await tick()
  await tick()
  child.kill('SIGKILL')
  const values = measured.latest()[0]?.[1] ?? []
  const figures = Object.fromEntries(figuresOf('w').map(({ name }, index) => [name, values[index] ?? null]))
  expect(figures).toMatchObject({ sessions: 3, encode_units_used: 1.25 })
  expect(figures.ffmpeg_count).toBeGreaterThanOrEqual(1)
  expect(figures.memory_used_mb).toBeGreaterThan(10)
  expect(figures.memory_used_mb).toBeLessThan(figures.memory_total_mb ?? 0)
  expect(figures.process_memory_mb).toBeGreaterThan(10)
  expect(figures.disk_free_mb).toBeLessThanOrEqual(figures.disk_total_mb ?? 0)
  expect(figures.event_loop_delay_ms).toBeGreaterThanOrEqual(0)
  // Two looks in the same instant: nothing may have passed on the processors.
  for (const share of [figures.cpu]) if (share !== null) expect(share).toBeLessThanOrEqual(1)
  if (process.platform === 'linux') expect(figures.network_out_kbps).toBeGreaterThanOrEqual(0)
  const batch = measured.ring.batch()
  expect(parseRows(batch?.text ?? '').get('w')).toHaveLength(2)
})
