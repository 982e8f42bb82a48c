import { decodeJwt } from 'jose'
import type { Job } from '#schema/contracts/job.ts'
import { type PollResponse, pollResponse } from '#schema/contracts/worker.ts'
import { delay } from '../delay.ts'
import type { Log } from '../observe/log.ts'
import type { ControlClient } from './control-client.ts'
import type { Heartbeat } from './heartbeat.ts'
import type { SessionRegistry } from './session-registry.ts'

/** Distance of polls that control does not hold back, and of all while it is away, milliseconds. */
const pollMs = 2_000
/** Control may hold a poll back for so long, seconds. */
const heldSeconds = 25
/** Live streams that a poll names at most; the contract's bound. */
const heldMax = 200
/** Its answer is waited for so much longer, milliseconds. */
const patienceMs = 10_000
/** What this worker could take is looked at so often while a poll is held back, milliseconds. */
const lookMs = 1_000
/** Between a heartbeat for the sake of new orders and the next poll, milliseconds. */
const restMs = 100

export interface PollOptions {
  readonly control: ControlClient
  readonly registry: SessionRegistry
  readonly heartbeat: Pick<Heartbeat, 'orders' | 'now'>
  /** Sessions that this worker still has room for. */
  readonly slots: () => number
  readonly log: Log
}

/**
 * Asks for streams that nobody runs yet (test, pull, always-on) until `signal` aborts. Control holds the request back while
 * there is nothing, and answers at once when there is, or when it has orders: a heartbeat brings those. A control plane that
 * does not hold it back (contract 1) is asked each two seconds.
 */
export async function pollForJobs(options: PollOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const sentMs = performance.now()
    // The heartbeat tells of a control plane that is away; nothing is lost here.
    const next = await step(options, signal).catch((error: unknown) => {
      options.log.debug({ err: error }, 'no jobs')
      return 'later' as const
    })
    if (next === 'soon') await delay(restMs, signal)
    // One that is closing answers at once, with nothing.
    else if (next === 'later' || (next === 'nothing' && performance.now() - sentMs < lookMs))
      await delay(pollMs * (0.75 + Math.random() / 2), signal)
  }
}

/** One poll and what it brings; gives when the next one is due. */
async function step(options: PollOptions, signal: AbortSignal): Promise<'now' | 'soon' | 'later' | 'nothing'> {
  const { control, registry, heartbeat, log } = options
  const wish = wishOf(options)
  const isHeld = heartbeat.orders !== undefined
  if (!isHeld && wish.slots === 0) return 'later'
  const { jobs, again } = isHeld
    ? await heldPoll(options, wish, heartbeat.orders, signal)
    : await control.post(path, wish, pollResponse, signal)
  let started = 0
  for (const token of jobs) if (await accept(token, registry, log)) started++
  // What can't be started comes again with the next poll.
  if (!isHeld || started < jobs.length) return 'later'
  if (again === 'orders') return (await heartbeat.now()) ? 'soon' : 'later'
  return jobs.length > 0 || again === 'work' ? 'now' : 'nothing'
}

const path = '/worker/v1/poll'

const wishOf = ({ registry, slots }: PollOptions) => ({ slots: slots(), avoid: registry.setbacks.current() })

/** A poll that control holds back; given up for another one as soon as something else is wanted. */
async function heldPoll(
  options: PollOptions,
  wish: ReturnType<typeof wishOf>,
  orders: string | undefined,
  signal: AbortSignal,
): Promise<PollResponse> {
  const outdated = new AbortController()
  const wanted = JSON.stringify(wish)
  const watch = setInterval(() => {
    if (JSON.stringify(wishOf(options)) !== wanted) outdated.abort()
  }, lookMs)
  try {
    const held = options.registry
      .reportable()
      .map(({ job }) => job.live_stream_id)
      .slice(0, heldMax)
    const body = { ...wish, held, wait_s: heldSeconds, orders }
    const either = AbortSignal.any([signal, outdated.signal])
    return await options.control.post(path, body, pollResponse, either, heldSeconds * 1_000 + patienceMs)
  } catch (error) {
    if (outdated.signal.aborted && !signal.aborted) return { jobs: [], again: 'work' }
    throw error
  } finally {
    clearInterval(watch)
  }
}

/** Control thinks that this job runs here: why it does not must be seen, and others must get it. */
async function accept(token: string, registry: SessionRegistry, log: Log): Promise<boolean> {
  try {
    await registry.accept(token)
    return true
  } catch (error) {
    // Nothing but what to leave alone is taken from a token that may not be genuine.
    const { job } = decodeJwt<{ job: Job }>(token)
    registry.setbacks.failed(job, 0)
    log.error({ err: error, stream: job.live_stream_id }, 'a claimed job could not be started')
    return false
  }
}
