import type { PackageFigures } from './figures.ts'
import type { Segment, SegmentWindow } from './window.ts'

/** Delivery directives of a playlist request (rfc8216bis §6.2.5). */
export interface Directives {
  /** `_HLS_msn` and `_HLS_part`; null: answer at once. */
  readonly until: { readonly sequence: number; readonly part: number | null } | null
  /** `_HLS_skip`: a delta update will do. */
  readonly skip: boolean
}

/** The directives in a query, or null if they are malformed (400). Other parameters mean nothing here. */
export function parseDirectives(query: string): Directives | null {
  const parameters = new URLSearchParams(query)
  const number = (name: string): number | null | undefined => {
    const values = parameters.getAll(name)
    if (values.length === 0) return null
    return values.length === 1 && /^\d{1,15}$/.test(values[0]!) ? Number(values[0]) : undefined
  }
  const sequence = number('_HLS_msn')
  const part = number('_HLS_part')
  if (sequence === undefined || part === undefined || (sequence === null && part !== null)) return null
  const skip = ['YES', 'v2'].includes(parameters.get('_HLS_skip') ?? '')
  return { until: sequence === null ? null : { sequence, part }, skip }
}

/**
 * Whether a playlist answers `until` now, after a wait, or never (`refuse`: too far ahead, 400; rfc8216bis §6.2.5.2).
 * A part past the end of a complete segment means part 0 of the next one.
 */
export function answerWhen(
  window: SegmentWindow,
  until: Directives['until'],
  figures: PackageFigures,
): 'now' | 'later' | 'refuse' {
  if (until === null) return 'now'
  const lastComplete = window.lastComplete?.sequence ?? window.firstSequence - 1
  const edge = window.edge
  const { sequence, part } = until
  if (part === null || figures.partTarget === null) {
    if (sequence <= lastComplete) return 'now'
  } else if (edge !== undefined && holds(window, edge.sequence, sequence, part)) {
    return 'now'
  }
  if (sequence > lastComplete + 2) return 'refuse'
  const partsThere = edge?.sequence === sequence ? edge.part : -1
  const ahead = (part ?? 0) - partsThere
  const pastTheEnd = sequence <= lastComplete
  return !pastTheEnd && ahead > Math.max(1, figures.advancePartLimit) ? 'refuse' : 'later'
}

/** Whether the window holds part `part` of segment `sequence`, or something later. */
function holds(window: SegmentWindow, edgeSequence: number, sequence: number, part: number): boolean {
  if (edgeSequence !== sequence) return edgeSequence > sequence
  return part < (window.find(sequence) as Segment).parts.length
}

/** How a wait ended: what was waited for is there, the time was over, or nobody waits any more. */
export type WaitResult = 'ready' | 'late' | 'gone'

/** Requests that wait for media. There are never more than `limit`: {@link wait} gives null for one too many. */
export class Waiters {
  readonly #limit: number
  readonly #waiting = new Set<() => void>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** How many wait now. */
  get count(): number {
    return this.#waiting.size
  }

  /** Waits until `ready()`; it is asked after every {@link wake}. */
  wait(ready: () => boolean, timeoutMs: number, signal: AbortSignal): Promise<WaitResult> | null {
    if (ready()) return Promise.resolve('ready')
    if (this.#waiting.size >= this.#limit) return null
    const { promise, resolve } = Promise.withResolvers<WaitResult>()
    const finish = (result: WaitResult) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', gone)
      this.#waiting.delete(check)
      resolve(result)
    }
    const check = () => ready() && finish('ready')
    const gone = () => finish('gone')
    const timer = setTimeout(() => finish('late'), timeoutMs)
    signal.addEventListener('abort', gone, { once: true })
    if (signal.aborted) gone()
    else this.#waiting.add(check)
    return promise
  }

  /** Something has changed: everybody who waits looks again. */
  wake(): void {
    for (const check of this.#waiting) check()
  }
}
