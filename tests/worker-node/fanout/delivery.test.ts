import { describe, expect, it } from 'vitest'
import { ManualClock } from '#tests/support/manual-clock.ts'
import { otherVideo, picture, testAudio, testVideo } from '#tests/support/tracks.ts'
import { Delivery } from '#worker/fanout/delivery.ts'
import { BatchEncoder, type MediaBatch } from '#worker/fanout/media-batch.ts'

describe('Delivery', () => {
  it('sends the headers with the next keyframe where a change of configuration was dropped', () => {
    const written: Buffer[] = []
    const held: (() => void)[] = []
    const publication = {
      ends: undefined,
      roundTripMs: null,
      encode: (batch: MediaBatch, opening: boolean) => (opening ? batch.opening() : batch.media).bytesFor(1),
      write: (bytes: Buffer, flushed: () => void) => {
        written.push(bytes)
        held.push(flushed)
      },
      unpublish: async () => {},
      fail: () => {},
    }
    const delivery = new Delivery(publication, 500_000, new ManualClock(), { onFlushed: () => {}, onDropped: () => {} })
    const encoder = new BatchEncoder({ video: testVideo, audio: testAudio, title: '' })
    const push = (from: number, to: number) => {
      for (let index = from; index < to; index += 1)
        delivery.push(encoder.encode([], index === 25 ? { ...picture(index), begins: otherVideo } : picture(index)))
    }
    push(0, 140)
    expect([written.length, delivery.droppedMs > 2_000]).toEqual([25, true])
    while (held.length > 0) held.shift()?.()
    push(140, 160)
    while (held.length > 0) held.shift()?.()
    // Keyframes bear it in any case; the header before them is what counts.
    const times = written.map((bytes) => bytes.toString('latin1').split('newconfig').length - 1)
    expect(times.filter((count) => count > 0)).toEqual([2, 1])
    expect(times.indexOf(2)).toBe(25)
  })
})
