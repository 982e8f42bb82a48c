import { collectDefaultMetrics, Registry } from 'prom-client'

// One for the process: what it observes is the process's, and goes with it.
let registry: Registry | undefined

/** Memory, CPU, event loop and garbage of this process for Prometheus, measured from the first question on. */
export function processMetrics(): Promise<string> {
  if (!registry) {
    registry = new Registry()
    collectDefaultMetrics({ register: registry })
    // Gauges with the suffix of counters (prom-client 15.1): the same by kind is there without it.
    for (const kind of ['handles', 'requests', 'resources']) registry.removeSingleMetric(`nodejs_active_${kind}_total`)
  }
  return registry.metrics()
}
