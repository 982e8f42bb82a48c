import { describe, expect, it } from 'vitest'
import { ManualClock } from '#tests/support/manual-clock.ts'
import { picture, testAudio, testVideo } from '#tests/support/tracks.ts'
import { Delivery } from '#worker/fanout/delivery.ts'
import { BatchEncoder } from '#worker/fanout/media-batch.ts'

describe('Delivery', () => {
  it('sends the headers with the next keyframe where a change of configuration was dropped', () => {
    const written: Buffer[] = []
    const held: (() => void)[] = []
    const publication = {
      streamId: 1,
      ends: undefined,
      write: (bytes: Buffer, flushed: () => void) => {
        written.push(bytes)
        held.push(flushed)
      },
      unpublish: async () => {},
      fail: () => {},
    }
    const delivery = new Delivery(publication, 500_000, new ManualClock(), { onFlushed: () => {}, onDropped: () => {} })
    const encoder = new BatchEncoder({ video: testVideo, audio: testAudio, title: '' })
    const begins = { ...testVideo, decoderConfig: Buffer.from('newconfig') }
    const push = (from: number, to: number) => {
      for (let index = from; index < to; index += 1)
        delivery.push(encoder.encode([], index === 25 ? { ...picture(index), begins } : picture(index)))
    }
    push(0, 140)
    expect([written.length, delivery.droppedMs > 2_000]).toEqual([25, true])
    while (held.length > 0) held.shift()?.()
    push(140, 160)
    while (held.length > 0) held.shift()?.()
    const carrying = written.map((bytes) => bytes.includes('newconfig'))
    expect(carrying.filter(Boolean)).toHaveLength(1)
    expect(carrying.indexOf(true)).toBe(25)
  })
})
