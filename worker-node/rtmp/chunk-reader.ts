import { defaultChunkSize } from './chunk-writer.ts'
import { messageType, type RtmpMessage, readUint32 } from './messages.ts'
import { RtmpProtocolError } from './protocol-error.ts'

export interface ChunkLimits {
  /** Bytes of one message. Half-read messages together may hold twice that. */
  readonly maxMessageBytes: number
  /** Chunk streams that a peer may open. */
  readonly maxChunkStreams: number
}
export const defaultChunkLimits: ChunkLimits = { maxMessageBytes: 8 * 1024 * 1024, maxChunkStreams: 64 }

/** A message's length has 24 bits: a larger chunk size means nothing (RTMP 1.0 §5.4.1). */
const maxChunkSize = 0xffffff
/** Says that the timestamp stands in the extended field (§5.3.1.3). */
const extendedMark = 0xffffff
/** Bytes of the message header by chunk type (§5.3.1.2). */
const messageHeaderBytes = [11, 7, 3, 0] as const

interface ChunkStream {
  timestamp: number
  /** The last timestamp field sent, absolute or delta: what a type 3 header repeats. */
  timestampField: number
  extended: boolean
  length: number
  type: number
  streamId: number
  /** The message that is being put together, and how much of it is here. */
  partial: Buffer | undefined
  received: number
}

/**
 * Puts messages together from chunks (RTMP 1.0 §5.3). Set Chunk Size and Abort are obeyed here and not handed on. A payload is
 * copied once, out of the socket's buffer. Memory: 2 × maxMessageBytes, and what was pushed but not yet asked for.
 */
export class ChunkReader {
  readonly #maxChunkStreams: number
  /** May be changed at any time; holds for messages that begin after that. */
  maxMessageBytes: number
  readonly #streams = new Map<number, ChunkStream>()
  #chunkSize = defaultChunkSize
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  /** The chunk whose header was read: its stream, and the payload bytes that it still brings. */
  #current: ChunkStream | undefined
  #chunkLeft = 0
  #partialBytes = 0

  constructor(limits: ChunkLimits = defaultChunkLimits) {
    this.maxMessageBytes = limits.maxMessageBytes
    this.#maxChunkStreams = limits.maxChunkStreams
  }

  /** Takes bytes as they came, and gives `messages()`. */
  push(bytes: Buffer): Generator<RtmpMessage, void, undefined> {
    const left = this.#bytes.length - this.#at
    this.#bytes = left === 0 ? bytes : Buffer.concat([this.#bytes.subarray(this.#at), bytes])
    this.#at = 0
    return this.messages()
  }

