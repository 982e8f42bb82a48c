import { pollResponse } from '#schema/contracts/worker.ts'
import { delay } from '../delay.ts'
import type { Log } from '../observe/log.ts'
import type { ControlClient } from './control-client.ts'
import type { SessionRegistry } from './session-registry.ts'

const pollMs = 2_000

export interface PollOptions {
  readonly control: ControlClient
  readonly registry: SessionRegistry
  /** Sessions that this worker still has room for. */
  readonly slots: () => number
  readonly log: Log
}

/** Asks for streams that nobody runs yet (test, always-on) until `signal` aborts. */
export async function pollForJobs({ control, registry, slots, log }: PollOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const free = slots()
    if (free > 0) {
      try {
        const { jobs } = await control.post(
          '/worker/v1/poll',
          { slots: free, avoid: registry.setbacks.current() },
          pollResponse,
          signal,
        )
        for (const token of jobs) await accept(token, registry, log)
      } catch (error) {
        // The heartbeat tells of a control plane that is away; nothing is lost here.
        log.debug({ err: error }, 'no jobs')
      }
    }
    await delay(pollMs * (0.75 + Math.random() / 2), signal)
  }
}

/** Control thinks that this job runs here: why it does not must be seen. */
async function accept(token: string, registry: SessionRegistry, log: Log): Promise<void> {
  await registry
    .accept(token)
    .catch((error: unknown) => log.error({ err: error }, 'a claimed job could not be started'))
}
