import type { RtmpMessage } from './messages.ts'

/** Chunk size that both sides start with, bytes (RTMP 1.0 §5.4.1). */
export const defaultChunkSize = 128

/** A timestamp from here on stands in the extended field (§5.3.1.3). */
const extendedFrom = 0xffffff

/**
 * One message as chunks in ONE contiguous buffer (RTMP 1.0 §5.3.1): a type 0 header with an absolute timestamp, then type 3
 * continuations. It depends on no state but `chunkSize`, so any number of connections may share the result.
 * `chunkStreamId` is 2–63.
 */
export function encodeMessage(message: RtmpMessage, chunkSize: number, chunkStreamId: number): Buffer {
  const { payload, streamId, type } = message
  const timestamp = message.timestamp >>> 0
  const extendedBytes = timestamp >= extendedFrom ? 4 : 0
  const continuations = Math.max(0, Math.ceil(payload.length / chunkSize) - 1)
  const bytes = Buffer.allocUnsafe(12 + extendedBytes + continuations * (1 + extendedBytes) + payload.length)

  bytes[0] = chunkStreamId
  bytes.writeUIntBE(Math.min(timestamp, extendedFrom), 1, 3)
  bytes.writeUIntBE(payload.length, 4, 3)
  bytes[7] = type
  bytes.writeUInt32LE(streamId, 8)
  let at = 12
  if (extendedBytes > 0) at = bytes.writeUInt32BE(timestamp, at)
  at += payload.copy(bytes, at, 0, chunkSize)
  for (let from = chunkSize; from < payload.length; from += chunkSize) {
    bytes[at++] = 0xc0 | chunkStreamId
    if (extendedBytes > 0) at = bytes.writeUInt32BE(timestamp, at)
    at += payload.copy(bytes, at, from, from + chunkSize)
  }
  return bytes
}
