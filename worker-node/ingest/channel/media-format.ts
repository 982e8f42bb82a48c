import { packetBytes, syncByte } from '../mpegts/packet.ts'

/** FFmpeg's names of what a site may send instead of a transport stream. */
export type OtherFormat = 'flv' | 'mp4' | 'matroska' | 'aac'

/** Enough to tell the formats apart, bytes. */
export const tellingBytes = packetBytes + 1

/** What the media is by its first bytes ({@link tellingBytes} or more); null: nothing that Weir knows. */
export function mediaFormat(first: Buffer): 'mpegts' | OtherFormat | null {
  if (first[0] === syncByte && first[packetBytes] === syncByte) return 'mpegts'
  if (first.toString('latin1', 0, 3) === 'FLV') return 'flv'
  if (['ftyp', 'styp', 'moov', 'moof', 'sidx'].includes(first.toString('latin1', 4, 8))) return 'mp4'
  if (first.readUInt32BE(0) === 0x1a45dfa3) return 'matroska'
  // Packed audio of HLS begins with an ID3 tag (RFC 8216 §3.4), ADTS with its sync word.
  if (first.toString('latin1', 0, 3) === 'ID3' || (first.readUInt16BE(0) & 0xfff6) === 0xfff0) return 'aac'
  return null
}
