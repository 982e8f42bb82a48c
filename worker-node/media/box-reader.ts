/** Bytes that are not the ISO base media file format that they claim to be. */
export class MediaFormatError extends Error {
  override readonly name = 'MediaFormatError'
  readonly code = 'media_format'
}

/** One box (ISO/IEC 14496-12 §4.2). `body` is what follows the header; it may share memory with the bytes read. */
export interface Box {
  readonly type: string
  readonly headerBytes: number
  readonly body: Uint8Array
}

/** No box larger than this is taken: it bounds what one reader holds in memory. */
export const maxBoxBytes = 16 * 1024 * 1024

/**
 * Cuts a byte stream into top-level boxes as its chunks arrive. A box inside one chunk is handed on without a copy;
 * one that spans chunks is assembled once. Holds at most one box. Throws {@link MediaFormatError}; after that the
 * reader must not be used again.
 */
export class BoxReader {
  readonly #onBox: (box: Box) => void
  readonly #limit: number
  /** Collects a header that chunks cut in two. */
  readonly #header = new Uint8Array(16)
  #headerLength = 0
  /** The box that is being assembled, and how much of it is there. */
  #open: Box | undefined
  #filled = 0

  constructor(onBox: (box: Box) => void, limit = maxBoxBytes) {
    this.#onBox = onBox
    this.#limit = limit
  }

  /** True between two boxes; a stream that ends elsewhere was cut off. */
  get atBoundary(): boolean {
    return this.#headerLength === 0
  }

  push(chunk: Uint8Array): void {
    let rest = chunk
    while (rest.length > 0) rest = this.#open ? this.#fill(this.#open, rest) : this.#begin(rest)
  }

  #begin(bytes: Uint8Array): Uint8Array {
    if (this.#headerLength === 0) {
      const header = readHeader(bytes, this.#limit)
      if (header && header.size <= bytes.length) {
        this.#onBox(boxOf(header, bytes.subarray(header.bytes, header.size)))
        return bytes.subarray(header.size)
      }
    }
    const part = bytes.subarray(0, (this.#headerLength < 8 ? 8 : 16) - this.#headerLength)
    this.#header.set(part, this.#headerLength)
    this.#headerLength += part.length
    const rest = bytes.subarray(part.length)
    const header = readHeader(this.#header.subarray(0, this.#headerLength), this.#limit)
    if (!header) return rest
    this.#filled = 0
    this.#open = boxOf(header, new Uint8Array(header.size - header.bytes))
    return this.#fill(this.#open, rest)
  }

  #fill(box: Box, bytes: Uint8Array): Uint8Array {
    const part = bytes.subarray(0, box.body.length - this.#filled)
    box.body.set(part, this.#filled)
    this.#filled += part.length
    if (this.#filled === box.body.length) {
      this.#open = undefined
      this.#headerLength = 0
      this.#onBox(box)
    }
    return bytes.subarray(part.length)
  }
}

/** The boxes that lie one after the other in the body of a container box. */
export function childBoxes(body: Uint8Array): Box[] {
  const boxes: Box[] = []
  for (let rest = body; rest.length > 0; ) {
    const header = readHeader(rest, maxBoxBytes)
    if (!header || header.size > rest.length) throw new MediaFormatError('A box is longer than the box around it.')
    boxes.push(boxOf(header, rest.subarray(header.bytes, header.size)))
    rest = rest.subarray(header.size)
  }
  return boxes
}

/** The first child of that type, or undefined. */
export function findChild(body: Uint8Array, type: string): Box | undefined {
  return childBoxes(body).find((box) => box.type === type)
}

/** Follows a path of types downwards, first match each; throws where one is missing. */
export function descend(body: Uint8Array, ...path: string[]): Uint8Array {
  return path.reduce((inside, type) => {
    const child = findChild(inside, type)
    if (!child) throw new MediaFormatError(`The box ${type} is missing.`)
    return child.body
  }, body)
}

/** A view for reading big-endian fields. Reads past its end throw RangeError: see {@link guardReads}. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Runs a parser; a read past the end of a box becomes a {@link MediaFormatError}. */
export function guardReads<T>(what: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof RangeError) throw new MediaFormatError(`${what} ends too early.`, { cause: error })
    throw error
  }
}

interface Header {
  readonly type: string
  /** Header included. */
  readonly size: number
  readonly bytes: 8 | 16
}

/** Gives undefined while the header is not whole. Size 0 ("to the end of the file") has no place in a live stream. */
function readHeader(bytes: Uint8Array, limit: number): Header | undefined {
  if (bytes.length < 8) return undefined
  const view = viewOf(bytes)
  const size32 = view.getUint32(0)
  if (size32 === 1 && bytes.length < 16) return undefined
  const size = size32 === 1 ? Number(view.getBigUint64(8)) : size32
  const headerBytes = size32 === 1 ? 16 : 8
  if (size < headerBytes) throw new MediaFormatError(`A box claims a size of ${size} bytes.`)
  if (size > limit) throw new MediaFormatError(`A box of ${size} bytes is over the limit of ${limit}.`)
  return { type: String.fromCharCode(bytes[4]!, bytes[5]!, bytes[6]!, bytes[7]!), size, bytes: headerBytes }
}

function boxOf(header: Header, body: Uint8Array): Box {
  return { type: header.type, headerBytes: header.bytes, body }
}
