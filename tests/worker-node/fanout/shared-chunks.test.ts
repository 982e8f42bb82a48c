import { describe, expect, it } from 'vitest'
import { type MediaMessage, publisherChunkSize, SharedChunks } from '#worker/fanout/shared-chunks.ts'
import { ChunkReader } from '#worker/rtmp/chunk-reader.ts'
import { encodeMessage } from '#worker/rtmp/chunk-writer.ts'
import { chunkStreamId, messageType, setChunkSize } from '#worker/rtmp/messages.ts'

const messages: MediaMessage[] = [
  { type: messageType.audio, timestamp: 40, chunkStreamId: chunkStreamId.audio, body: [Buffer.alloc(300, 1)] },
  {
    type: messageType.video,
    timestamp: 0x1000001,
    chunkStreamId: chunkStreamId.video,
    // A border of chunks lies inside a piece, and one at the end of one.
    body: [
      Buffer.alloc(5, 3),
      Buffer.alloc(65_531, 2),
      Buffer.alloc(100_000, 4),
      Buffer.alloc(0),
      Buffer.alloc(34_464, 5),
    ],
  },
]

function read(bytes: Buffer) {
  const reader = new ChunkReader()
  expect([...reader.push(encodeMessage(setChunkSize(publisherChunkSize), 128, 2))]).toEqual([])
  return [...reader.push(bytes)]
}

describe('SharedChunks', () => {
  it('holds messages that a peer reads as they were, extended timestamps and continuations included', () => {
    const expected = messages.map(({ type, timestamp, body }) => ({
      type,
      timestamp,
      payload: Buffer.concat(body),
      streamId: 1,
    }))
    expect(read(new SharedChunks(messages).bytesFor(1))).toEqual(expected)
  })

  it('gives every connection with the usual stream id the same buffer', () => {
    const chunks = new SharedChunks(messages)
    expect(chunks.bytesFor(1)).toBe(chunks.bytesFor(1))
  })

  it('patches the stream id for a server that chose another, once for all of them', () => {
    const chunks = new SharedChunks(messages)
    expect(read(chunks.bytesFor(7)).map(({ streamId }) => streamId)).toEqual([7, 7])
    expect(chunks.bytesFor(7)).toBe(chunks.bytesFor(7))
    expect(read(chunks.bytesFor(1)).map(({ streamId }) => streamId)).toEqual([1, 1])
  })
})
