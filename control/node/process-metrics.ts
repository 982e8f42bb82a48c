import { collectDefaultMetrics, Registry } from 'prom-client'

// One for the process: what it observes is the process's, and goes with it.
let registry: Registry | undefined

/** Memory, CPU, event loop and garbage of this process for Prometheus, measured from the first question on. */
export function processMetrics(): Promise<string> {
  if (!registry) {
    registry = new Registry()
    collectDefaultMetrics({ register: registry })
  }
  return registry.metrics()
}
