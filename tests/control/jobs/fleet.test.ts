import { expect, it } from 'vitest'
import { startTestControl } from '../../support/control-server.ts'
import { fleetClock, SimulatedFleet } from '../../support/simulated-fleet.ts'

/*
 * A few workers and one seed in the suite. Thousands by hand, each seed a run of its own, of two or three minutes of CPU time:
 *   WEIR_TEST_FLEET="workers=2000 streams=5000 seconds=120 seeds=1-3 faults=40" npx vitest run tests/control/jobs/fleet.test.ts
 */
const wanted = Object.fromEntries((process.env.WEIR_TEST_FLEET ?? '').split(/\s+/).map((part) => part.split('=')))
const [firstSeed = 1, lastSeed = firstSeed] = (wanted.seeds ?? '1').split('-').map(Number)
const size = {
  workers: Number(wanted.workers ?? 8),
  streams: Number(wanted.streams ?? 20),
  seconds: Number(wanted.seconds ?? 130),
  faultsPerSecond: Number(wanted.faults ?? 0.7),
}
const seeds = Array.from({ length: lastSeed - firstSeed + 1 }, (_, index) => firstSeed + index)

it.each(seeds)(
  'a fleet of misfortune %i keeps its leases: never two for longer than a lease, never none while one could, nothing lost',
  { timeout: 3_600_000 },
  async (seed) => {
    const clock = fleetClock()
    const control = await startTestControl({ now: clock.now, choresEveryMs: 3_600_000 })
    try {
      const result = await new SimulatedFleet(control.runtime, clock, { seed, ...size }).run()
      if (process.env.WEIR_TEST_FLEET) console.log(JSON.stringify(result))
      expect(result.claims).toBeGreaterThan(size.streams)
      expect(Object.keys(result.faults).length).toBeGreaterThan(3)
    } finally {
      await control.stop()
    }
  },
)
