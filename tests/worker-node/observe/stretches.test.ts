import { describe, expect, it } from 'vitest'
import { Stretches } from '#worker/observe/stretches.ts'

const at = (seconds: number) => new Date(seconds * 1_000).toISOString()

describe('stretches of time', () => {
  it('are counted from look to look, and the last one is open while it holds', () => {
    const stretches = new Stretches()
    for (const [seconds, isOn] of [
      [0, false],
      [1, true],
      [2, true],
      [4, false],
      [5, false],
      [7, true],
    ] as const)
      stretches.look(isOn, seconds * 1_000)
    expect(stretches.told).toEqual({
      times: 2,
      seconds: 3,
      stretches: [
        { from: at(1), to: at(4) },
        { from: at(7), to: null },
      ],
    })
  })

  it('are at most twenty: those that lie closest become one, and the count stays what it is', () => {
    const stretches = new Stretches()
    for (let index = 0; index < 30; index++) {
      stretches.look(true, index * 10_000)
      // The tenth and what follows it lie a second apart, all others nine.
      stretches.look(false, index * 10_000 + (index === 9 ? 9_000 : 1_000))
    }
    const { times, seconds, stretches: told } = stretches.told
    expect([times, seconds]).toEqual([30, 38])
    expect(told).toHaveLength(20)
    expect(told.at(0)?.from).toBe(at(0))
    expect(told.at(-1)).toEqual({ from: at(290), to: at(291) })
    expect(told.some(({ from, to }) => from <= at(90) && to !== null && to >= at(101))).toBe(true)
  })

  it('never become shorter when the clock is set back', () => {
    const stretches = new Stretches()
    stretches.look(true, 10_000)
    stretches.look(true, 12_000)
    stretches.look(true, 5_000)
    stretches.look(false, 13_000)
    expect(stretches.told).toEqual({ times: 1, seconds: 3, stretches: [{ from: at(10), to: at(13) }] })
  })
})
