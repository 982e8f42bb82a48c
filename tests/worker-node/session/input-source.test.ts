import { expect, it } from 'vitest'
import { InputSource } from '#worker/session/input-source.ts'
import { bothTracks, FakeSource } from '../agent/registry-under-test.ts'

/** A source that sends, looked at each tenth of a second of a clock of its own. */
function sending() {
  const source = new FakeSource(bothTracks)
  const held = new InputSource(source, 0)
  held.described(bothTracks)
  let nowMs = 0
  const pass = (tenths: number, bytes: number) => {
    for (let tenth = 0; tenth < tenths; tenth++) {
      nowMs += 100
      source.bytesReceived += bytes
      held.look(nowMs)
    }
  }
  pass(20, 1_000)
  return { held, pass, forMs: () => held.sendingForMs(nowMs), isTaken: () => held.isTaken(nowMs) }
}

it('a source counts as silent after a second without a byte', () => {
  const { pass, forMs } = sending()
  expect(forMs()).toBe(1_900)
  pass(9, 0)
  expect(forMs()).toBe(2_800)
  pass(1, 0)
  expect(forMs()).toBeNull()
})

it('a source that stalled on air counts as silent at once, until the next byte, and keeps its place', () => {
  const { held, pass, forMs, isTaken } = sending()
  held.distrust()
  expect(forMs()).toBeNull()
  pass(1, 0)
  expect(forMs()).toBeNull()
  expect(isTaken()).toBe(true)
  pass(2, 1_000)
  expect(forMs()).toBe(100)
})
