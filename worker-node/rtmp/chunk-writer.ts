import type { RtmpMessage } from './messages.ts'

/** Chunk size that both sides start with, bytes (RTMP 1.0 §5.4.1). */
export const defaultChunkSize = 128

/** A timestamp from here on stands in the extended field (§5.3.1.3). */
const extendedFrom = 0xffffff

/** A message to be written: its body in pieces that lie where they are until then. */
export interface OutgoingMessage extends Omit<RtmpMessage, 'payload'> {
  readonly body: readonly Uint8Array[]
  /** 2–63. */
  readonly chunkStreamId: number
}

/** Bytes that a message takes as chunks. */
export function chunkedBytes(
  { body, timestamp }: Pick<OutgoingMessage, 'body' | 'timestamp'>,
  chunkSize: number,
): number {
  const length = lengthOf(body)
  const extendedBytes = extendedBytesOf(timestamp)
  return 12 + extendedBytes + continuationsOf(length, chunkSize) * (1 + extendedBytes) + length
}

/**
 * Writes one message as chunks into `bytes` at `start` (RTMP 1.0 §5.3.1): a type 0 header with an absolute timestamp,
 * then type 3 continuations. It depends on no state but `chunkSize`, so any number of connections may share the result.
 * Gives where it ends.
 */
export function writeChunks(bytes: Buffer, start: number, message: OutgoingMessage, chunkSize: number): number {
  const { body, streamId, type, chunkStreamId } = message
  const timestamp = message.timestamp >>> 0
  const isExtended = extendedBytesOf(timestamp) > 0
  bytes[start] = chunkStreamId
  bytes.writeUIntBE(Math.min(timestamp, extendedFrom), start + 1, 3)
  bytes.writeUIntBE(lengthOf(body), start + 4, 3)
  bytes[start + 7] = type
  bytes.writeUInt32LE(streamId, start + 8)
  let at = start + 12
  if (isExtended) at = bytes.writeUInt32BE(timestamp, at)
  let room = chunkSize
  for (const piece of body) {
    for (let from = 0; from < piece.length; ) {
      if (room === 0) {
        bytes[at++] = 0xc0 | chunkStreamId
        if (isExtended) at = bytes.writeUInt32BE(timestamp, at)
        room = chunkSize
      }
      const end = Math.min(piece.length, from + room)
      bytes.set(from === 0 && end === piece.length ? piece : piece.subarray(from, end), at)
      at += end - from
      room -= end - from
      from = end
    }
  }
  return at
}

/** One message as chunks in ONE contiguous buffer: see {@link writeChunks}. */
export function encodeMessage({ payload, ...message }: RtmpMessage, chunkSize: number, chunkStreamId: number): Buffer {
  const outgoing = { ...message, body: [payload], chunkStreamId }
  const bytes = Buffer.allocUnsafe(chunkedBytes(outgoing, chunkSize))
  writeChunks(bytes, 0, outgoing, chunkSize)
  return bytes
}

const lengthOf = (body: readonly Uint8Array[]) => body.reduce((sum, piece) => sum + piece.length, 0)
const extendedBytesOf = (timestamp: number) => (timestamp >>> 0 >= extendedFrom ? 4 : 0)
const continuationsOf = (length: number, chunkSize: number) => Math.max(0, Math.ceil(length / chunkSize) - 1)
