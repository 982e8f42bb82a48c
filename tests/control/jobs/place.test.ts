import { describe, expect, it } from 'vitest'
import { fullFor, leasesMax, leastLoaded, type WorkerLoad, workerStateNow } from '#control/jobs/place.ts'

const now = new Date('2026-11-01T12:00:00Z')
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000)
const worker = (id: string, more: Partial<WorkerLoad> = {}, encodeUnits = 1): WorkerLoad => ({
  id,
  state: 'online',
  lastSeenAt: ago(1),
  capacity: { encode_units: encodeUnits, cpu_cores: 2, ffmpeg_version: '5.1' },
  leases: 0,
  ...more,
})

describe('placement', () => {
  it('chooses the worker with the fewest leases for what it can encode', () => {
    const small = worker('small', { leases: 2 }, 1)
    const large = worker('large', { leases: 3 }, 4)
    expect(leastLoaded([small, large], now)?.id).toBe('large')
  })

  it('gives the same answer whatever the order, where loads are equal', () => {
    expect(leastLoaded([worker('b'), worker('a')], now)?.id).toBe('a')
    expect(leastLoaded([worker('a'), worker('b')], now)?.id).toBe('a')
  })

  it('leaves out workers that drain or are silent', () => {
    expect(leastLoaded([worker('a', { state: 'draining' }), worker('b', { lastSeenAt: ago(16) })], now)).toBeUndefined()
  })

  it('does not divide by a capacity of nothing', () => {
    expect(leastLoaded([worker('a', { leases: 1 }, 0), worker('b', { leases: 1 }, 1)], now)?.id).toBe('b')
  })

  it('calls a worker offline once it was silent for the length of a lease', () => {
    expect(workerStateNow(worker('a', { lastSeenAt: ago(15) }), now)).toBe('online')
    expect(workerStateNow(worker('a', { lastSeenAt: ago(15.1) }), now)).toBe('offline')
  })
})

it('a worker that is full may take an encoder all the same, one that runs as many live streams as it may does not', () => {
  const full = { id: 'full', labels: [], leases: 3, isDraining: false }
  const encoders = [{ name: 'software' as const, encodeUnits: 4, freeUnits: 0 }]
  const load = { encodeUnits: 1, cpuUnits: 0 }
  const needs = { labels: [], encoder: 'auto' as const, noSoftwareFallback: false, loadOn: () => load }
  expect(fullFor([{ ...full, encoders }], needs)?.id).toBe('full')
  expect(fullFor([{ ...full, encoders, leases: leasesMax }], needs)).toBeUndefined()
})
