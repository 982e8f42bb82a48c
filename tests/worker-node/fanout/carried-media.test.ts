import { describe, expect, it } from 'vitest'
import { CarriedMedia } from '#worker/fanout/carried-media.ts'

const item = (index: number, gop = 25) => ({
  keyframe: index % gop === 0,
  timestampMs: index * 40,
  durationMs: 40,
})
const items = (from: number, to: number, gop?: number) =>
  Array.from({ length: to - from }, (_, index) => item(from + index, gop))
const times = (taken: readonly { timestampMs: number }[]) => taken.map(({ timestampMs }) => timestampMs / 40)
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

describe('what a session carries on with', () => {
  it('is the group that the old one ended in, and all that has come since', () => {
    const carried = new CarriedMedia<ReturnType<typeof item>>()
    for (const each of items(0, 60)) carried.note(each)
    expect(carried.held).toBeUndefined()
    carried.hold(true)
    for (const each of items(60, 90)) carried.held?.push(each)
    expect(times(carried.take())).toEqual(range(50, 90))
    expect(carried.held).toBeUndefined()
  })

  it('begins with the next keyframe where the old session had not got all of its group', () => {
    const carried = new CarriedMedia<ReturnType<typeof item>>()
    for (const each of items(0, 60)) carried.note(each)
    carried.hold(false)
    for (const each of items(60, 90)) carried.held?.push(each)
    expect(times(carried.take())).toEqual(range(75, 90))
  })

  it('is never more than four seconds, however long groups are and the platform takes', () => {
    const carried = new CarriedMedia<ReturnType<typeof item>>()
    for (const each of items(0, 260, 250)) carried.note(each)
    carried.hold(true)
    expect(times(carried.take())).toEqual(range(250, 260))
    for (const each of items(260, 450, 250)) carried.note(each)
    carried.hold(true)
    expect(carried.take()).toEqual([])
    for (const each of items(450, 530)) carried.note(each)
    carried.hold(true)
    for (const each of items(530, 730)) carried.held?.push(each)
    expect(carried.take().length).toBeLessThanOrEqual(100)
  })

  it('is nothing where no other session follows', () => {
    const carried = new CarriedMedia<ReturnType<typeof item>>()
    for (const each of items(0, 60)) carried.note(each)
    carried.clear()
    carried.hold(true)
    carried.clear()
    expect(carried.held).toBeUndefined()
    expect(carried.take()).toEqual([])
  })
})
