import type { ReactiveControllerHost } from 'lit'
import type { Api } from './api.ts'
import { asProblem, type RequestProblem } from './problem.ts'
import type { Change } from './state.ts'

/** Calls the API; what it has read for all to see it gives to `apply`. */
export type Run<Answer> = (api: Api, apply: (change: Change) => void) => Promise<Answer>

/** What a component wants done; it bubbles up to the dashboard, which does it and gives the answer. */
export class RequestEvent extends Event {
  static readonly type = 'weir-request'
  readonly run: Run<unknown>
  /** The stream that is other afterwards; the dashboard reads it anew before it answers. */
  readonly streamId: string | undefined
  answer: Promise<unknown> | undefined

  constructor(run: Run<unknown>, streamId?: string) {
    super(RequestEvent.type, { bubbles: true })
    this.run = run
    this.streamId = streamId
  }
}

type Host = Pick<ReactiveControllerHost, 'requestUpdate'> & EventTarget

/** Sends requests up for one element, one at a time, and keeps what there is to show: whether it waits, what went wrong. */
export class Requests {
  readonly #host: Host
  /** Names the request that is under way. */
  busy: string | null = null
  problem: RequestProblem | null = null

  constructor(host: Host) {
    this.#host = host
  }

  /** Gives the answer in a box, or null where there is none: then `problem` says why. */
  async send<Answer>(name: string, run: Run<Answer>, streamId?: string): Promise<{ readonly answer: Answer } | null> {
    if (this.busy !== null) return null
    this.busy = name
    this.problem = null
    this.#host.requestUpdate()
    try {
      const event = new RequestEvent(run, streamId)
      this.#host.dispatchEvent(event)
      return { answer: (await event.answer) as Answer }
    } catch (error) {
      this.problem = asProblem(error)
      return null
    } finally {
      this.busy = null
      this.#host.requestUpdate()
    }
  }

  forget(): void {
    this.problem = null
    this.#host.requestUpdate()
  }
}
