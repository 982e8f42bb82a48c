import { describe, expect, it } from 'vitest'
import { type PollClock, pollDelayMs, type StatusAnswer, StatusPoll } from '#player/status-poll.ts'

/** Time that moves only when told to. */
class FakeClock implements PollClock {
  now = 0
  timers: { run: () => void; at: number }[] = []
  nowMs = () => this.now
  random = () => 0.5
  setTimeout(run: () => void, delayMs: number): unknown {
    const timer = { run, at: this.now + delayMs }
    this.timers.push(timer)
    return timer
  }
  clearTimeout(timer: unknown): void {
    this.timers = this.timers.filter((other) => other !== timer)
  }
  /** Runs the next timer; answers how long it had to wait. */
  async next(): Promise<number> {
    const timer = this.timers.shift()
    if (!timer) throw new Error('Nothing is planned.')
    const waitedMs = timer.at - this.now
    this.now = timer.at
    timer.run()
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    return waitedMs
  }
}

const unreachable: StatusAnswer = { kind: 'unreachable' }
const unknownId: StatusAnswer = { kind: 'unknown_id' }

describe('the delay between looks at the status', () => {
  it('is spread by a third, so that a waiting crowd does not knock all at once', () => {
    expect(pollDelayMs('known', 0, () => 0)).toBe(2_000)
    expect(pollDelayMs('known', 0, () => 0.999_999)).toBe(4_000)
  })

  it('doubles while nobody answers, up to fifteen seconds', () => {
    const delays = [1, 2, 3, 4, 50].map((failures) => pollDelayMs('unreachable', failures, () => 0.5))
    expect(delays).toEqual([3_000, 6_000, 12_000, 15_000, 15_000])
  })

  it('is long for an id that does not exist', () => {
    expect(pollDelayMs('unknown_id', 0, () => 0.5)).toBe(30_000)
  })
})

describe('the status poll', () => {
  it('asks at once, then again and again, and is patient with failures', async () => {
    const clock = new FakeClock()
    const answers: StatusAnswer[] = []
    const script = [unreachable, unreachable, unknownId]
    const poll = new StatusPoll(
      () => Promise.resolve(script[answers.length] ?? unreachable),
      (answer) => answers.push(answer),
      clock,
    )
    poll.start()
    expect([await clock.next(), await clock.next(), await clock.next(), await clock.next()]).toEqual([
      0, 3_000, 6_000, 30_000,
    ])
    expect(answers.map(({ kind }) => kind)).toEqual(['unreachable', 'unreachable', 'unknown_id', 'unreachable'])
  })

  it('takes a failed request for an unreachable server', async () => {
    const clock = new FakeClock()
    const answers: StatusAnswer[] = []
    const poll = new StatusPoll(
      () => Promise.reject(new Error('no network')),
      (answer) => answers.push(answer),
      clock,
    )
    poll.start()
    await clock.next()
    expect(answers).toEqual([unreachable])
  })

  it('plans nothing and tells nothing after it was stopped, even with a question on its way', async () => {
    const clock = new FakeClock()
    const answers: StatusAnswer[] = []
    let answer: (value: StatusAnswer) => void = () => {}
    const question = new Promise<StatusAnswer>((resolve) => {
      answer = resolve
    })
    const poll = new StatusPoll(
      () => question,
      (value) => answers.push(value),
      clock,
    )
    poll.start()
    await clock.next()
    poll.stop()
    answer(unknownId)
    await question
    expect(answers).toEqual([])
    expect(clock.timers).toEqual([])
  })

  it('runs once, however often it is started', () => {
    const clock = new FakeClock()
    const poll = new StatusPoll(
      () => Promise.resolve(unreachable),
      () => {},
      clock,
    )
    poll.start()
    poll.start()
    expect(clock.timers).toHaveLength(1)
  })
})
