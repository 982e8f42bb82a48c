import type { RtmpMessage } from '../../rtmp/messages.ts'

/** FLV file header and the first PreviousTagSize (Adobe FLV 10.1 Annex E.2). */
export function flvHeader({ video, audio }: { video: boolean; audio: boolean }): Buffer {
  const flags = (audio ? 4 : 0) | (video ? 1 : 0)
  return Buffer.from([0x46, 0x4c, 0x56, 1, flags, 0, 0, 0, 9, 0, 0, 0, 0])
}

/**
 * A media message as an FLV tag with its PreviousTagSize (Annex E.4.1). The upper 8 bits of the timestamp stand in
 * TimestampExtended. RTMP's message types 8, 9 and 18 are FLV's tag types.
 */
export function flvTag({ type, timestamp, payload }: RtmpMessage): Buffer {
  const tag = Buffer.allocUnsafe(11 + payload.length + 4)
  tag[0] = type
  tag.writeUIntBE(payload.length, 1, 3)
  tag.writeUIntBE(timestamp & 0xffffff, 4, 3)
  tag[7] = timestamp >>> 24
  tag.writeUIntBE(0, 8, 3)
  payload.copy(tag, 11)
  tag.writeUInt32BE(11 + payload.length, 11 + payload.length)
  return tag
}
