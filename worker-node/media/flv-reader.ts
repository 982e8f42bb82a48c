import { MediaFormatError } from './box-reader.ts'

/** One tag of an FLV stream (Adobe FLV 10.1 Annex E.4.1). */
export interface FlvTag {
  /** 8: audio, 9: video, 18: script data. */
  readonly type: number
  /** Milliseconds, unsigned 32 bits; wraps. */
  readonly timestampMs: number
  /** A view into what was pushed, where the tag came in one piece. */
  readonly payload: Buffer
}

const fileHeaderBytes = 13
const tagHeaderBytes = 11
const maxTagBytes = 8 * 1024 * 1024

/** Cuts an FLV byte stream (header first) into tags. Bound: one tag of 8 MiB. */
export class FlvReader {
  readonly #onTag: (tag: FlvTag) => void
  #pending: Buffer = Buffer.alloc(0)
  #sawHeader = false

  constructor(onTag: (tag: FlvTag) => void) {
    this.#onTag = onTag
  }

  /** Throws {@link MediaFormatError} for what is no FLV. */
  push(chunk: Buffer): void {
    const bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    let at = 0
    if (!this.#sawHeader && bytes.length >= fileHeaderBytes) {
      if (bytes.toString('latin1', 0, 3) !== 'FLV') throw new MediaFormatError('This is no FLV stream.')
      this.#sawHeader = true
      at = fileHeaderBytes
    }
    while (this.#sawHeader && at + tagHeaderBytes <= bytes.length) {
      const size = bytes.readUIntBE(at + 1, 3)
      if (size > maxTagBytes) throw new MediaFormatError(`A tag claims ${size} bytes.`)
      const end = at + tagHeaderBytes + size
      // PreviousTagSize follows each tag.
      if (end + 4 > bytes.length) break
      const timestampMs = bytes.readUIntBE(at + 4, 3) + bytes[at + 7]! * 0x1000000
      this.#onTag({ type: bytes[at]! & 0x1f, timestampMs, payload: bytes.subarray(at + tagHeaderBytes, end) })
      at = end + 4
    }
    this.#pending = bytes.subarray(at)
  }
}
