import { describe, expect, it } from 'vitest'
import { recordedLog } from '#tests/worker-node/agent/registry-under-test.ts'
import { Fence } from '#worker/agent/fence.ts'

/** A worker with one session under a lease of 15 s, beside others that answer as a test says. */
function fenced(others: Readonly<Record<string, number | null | 'silent'>>) {
  const state = { nowMs: 100_000, sessions: [session('ls_1')], lost: [] as string[], asked: [] as string[], again: 0 }
  const registry = {
    get sessions() {
      return state.sessions as never
    },
    lose: async (id: string) => {
      state.lost.push(id)
      state.sessions = state.sessions.filter(({ job }) => job.live_stream_id !== id)
    },
  }
  const fence = new Fence({
    ...{ registry, log: recordedLog().log },
    askAgain: () => void state.again++,
    nowMs: () => state.nowMs,
    fetch: async (url) => {
      const { origin } = new URL(String(url))
      state.asked.push(origin)
      const agoMs = others[origin]
      if (agoMs === 'silent') throw new TypeError('fetch failed')
      return Response.json({ control_answered_ms_ago: agoMs })
    },
  })
  const lookAfter = async (ms: number) => {
    state.nowMs += ms
    await fence.look()
  }
  return { ...{ fence, state, lookAfter }, witnesses: Object.keys(others) }
}
const session = (live_stream_id: string) => ({ job: { live_stream_id, fence: 1, lease_seconds: 15 } })
const [b, c] = ['http://b:8788', 'http://c:8788'] as const

describe('the fence of a worker whose heartbeats are not answered', () => {
  it.each([
    [
      'ends its streams before its leases are over, when another worker reaches control',
      { [b]: 900, [c]: 'silent' },
      ['ls_1'],
    ],
    ['goes on when the others have not heard of control for as long', { [b]: 12_500, [c]: 9_500 }, []],
    ['goes on when the others answer no more than control does', { [b]: 'silent', [c]: 'silent' }, []],
    ['goes on beside a worker that has never reached control', { [b]: null }, []],
    ['goes on when there is nobody else who could take its streams', {}, []],
  ] as const)('%s', async (_, others, lost) => {
    const { fence, state, lookAfter, witnesses } = fenced(others)
    fence.answered(99_990, witnesses)
    await lookAfter(5_900)
    expect(state.asked).toEqual([])
    await lookAfter(2_000)
    expect(state.asked).toEqual(witnesses)
    await lookAfter(4_000)
    expect(state.lost).toEqual([])
    await lookAfter(100)
    expect(state.lost).toEqual(lost)
  })

  it('asks control once more, and gives it four seconds, for it may be back just now: others were only quicker', async () => {
    const { fence, state, lookAfter, witnesses } = fenced({ [b]: 100 })
    fence.answered(99_990, witnesses)
    await lookAfter(60_000)
    await lookAfter(3_900)
    expect([state.again, state.lost]).toEqual([1, []])
    fence.answered(state.nowMs, witnesses)
    await lookAfter(1_000)
    await lookAfter(60_000)
    expect([state.again, state.lost]).toEqual([2, []])
    await lookAfter(4_000)
    expect([state.again, state.lost]).toEqual([2, ['ls_1']])
  })

  it('ends what it ran before it was asleep, once it wakes and does not reach control', async () => {
    const { fence, state, lookAfter, witnesses } = fenced({ [b]: 100 })
    fence.answered(99_990, witnesses)
    await lookAfter(3_600_000)
    await lookAfter(4_000)
    expect(state.lost).toEqual(['ls_1'])
  })

  it('asks those too that were named before: they may be back', async () => {
    const { fence, state, lookAfter } = fenced({ [b]: 100, [c]: 'silent' })
    fence.answered(99_000, [b])
    fence.answered(99_990, [c])
    await lookAfter(8_000)
    expect(state.asked).toEqual([c, b])
    await lookAfter(4_000)
    expect(state.lost).toEqual(['ls_1'])
  })

  it('ends nothing when control answers in time', async () => {
    const { fence, state, lookAfter, witnesses } = fenced({ [b]: 100 })
    fence.answered(99_990, witnesses)
    await lookAfter(9_000)
    state.nowMs += 4_000
    const looking = fence.look()
    fence.answered(state.nowMs - 50, witnesses)
    await looking
    expect(state.lost).toEqual([])
    expect(fence.testify()).toEqual({ control_answered_ms_ago: 0 })
  })

  it('says to others when control answered it last', () => {
    const { fence, state } = fenced({})
    expect(fence.testify()).toEqual({ control_answered_ms_ago: null })
    fence.answered(99_990, [])
    state.nowMs += 2_345.6
    expect(fence.testify()).toEqual({ control_answered_ms_ago: 2_346 })
  })
})
