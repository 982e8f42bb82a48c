/** One picture as a sender packed it. */
export interface EncodedFrame {
  /** RTP ticks of 90 kHz, 32 bits. */
  readonly timestamp: number
  readonly isKeyframe: boolean
  /** The frame as Matroska keeps it: NAL units with 4-byte lengths, or a VP8 frame. */
  readonly bytes: Buffer
}

/** What becomes of the packets of a picture codec, in their order. */
export interface Depacketizer {
  /** The frame that this packet completes, if it does. `lostBefore`: a packet before it never came. */
  push(packet: { timestamp: number; marker: boolean; payload: Buffer }, lostBefore: boolean): EncodedFrame | undefined
  /** Frames that came damaged or not at all so far: they were left out. */
  readonly damagedFrames: number
}

/** Bytes of one frame at most; larger ones are left out. */
export const maxFrameBytes = 4 * 1024 * 1024
