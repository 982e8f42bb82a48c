import type { ReactiveControllerHost } from 'lit'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LatestPlan } from '#control/dashboard/components/latest-plan.ts'
import { RequestEvent } from '#control/dashboard/request-event.ts'
import type { PlanAnswer, PlanRequestBody } from '#schema/contracts/plan.ts'

/** An element whose requests are answered when the test says so. */
class Host extends EventTarget implements ReactiveControllerHost {
  readonly asked: { resolve: (answer: PlanAnswer) => void; reject: (error: Error) => void }[] = []
  updates = 0
  readonly updateComplete = Promise.resolve(true)

  constructor() {
    super()
    this.addEventListener(RequestEvent.type, (event) => {
      const { promise, resolve, reject } = Promise.withResolvers<PlanAnswer>()
      this.asked.push({ resolve, reject })
      Object.assign(event, { answer: promise })
    })
  }
  addController(): void {}
  removeController(): void {}
  requestUpdate(): void {
    this.updates++
  }
}

const body = (name: string) => ({ live_stream_id: name }) as PlanRequestBody
const answer = (name: string) => ({ encodes: [{ id: name }] }) as unknown as PlanAnswer
let host: Host
let plan: LatestPlan

beforeEach(() => {
  vi.useFakeTimers()
  host = new Host()
  plan = new LatestPlan(host)
})
afterEach(() => vi.useRealTimers())

describe('the latest plan', () => {
  it('is asked for at once, and then only when somebody has stopped typing', async () => {
    plan.ask(body('a'), null)
    await vi.advanceTimersByTimeAsync(0)
    expect(host.asked).toHaveLength(1)
    for (const typed of ['b', 'bc', 'bcd']) plan.ask(body(typed), null)
    plan.ask(body('bcd'), null)
    expect(plan.isWaiting).toBe(true)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(host.asked).toHaveLength(2)
    plan.ask(body('bcd'), 'the source is another')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(host.asked).toHaveLength(3)
  })

  it('is never an answer that was overtaken, and stays while the next one comes', async () => {
    plan.ask(body('a'), null)
    await vi.advanceTimersByTimeAsync(0)
    host.asked[0]!.resolve(answer('a'))
    await vi.advanceTimersByTimeAsync(0)
    expect([plan.answer, plan.isWaiting]).toEqual([answer('a'), false])
    plan.ask(body('b'), null)
    await vi.advanceTimersByTimeAsync(1_000)
    plan.ask(body('c'), null)
    await vi.advanceTimersByTimeAsync(1_000)
    host.asked[2]!.resolve(answer('c'))
    await vi.advanceTimersByTimeAsync(0)
    host.asked[1]!.resolve(answer('b'))
    await vi.advanceTimersByTimeAsync(0)
    expect(plan.answer).toEqual(answer('c'))
  })

  it('says what went wrong, and can be asked for again', async () => {
    plan.ask(body('a'), null)
    await vi.advanceTimersByTimeAsync(0)
    host.asked[0]!.reject(new Error('away'))
    await vi.advanceTimersByTimeAsync(0)
    expect([plan.problem?.message, plan.isWaiting]).toEqual([expect.stringContaining('try again'), false])
    plan.again(body('a'))
    host.asked[1]!.resolve(answer('a'))
    await vi.advanceTimersByTimeAsync(0)
    expect([plan.problem, plan.answer]).toEqual([null, answer('a')])
  })

  it('is forgotten by an element that is gone', async () => {
    plan.ask(body('a'), null)
    plan.hostDisconnected()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(host.asked).toEqual([])
  })
})
