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
    if (!isUpperCase(bytes[at] ?? 0)) return this.#refuse()
    const end = bytes.indexOf(headEnd, at)
    if (end < 0) return Number.POSITIVE_INFINITY
    const head = readHead(bytes.toString('latin1', at, end))
    if (head === null) return this.#refuse()
    const length = end - at + headEnd.length + head.contentLength
    if (head.status === undefined || at + length > bytes.length) return length
    this.#onAnswer(head.status, head.location)
    if (head.status < 300 || head.status >= 400) return length
    this.destroy(new Error('The server redirects'))
    return 0
  }

  /** At once: what is held would wait for an end that never comes. */
  #refuse(): number {
    this.destroy(new NotRtsp())
    return 0
  }
}

/**
 * What stands before an empty line; null: not exactly as it should. FFmpeg reads lines more freely (a bare line feed ends
 * one, say): what two readers could take for different things must not pass, or a redirect could hide in it.
 */
function readHead(
  head: string,
): { status: number | undefined; location: string | undefined; contentLength: number } | null {
  const [start = '', ...fields] = head.split('\r\n')
  const status = /^RTSP\/\d\.\d (\d{3})( .*)?$/.exec(start)?.[1]
  if (/[\r\n\0]/.test([start, ...fields].join(''))) return null
  if (status === undefined && !/^[A-Z_]+ \S+ RTSP\/\d\.\d$/.test(start)) return null
  const lengths = fields.filter((field) => /^\s*content-length/i.test(field))
  const contentLength = lengths.length === 0 ? '0' : /^content-length: ?(\d{1,6})$/i.exec(lengths[0] ?? '')?.[1]
  if (lengths.length > 1 || contentLength === undefined) return null
  const location = fields.map((field) => /^location: *(\S+)/i.exec(field)?.[1]).find((found) => found !== undefined)
  return { status: status === undefined ? undefined : Number(status), location, contentLength: Number(contentLength) }
}

/** Every answer and every request begins with such a letter (RFC 2326 §6.1, §7.1). */
const isUpperCase = (byte: number) => byte >= 0x41 && byte <= 0x5a
