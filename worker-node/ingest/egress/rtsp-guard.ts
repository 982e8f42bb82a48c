import { Transform, type TransformCallback } from 'node:stream'

/** An answer or a request of an RTSP server is so long at most, bytes; media comes in frames of 64 KiB at most. */
const longestMessage = 256 * 1024
const headEnd = '\r\n\r\n'

/** The server answers with something else. */
export class NotRtsp extends Error {
  override readonly name = 'NotRtsp'

  constructor() {
    super('This is not RTSP')
  }
}

/**
 * Lets an RTSP server's bytes (RFC 2326 §10, media interleaved as in §10.12) through to a client, except for redirects:
 * FFmpeg would follow them past us. `onAnswer` hears of each status, and of where a redirect (after which the stream
 * fails) leads. Holds one message at most.
 */
export class RtspGuard extends Transform {
  readonly #onAnswer: (status: number, location: string | undefined) => void
  #held: Buffer = Buffer.alloc(0)

  constructor(onAnswer: (status: number, location: string | undefined) => void) {
    super()
    this.#onAnswer = onAnswer
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    let whole = 0
    for (let length = this.#lengthAt(bytes, 0); length > 0; length = this.#lengthAt(bytes, whole)) whole += length
    this.#held = bytes.subarray(whole)
    if (this.destroyed) return
    if (this.#held.length > longestMessage) done(new NotRtsp())
    else done(null, bytes.subarray(0, whole))
  }

  /** Length of the frame or message that begins at `at`; 0 when it is not whole, or must not go through. */
  #lengthAt(bytes: Buffer, at: number): number {
    if (bytes.length - at < 4) return 0
    const isFrame = bytes[at] === 0x24
    const length = isFrame ? 4 + bytes.readUInt16BE(at + 2) : this.#messageLength(bytes, at)
    return at + length <= bytes.length ? length : 0
  }

  #messageLength(bytes: Buffer, at: number): number {
    if (!isUpperCase(bytes[at] ?? 0)) {
      this.destroy(new NotRtsp())
      return 0
    }
    const end = bytes.indexOf(headEnd, at)
    if (end < 0) return Number.POSITIVE_INFINITY
    const head = bytes.toString('latin1', at, end)
    const length = end - at + headEnd.length + Number(/^content-length: *(\d{1,7}) *$/im.exec(head)?.[1] ?? 0)
    const status = /^RTSP\/\d\.\d (\d{3})/.exec(head)?.[1]
    if (status === undefined || at + length > bytes.length) return length
    this.#onAnswer(Number(status), /^location: *(\S+)/im.exec(head)?.[1])
    if (!status.startsWith('3')) return length
    this.destroy(new Error('The server redirects'))
    return 0
  }
}

/** Every answer and every request begins with such a letter (RFC 2326 §6.1, §7.1). */
const isUpperCase = (byte: number) => byte >= 0x41 && byte <= 0x5a
