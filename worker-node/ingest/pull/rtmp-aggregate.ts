import type { RtmpMessage } from '../../rtmp/messages.ts'

const headerBytes = 11
const backPointerBytes = 4

/** The messages in an aggregate message (RTMP 1.0 §7.1.6); their times are moved to that of the aggregate. */
export function* splitAggregate({ payload, timestamp, streamId }: RtmpMessage): Generator<RtmpMessage> {
  let first: number | undefined
  for (let at = 0; at + headerBytes <= payload.length; ) {
    const size = payload.readUIntBE(at + 1, 3)
    const time = payload.readUIntBE(at + 4, 3) + payload[at + 7]! * 2 ** 24
    first ??= time
    const from = at + headerBytes
    if (from + size > payload.length) return
    const moved = (timestamp + time - first) >>> 0
    yield { type: payload[at]!, timestamp: moved, streamId, payload: payload.subarray(from, from + size) }
    at = from + size + backPointerBytes
  }
}
