import type { ReactiveController, ReactiveControllerHost } from 'lit'
import type { PlanAnswer, PlanRequestBody } from '#schema/contracts/plan.ts'
import { asProblem, type RequestProblem } from '../problem.ts'
import { RequestEvent } from '../request-event.ts'

/** Somebody who types is not asked after each key, milliseconds. */
const restMs = 250

/**
 * Keeps the plan of what is asked last. While the next one comes the last one stays, and an answer that was overtaken is
 * dropped.
 */
export class LatestPlan implements ReactiveController {
  readonly #host: ReactiveControllerHost & EventTarget
  answer: PlanAnswer | null = null
  problem: RequestProblem | null = null
  /** Whether a newer one is on its way. */
  isWaiting = false
  #asked = ''
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(host: ReactiveControllerHost & EventTarget) {
    this.#host = host
    host.addController(this)
  }

  hostDisconnected(): void {
    clearTimeout(this.#timer)
    this.#asked = ''
  }

  /** `circumstances`: what else the plan depends on; where only that is other, it is asked again too. */
  ask(body: PlanRequestBody, circumstances: unknown): void {
    const asked = JSON.stringify([body, circumstances])
    if (asked === this.#asked) return
    const isFirst = this.#asked === ''
    this.#asked = asked
    this.isWaiting = true
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#send(body, asked), isFirst ? 0 : restMs)
  }

  again(body: PlanRequestBody): void {
    this.problem = null
    this.isWaiting = true
    this.#host.requestUpdate()
    void this.#send(body, this.#asked)
  }

  async #send(body: PlanRequestBody, asked: string): Promise<void> {
    const event = new RequestEvent((api) => api.plan(body))
    this.#host.dispatchEvent(event)
    const outcome = await (event.answer as Promise<PlanAnswer>).then(
      (answer) => ({ answer, problem: null }),
      (error: unknown) => ({ answer: this.answer, problem: asProblem(error) }),
    )
    if (asked !== this.#asked) return
    this.answer = outcome.answer
    this.problem = outcome.problem
    this.isWaiting = false
    this.#host.requestUpdate()
  }
}
