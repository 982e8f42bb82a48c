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
      const end = endOfJpeg(this.#pending, start)
      if (end === undefined) break
      this.#onJpeg(Buffer.from(this.#pending.subarray(start, end)))
      this.#pending = this.#pending.subarray(end)
    }
    if (this.#pending.length > maxSnapshotBytes) this.#pending = Buffer.alloc(0)
  }
}

const startOfImage = Buffer.of(0xff, 0xd8)
const endOfImage = Buffer.of(0xff, 0xd9)
const startOfScan = 0xda

/** Offset behind the picture that starts at `start`, or undefined while it is not all there. */
function endOfJpeg(bytes: Buffer, start: number): number | undefined {
  let offset = start + 2
  while (offset + 4 <= bytes.length) {
    const marker = bytes[offset + 1]
    if (bytes[offset] !== 0xff) return offset // not a JPEG after all: let the caller look for the next one
    if (marker === startOfScan) {
      const end = bytes.indexOf(endOfImage, offset)
      return end < 0 ? undefined : end + 2
    }
    offset += 2 + bytes.readUInt16BE(offset + 2)
  }
  return undefined
}