  /**
   * The whole messages in what was pushed, parsed only as they are asked for: a caller may break off and go on with a later
   * call. Throws RtmpProtocolError, after which the reader is of no more use.
   */
  *messages(): Generator<RtmpMessage, void, undefined> {
    for (;;) {
      const stream = this.#current ?? this.#readHeader()
      if (stream === undefined) return
      this.#current = stream
      this.#readPayload(stream)
      if (this.#chunkLeft > 0) return
      this.#current = undefined
      const message = this.#finished(stream)
      if (message === undefined) continue
      if (message.type === messageType.setChunkSize) this.#setChunkSize(readUint32(message))
      else if (message.type === messageType.abort) this.#abort(readUint32(message))
      else yield message
    }
  }

  /** Reads one chunk header, or nothing at all when it is not whole yet. */
  #readHeader(): ChunkStream | undefined {
    const bytes = this.#bytes
    let at = this.#at
    const available = bytes.length - at
    if (available < 1) return
    const format = bytes.readUInt8(at) >> 6
    let id = bytes.readUInt8(at) & 0x3f
    const basicBytes = id === 0 ? 2 : id === 1 ? 3 : 1
    const headerBytes = messageHeaderBytes[format as 0 | 1 | 2 | 3]
    if (available < basicBytes + headerBytes) return
    if (id === 0) id = 64 + bytes.readUInt8(at + 1)
    else if (id === 1) id = 64 + bytes.readUInt16LE(at + 1)
    at += basicBytes

    const known = this.#streams.get(id)
    // librtmp opens chunk stream 2 with a type 1 header; what that leaves out is 0.
    if (known === undefined && format > 1) throw new RtmpProtocolError('A chunk stream begins without a header')
    const stream = known ?? this.#open(id)
    const begins = stream.partial === undefined
    if (!begins && format !== 3) throw new RtmpProtocolError('A message begins inside another on its chunk stream')

    const field = format === 3 ? undefined : bytes.readUIntBE(at, 3)
    const extended = field === undefined ? stream.extended : field === extendedMark
    let timestampField = field ?? stream.timestampField
    let extendedBytes = 0
    if (extended) {
      if (available < basicBytes + headerBytes + 4) return
      const value = bytes.readUInt32BE(at + headerBytes)
      // §5.3.1.3 wants the field on type 3 as well; some encoders leave it out, then other bytes stand here.
      if (format !== 3 || value === stream.timestampField) extendedBytes = 4
      if (format !== 3) timestampField = value
    }

    if (format <= 1) {
      stream.length = bytes.readUIntBE(at + 3, 3)
      stream.type = bytes.readUInt8(at + 6)
    }
    if (format === 0) stream.streamId = bytes.readUInt32LE(at + 7)
    stream.timestampField = timestampField
    stream.extended = extended
    if (begins) this.#begin(stream, format === 0)
    this.#at = at + headerBytes + extendedBytes
    this.#chunkLeft = Math.min(this.#chunkSize, stream.length - stream.received)
    return stream
  }

  #open(id: number): ChunkStream {
    if (this.#streams.size >= this.#maxChunkStreams)
      throw new RtmpProtocolError(`There are more than ${this.#maxChunkStreams} chunk streams`)
    const stream: ChunkStream = {
      timestamp: 0,
      timestampField: 0,
      extended: false,
      length: 0,
      type: 0,
      streamId: 0,
      partial: undefined,
      received: 0,
    }
    this.#streams.set(id, stream)
    return stream
  }

  #begin(stream: ChunkStream, absolute: boolean): void {
    if (stream.length > this.maxMessageBytes)
      throw new RtmpProtocolError(`A message is longer than ${this.maxMessageBytes} bytes`)
    if (this.#partialBytes + stream.length > 2 * this.maxMessageBytes)
      throw new RtmpProtocolError('Too many half-sent messages')
    stream.timestamp = ((absolute ? 0 : stream.timestamp) + stream.timestampField) >>> 0
    stream.partial = Buffer.allocUnsafe(stream.length)
    stream.received = 0
    this.#partialBytes += stream.length
  }

  #readPayload(stream: ChunkStream): void {
    if (stream.partial === undefined) return
    const copied = this.#bytes.copy(stream.partial, stream.received, this.#at, this.#at + this.#chunkLeft)
    stream.received += copied
    this.#at += copied
    this.#chunkLeft -= copied
  }

  #finished(stream: ChunkStream): RtmpMessage | undefined {
    if (stream.partial === undefined || stream.received < stream.length) return
    const { type, timestamp, streamId, partial: payload } = stream
    this.#discard(stream)
    return { type, timestamp, streamId, payload }
  }

  #discard(stream: ChunkStream): void {
    if (stream.partial !== undefined) this.#partialBytes -= stream.length
    stream.partial = undefined
    stream.received = 0
  }

  #setChunkSize(size: number): void {
    if (size < 1 || size > 0x7fffffff) throw new RtmpProtocolError('A chunk size is out of range')
    this.#chunkSize = Math.min(size, maxChunkSize)
  }

  /** Drops the half-read message of a chunk stream (§5.4.2). */
  #abort(id: number): void {
    const stream = this.#streams.get(id)
    if (stream !== undefined) this.#discard(stream)
  }
}
