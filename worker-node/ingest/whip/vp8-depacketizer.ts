import { type Depacketizer, type EncodedFrame, maxFrameBytes } from './access-unit.ts'

/** Puts VP8 together again (RFC 7741). */
export class Vp8Depacketizer implements Depacketizer {
  damagedFrames = 0
  #timestamp: number | undefined
  #parts: Buffer[] = []
  #bytes = 0
  #isDamaged = false

  push(
    { timestamp, marker, payload }: { timestamp: number; marker: boolean; payload: Buffer },
    lostBefore: boolean,
  ): EncodedFrame | undefined {
    if (this.#timestamp !== timestamp && this.#timestamp !== undefined) this.#drop()
    this.#timestamp = timestamp
    if (lostBefore) this.#isDamaged = true
    const part = readDescriptor(payload)
    if (!part || part.isStart !== (this.#parts.length === 0)) this.#isDamaged = true
    else if (!this.#isDamaged) {
      this.#parts.push(part.data)
      this.#bytes += part.data.length
      if (this.#bytes > maxFrameBytes) this.#isDamaged = true
    }
    return marker ? this.#finish(timestamp) : undefined
  }

  #finish(timestamp: number): EncodedFrame | undefined {
    if (this.#isDamaged || this.#bytes === 0) {
      this.#drop()
      return
    }
    const bytes = Buffer.concat(this.#parts)
    this.#reset()
    // P of the frame tag: 0 on keyframes (RFC 6386 §9.1).
    return { timestamp, isKeyframe: ((bytes[0] ?? 1) & 1) === 0, bytes }
  }

  #drop(): void {
    if (this.#parts.length > 0 || this.#isDamaged) this.damagedFrames += 1
    this.#reset()
  }

  #reset(): void {
    this.#timestamp = undefined
    this.#parts = []
    this.#bytes = 0
    this.#isDamaged = false
  }
}

/** Width and height of a VP8 keyframe (RFC 6386 §9.1), or undefined. */
export function readVp8Size(frame: Buffer): { width: number; height: number } | undefined {
  if (frame.length < 10 || frame.readUIntBE(3, 3) !== 0x9d012a) return
  const width = frame.readUInt16LE(6) & 0x3fff
  const height = frame.readUInt16LE(8) & 0x3fff
  return width > 0 && height > 0 ? { width, height } : undefined
}

/** Takes the payload descriptor away (RFC 7741 §4.2). */
function readDescriptor(payload: Buffer): { isStart: boolean; data: Buffer } | undefined {
  const [first = 0, extension = 0] = payload
  let at = 1
  if ((first & 0x80) !== 0) {
    at = 2
    if ((extension & 0x80) !== 0) at += ((payload[at] ?? 0) & 0x80) !== 0 ? 2 : 1
    if ((extension & 0x40) !== 0) at += 1
    if ((extension & 0x30) !== 0) at += 1
  }
  if (payload.length <= at) return
  // A frame may be cut into partitions: only the very first packet is its start.
  return { isStart: (first & 0x10) !== 0 && (first & 0x07) === 0, data: payload.subarray(at) }
}
