import { beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '#tests/support/manual-clock.ts'
import { otherVideo, picture, sound, testAudio, testVideo } from '#tests/support/tracks.ts'
import { Delivery } from '#worker/fanout/delivery.ts'
import { BatchEncoder, type MediaBatch } from '#worker/fanout/media-batch.ts'
import { publisherChunkSize } from '#worker/fanout/shared-chunks.ts'
import { ChunkReader } from '#worker/rtmp/chunk-reader.ts'
import { encodeMessage } from '#worker/rtmp/chunk-writer.ts'
import { messageType, setChunkSize } from '#worker/rtmp/messages.ts'

const written: Buffer[] = []
const held: (() => void)[] = []
beforeEach(() => {
  written.length = 0
  held.length = 0
})

function startDelivery(): Delivery {
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
  return new Delivery(publication, 500_000, new ManualClock(), { onFlushed: () => {}, onDropped: () => {} })
}

const startEncoder = (beginsAtMs = 0) => new BatchEncoder({ video: testVideo, audio: testAudio, title: '', beginsAtMs })

/** Times of the media that was written, without configurations. */
function times(type: number): number[] {
  const setup = encodeMessage(setChunkSize(publisherChunkSize), 128, 2)
  const messages = [...new ChunkReader().push(Buffer.concat([setup, ...written]))]
  return messages.filter((each) => each.type === type && each.payload[1] === 1).map(({ timestamp }) => timestamp)
}

describe('Delivery', () => {
  it('leaves out late sound that is earlier than the beginning: platforms count from there', () => {
    const delivery = startDelivery()
    const encoder = startEncoder()
    delivery.push(encoder.encode([], picture(25)))
    delivery.push(encoder.encode([sound(44), sound(45), sound(46)], undefined))
    delivery.push(encoder.encode([sound(46), sound(47)], picture(26)))
    expect([times(messageType.video), times(messageType.audio)]).toEqual([[1_000, 1_040], [1_003]])
  })

  it('goes over to another encoder where its pictures are later, and its sound follows on what was sent', () => {
    const delivery = startDelivery()
    delivery.push(startEncoder().encode([sound(46), sound(47), sound(48)], picture(25)))
    const other = startEncoder(30)
    delivery.push(other.encode([], { ...picture(24), keyframe: true }))
    delivery.push(other.encode([sound(45)], picture(25)))
    delivery.push(other.encode([sound(46), sound(47)], picture(26)))
    delivery.push(other.encode([sound(48)], picture(27)))
    expect([times(messageType.video), times(messageType.audio)]).toEqual([
      [1_000, 1_030, 1_070, 1_110],
      [981, 1_003, 1_024, 1_054],
    ])
  })

  it('does not go over to pictures that are shown before those that were sent', () => {
    const delivery = startDelivery()
    delivery.push(startEncoder().encode([], { ...picture(25), compositionOffset: 7_200 }))
    const other = startEncoder(30)
    delivery.push(other.encode([], picture(25)))
    delivery.push(other.encode([], picture(50)))
    expect(times(messageType.video)).toEqual([1_000, 2_030])
  })

  it('sends the headers with the next keyframe where a change of configuration was dropped', () => {
    const delivery = startDelivery()
    const encoder = startEncoder()
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
    const counts = written.map((bytes) => bytes.toString('latin1').split('newconfig').length - 1)
    expect(counts.filter((count) => count > 0)).toEqual([2, 1])
    expect(counts.indexOf(2)).toBe(25)
  })
})
