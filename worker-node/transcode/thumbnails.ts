/** A snapshot larger than this is thrown away. */
const maxSnapshotBytes = 4 * 1024 * 1024

/**
 * Cuts a stream of JPEG pictures (ITU-T T.81 §B.1) into single ones: markers with a length are stepped over, the
 * entropy-coded part ends at EOI, which can't occur inside it. Holds at most one picture.
 */
export class JpegReader {
  readonly #onJpeg: (jpeg: Buffer) => void
  #pending: Buffer = Buffer.alloc(0)

  constructor(onJpeg: (jpeg: Buffer) => void) {
    this.#onJpeg = onJpeg
  }

  push(chunk: Uint8Array): void {
    this.#pending = Buffer.concat([this.#pending, chunk])
    for (;;) {
      const start = this.#pending.indexOf(startOfImage)
      if (start < 0) {
        this.#pending = this.#pending.subarray(-1)
        return
      }
      const { isWhole, end } = jpegAt(this.#pending, start)
      if (end === undefined) break
      if (isWhole) this.#onJpeg(Buffer.from(this.#pending.subarray(start, end)))
      this.#pending = this.#pending.subarray(end)
    }
    if (this.#pending.length > maxSnapshotBytes) this.#pending = Buffer.alloc(0)
  }
}

const startOfImage = Buffer.of(0xff, 0xd8)
const endOfImage = Buffer.of(0xff, 0xd9)
const startOfScan = 0xda

/** Where the picture that starts at `start` ends, undefined while it is not all there; or where it proves to be none. */
function jpegAt(bytes: Buffer, start: number): { isWhole: boolean; end: number | undefined } {
  let offset = start + 2
  while (offset + 4 <= bytes.length) {
    if (bytes[offset] !== 0xff) return { isWhole: false, end: offset }
    if (bytes[offset + 1] === startOfScan) {
      const last = bytes.indexOf(endOfImage, offset)
      return { isWhole: true, end: last < 0 ? undefined : last + 2 }
    }
    offset += 2 + bytes.readUInt16BE(offset + 2)
  }
  return { isWhole: false, end: undefined }
}
