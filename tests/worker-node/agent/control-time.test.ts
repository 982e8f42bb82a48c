import { describe, expect, it } from 'vitest'
import { ControlTime } from '#worker/agent/control-time.ts'
import { wrongClockWords } from '#worker/agent/wrong-clock.ts'

const midnight = Date.UTC(2026, 0, 1)
const at = (ms: number) => new Date(midnight + ms).toISOString()

it('is the time of the machine until control has answered, and control’s from then on', () => {
  let nowMs = 5_000
  let unixMs = midnight - 90_000
  const time = new ControlTime(
    () => nowMs,
    () => unixMs,
  )
  expect(time.unixMs()).toBe(midnight - 90_000)
  nowMs += 100
  // Sent 100 ms ago: control's clock showed this half-way.
  time.heard(at(1_000), 5_000)
  expect(time.unixMs()).toBe(midnight + 1_050)
  // The machine's clock is set anew, and control is away for an hour.
  unixMs += 1_000_000
  nowMs += 3_600_000
  expect(time.unixMs()).toBe(midnight + 3_601_050)
})

it('is not taken from an answer that was long on its way', () => {
  let nowMs = 0
  const time = new ControlTime(
    () => nowMs,
    () => midnight,
  )
  nowMs = 5_000
  time.heard(at(60_000), 0)
  expect(time.unixMs()).toBe(midnight + 5_000)
})

describe('a clock that is wrong', () => {
  it.each([
    [3_600_000, '1 h 0 min ahead of'],
    [-95_400, '1 min 35 s behind'],
    [7_000, '7 s ahead of'],
  ])('by %i ms is told of as "%s"', (aheadMs, words) => {
    expect(wrongClockWords(aheadMs)).toContain(` is ${words} the control plane's.`)
  })
})
