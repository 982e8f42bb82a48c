import { describe, expect, it } from 'vitest'
import { recordedLog } from '#tests/worker-node/agent/registry-under-test.ts'
import { Fence } from '#worker/agent/fence.ts'

/** A worker with one session under a lease of 15 s, beside others that answer as a test says. */
function fenced(others: Record<string, number | null | 'silent'>) {
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
    ...{ registry, log: recordedLog().log, controlUrl: 'http://control:8787', ownUrl: 'http://a:8788' },
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
    await lookAfter(0)
    await lookAfter(5_900)
    // Once, to see who can be reached.
    expect(state.asked).toEqual(witnesses)
    await lookAfter(2_000)
    expect(state.asked).toEqual([...witnesses, ...witnesses])
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

  describe('and who reaches nobody', () => {
    /** All was well for a while; then those named fall silent, with control. */
    async function alone(before: Record<string, number | null | 'silent'>, ...silent: string[]) {
      const others = { ...before }
      const { fence, state, lookAfter, witnesses } = fenced(others)
      fence.answered(99_990, witnesses)
      await lookAfter(0)
      expect(state.asked).toEqual(witnesses)
      for (const origin of silent) others[origin] = 'silent'
      await lookAfter(8_000)
      await lookAfter(3_900)
      expect(state.lost).toEqual([])
      await lookAfter(200)
      return state.lost
    }
    const [d, onControl, onOwn] = ['http://d:8788', 'http://control:8789', 'http://a:8789']

    it('could reach two other machines before is cut off, and ends its streams', async () => {
      expect(await alone({ [b]: 10, [c]: 10 }, b, c)).toEqual(['ls_1'])
      expect(await alone({ [b]: 10, [c]: 10, [d]: 'silent' }, b, c)).toEqual(['ls_1'])
    })

    it('goes on where one machine or program that is down explains it', async () => {
      expect(await alone({ [b]: 10 }, b)).toEqual([])
      expect(await alone({ [b]: 10, 'http://b:8789': 10 }, b, 'http://b:8789')).toEqual([])
      expect(await alone({ [b]: 10, [onControl]: 10 }, b, onControl)).toEqual([])
      expect(await alone({ [b]: 10, [c]: 10, [d]: 10_000 }, b, c)).toEqual([])
      expect(await alone({ [b]: 10, [c]: 'silent' }, b)).toEqual([])
    })

    it('does not count who is on its own machine, and as cut off as it is', async () => {
      expect(await alone({ [b]: 10, [c]: 10, [onOwn]: 10 }, b, c)).toEqual(['ls_1'])
      expect(await alone({ [b]: 10, [onOwn]: 10 }, b, onOwn)).toEqual([])
    })

    it('goes by who answered in the last half minute', async () => {
      const others: Record<string, number | 'silent'> = { [b]: 10, [c]: 10 }
      const { fence, state, lookAfter } = fenced(others)
      fence.answered(99_990, [b, c])
      await lookAfter(0)
      Object.assign(others, { [b]: 'silent', [c]: 'silent' })
      fence.answered(state.nowMs + 20_000, [b, c])
      await lookAfter(20_000)
      await lookAfter(60_000)
      await lookAfter(4_000)
      expect(state.lost).toEqual([])
      expect(state.asked).toHaveLength(8)
    })
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
