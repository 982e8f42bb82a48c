import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { sampleBatch } from '#schema/contracts/samples.ts'
import { parseRows } from '#schema/samples/text.ts'
import { SampleRing } from '#worker/observe/sample-ring.ts'

/** A round ten minutes, by control's clock. */
const began = 1_800_000_000

function ringAt(start = began) {
  let unixMs = start * 1_000
  const ring = new SampleRing(() => unixMs)
  return {
    ring,
    /** A second passes, or less or more, and is measured. */
    tick(value: number, ms = 1_000, more: readonly string[] = []) {
      unixMs += ms
      ring.add([['s', [value]], ...more.map((subject) => [subject, [value]] as const)])
    },
    /** The clock is another. */
    set(seconds: number) {
      unixMs = seconds * 1_000
    },
  }
}
const valuesOf = (text = '', subject = 's') =>
  parseRows(text)
    .get(subject)
    ?.map((row) => row?.cells[0]?.total ?? null)

describe('seconds that control has not acknowledged', () => {
  it('go out oldest first, and again until they are acknowledged', () => {
    const { ring, tick } = ringAt()
    expect(ring.batch()).toBeUndefined()
    for (const value of [1, 2, 3]) tick(value)
    const batch = ring.batch()
    expect(batch?.at).toBe(began + 1)
    expect(valuesOf(batch?.text)).toEqual([1, 2, 3])
    tick(4)
    expect(valuesOf(ring.batch()?.text)).toEqual([1, 2, 3, 4])
    if (batch) ring.acknowledge(batch)
    expect(ring.batch()).toMatchObject({ at: began + 4 })
    expect(valuesOf(ring.batch()?.text)).toEqual([4])
  })

  it('keep ten minutes while control is away, and come bit by bit then', () => {
    const { ring, tick } = ringAt()
    for (let second = 1; second <= 900; second++) tick(second)
    const told: number[] = []
    for (let batch = ring.batch(); batch; batch = ring.batch()) {
      expect(v.is(sampleBatch, batch)).toBe(true)
      const values = valuesOf(batch.text) ?? []
      expect(values.length).toBeLessThanOrEqual(30)
      expect(Math.floor(batch.at / 600)).toBe(Math.floor((batch.at + values.length - 1) / 600))
      expect(values[0]).toBe(batch.at - began)
      told.push(...values.map(Number))
      ring.acknowledge(batch)
    }
    expect(told).toEqual(Array.from({ length: 600 }, (_, index) => index + 301))
  })

  it('lack none where the timer is a little late each time', () => {
    const { ring, tick } = ringAt()
    for (let second = 1; second <= 20; second++) tick(second, second % 2 ? 1_030 : 990)
    expect(valuesOf(ring.batch()?.text)).toHaveLength(20)
  })

  it('say which seconds are missing, and of whom', () => {
    const { ring, tick } = ringAt()
    tick(1)
    tick(2, 4_000, ['d.dst_1'])
    expect(valuesOf(ring.batch()?.text)).toEqual([1, null, null, null, 2])
    expect(valuesOf(ring.batch()?.text, 'd.dst_1')).toEqual([null, null, null, null, 2])
  })

  it('begin anew where the clock is set back', () => {
    const { ring, tick, set } = ringAt()
    for (const value of [1, 2, 3]) tick(value)
    set(began - 3_600)
    tick(4)
    expect(ring.batch()).toMatchObject({ at: began - 3_599 })
    expect(valuesOf(ring.batch()?.text)).toEqual([4])
  })

  it('fit the contract, however many subjects there are', () => {
    const { ring, tick } = ringAt()
    const many = Array.from({ length: 400 }, (_, index) => `d.dst_${index}`.padEnd(26, 'x'))
    for (let second = 1; second <= 40; second++) tick(123_456_789, 1_000, many)
    for (let batch = ring.batch(), rounds = 0; batch; batch = ring.batch(), rounds++) {
      expect(v.is(sampleBatch, batch)).toBe(true)
      expect(parseRows(batch.text).size).toBe(64)
      expect(rounds).toBeLessThan(40)
      ring.acknowledge(batch)
    }
  })
})
