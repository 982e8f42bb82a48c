import { expect, it } from 'vitest'
import { startTestControl } from '../../support/control-server.ts'
import { fleetClock, SimulatedFleet } from '../../support/simulated-fleet.ts'

/*
 * A few workers and seeds in the suite. Many more by hand, each seed a run of its own:
 *   WEIR_TEST_FLEET="workers=1000 streams=2000 seconds=300 seeds=1-5 faults=20" vitest run tests/control/jobs/fleet.test.ts
 */
const wanted = Object.fromEntries((process.env.WEIR_TEST_FLEET ?? '').split(/\s+/).map((part) => part.split('=')))
const [firstSeed = 1, lastSeed = firstSeed] = (wanted.seeds ?? '1').split('-').map(Number)
const size = {
  workers: Number(wanted.workers ?? 6),
  streams: Number(wanted.streams ?? 10),
  seconds: Number(wanted.seconds ?? 200),
  faultsPerSecond: Number(wanted.faults ?? 0.4),
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
