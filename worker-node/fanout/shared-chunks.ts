import { chunkedBytes, type OutgoingMessage, writeChunks } from '../rtmp/chunk-writer.ts'

/** Chunk size of all our publishers, bytes: nearly every message is one chunk. */
export const publisherChunkSize = 65_536

/** The message stream id that nearly every server answers to `createStream`. */
export const usualStreamId = 1

/** Where the message stream id stands in a type 0 chunk header (RTMP 1.0 §5.3.1.2.1). */
const streamIdOffset = 8

/** A message of one media stream, with the chunk stream that carries it. */
export type MediaMessage = Omit<OutgoingMessage, 'streamId'>

/**
 * Messages encoded once, in one buffer that all connections send by reference. Servers choose the message stream id; for
 * one that chose another than 1, the buffer is copied once with the ids patched (continuation chunks bear none) and
 * that copy is kept beside it, so that all connections with that id share it in turn: the queue's 4 s once for each id.
 */
export class SharedChunks {
  readonly #bytes: Buffer
  readonly #headerOffsets: readonly number[]
  readonly #patched = new Map<number, Buffer>()

  constructor(messages: readonly MediaMessage[]) {
    const size = messages.reduce((sum, message) => sum + chunkedBytes(message, publisherChunkSize), 0)
    this.#bytes = Buffer.allocUnsafe(size)
    const offsets: number[] = []
    let at = 0
    for (const message of messages) {
      offsets.push(at)
      at = writeChunks(this.#bytes, at, { ...message, streamId: usualStreamId }, publisherChunkSize)
    }
    this.#headerOffsets = offsets
  }

  /** The bytes to send on a connection with this message stream id. Nobody may write to them. */
  bytesFor(streamId: number): Buffer {
    if (streamId === usualStreamId) return this.#bytes
    let patched = this.#patched.get(streamId)
    if (!patched) {
      patched = Buffer.from(this.#bytes)
      for (const offset of this.#headerOffsets) patched.writeUInt32LE(streamId, offset + streamIdOffset)
      this.#patched.set(streamId, patched)
    }
    return patched
  }
}
