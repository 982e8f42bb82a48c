import type { Playback } from '#schema/contracts/playback.ts'

/** What one look at the status endpoint gave. */
export type StatusAnswer =
  | { readonly kind: 'known'; readonly playback: Playback; readonly serverOffsetMs: number }
  | { readonly kind: 'unknown_id' }
  /** It may not be played, not here or not now; `code` of the problem says why. */
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'unreachable' }

/** Timers and chance, given so that tests can hold them. */
export interface PollClock {
  nowMs(): number
  random(): number
  setTimeout(run: () => void, delayMs: number): unknown
  clearTimeout(timer: unknown): void
}

export const browserClock: PollClock = {
  nowMs: () => Date.now(),
  random: () => Math.random(),
  setTimeout: (run, delayMs) => setTimeout(run, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as number),
}

const intervalMs = 3_000
const unreachableLongestMs = 15_000
const unknownIdMs = 30_000

/**
 * Milliseconds until the next look: about 3 s, spread by ± 33 % so that a waiting crowd does not knock all at once;
 * twice as long after each failure in a row, up to 15 s; 30 s for an id that does not exist or is refused.
 */
export function pollDelayMs(answer: StatusAnswer['kind'], failures: number, random: () => number): number {
  const delayMs =
    answer === 'known'
      ? intervalMs
      : answer === 'unknown_id' || answer === 'refused'
        ? unknownIdMs
        : Math.min(intervalMs * 2 ** Math.max(0, failures - 1), unreachableLongestMs)
  return Math.round(delayMs * (2 / 3 + (random() * 2) / 3))
}

/** Asks for the status again and again while it runs, one request at a time. */
export class StatusPoll {
  #ask: (signal: AbortSignal) => Promise<StatusAnswer>
  #onAnswer: (answer: StatusAnswer) => void
  #clock: PollClock
  #timer: unknown
  #running: AbortController | null = null
  #failures = 0

  constructor(
    ask: (signal: AbortSignal) => Promise<StatusAnswer>,
    onAnswer: (answer: StatusAnswer) => void,
    clock: PollClock = browserClock,
  ) {
    this.#ask = ask
    this.#onAnswer = onAnswer
    this.#clock = clock
  }

  /** Asks after `delayMs`, then goes on by itself. Does nothing if it runs already. */
  start(delayMs = 0): void {
    if (this.#running) return
    this.#running = new AbortController()
    this.#failures = 0
    this.#schedule(this.#running, delayMs)
  }

  stop(): void {
    this.#running?.abort()
    this.#running = null
    this.#clock.clearTimeout(this.#timer)
  }

  #schedule(run: AbortController, delayMs: number): void {
    this.#timer = this.#clock.setTimeout(() => void this.#look(run), delayMs)
  }

  async #look(run: AbortController): Promise<void> {
    const answer = await this.#ask(run.signal).catch((): StatusAnswer => ({ kind: 'unreachable' }))
    if (run.signal.aborted) return
    this.#failures = answer.kind === 'unreachable' ? this.#failures + 1 : 0
    this.#onAnswer(answer)
    if (run.signal.aborted) return
    this.#schedule(
      run,
      pollDelayMs(answer.kind, this.#failures, () => this.#clock.random()),
    )
  }
}

/** Asks `GET /v1/playback/:playback_id` (with the token of signed playback behind it) of the control plane at `base`. */
export async function askStatus(base: string, playbackId: string, signal: AbortSignal): Promise<StatusAnswer> {
  const url = new URL(`/v1/playback/${encodeURIComponent(playbackId)}`, base)
  const startedMs = Date.now()
  const response = await fetch(url, {
    credentials: 'omit',
    signal: AbortSignal.any([signal, AbortSignal.timeout(8_000)]),
  })
  if (response.status === 404) return { kind: 'unknown_id' }
  if (response.status === 403) return { kind: 'refused', code: await codeOf(response) }
  if (!response.ok) return { kind: 'unreachable' }
  const playback = (await response.json()) as Playback
  // The answer may lie in a cache for two seconds: half the round trip is the best that can be said about its age.
  const serverOffsetMs = playback.server_time_ms - (startedMs + Date.now()) / 2
  return { kind: 'known', playback, serverOffsetMs }
}

async function codeOf(response: Response): Promise<string> {
  const { code } = (await response.json().catch(() => ({}))) as { code?: string }
  return code ?? ''
}
