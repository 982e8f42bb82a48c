import { within } from './within.ts'

interface OpenAnswerOptions {
  readonly status: number
  readonly headers: Headers
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>
  /** Bytes that are kept for those who come late, and for the slowest reader. */
  readonly maxBytes: number
  /** It has ended, failed, or nobody reads it any more; nobody may join. */
  readonly onDone: () => void
}

type End = 'ended' | { readonly error: unknown }

interface Reader {
  /** Number of the next piece that it wants. */
  next: number
  wake: () => void
}

/** A worker sends each part as soon as it is complete: after so long without one it hangs, milliseconds. */
const longestSilenceMs = 15_000

/**
 * An answer of unknown length that many read while it grows: a DASH segment that is not complete yet. It is fetched once.
 * Whoever joins gets all that is there, then each piece as it comes. Past `maxBytes` nobody can join any more, pieces that all
 * have read are let go, and a reader that is further behind than that is cut off.
 */
export class OpenAnswer {
  /** The whole body, once it has ended well; undefined if it failed or was too long to keep. */
  readonly whole: Promise<Uint8Array<ArrayBuffer> | undefined>
  readonly #options: OpenAnswerOptions
  readonly #source: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>
  readonly #readers = new Set<Reader>()
  #pieces: Uint8Array<ArrayBuffer>[] = []
  /** Number of the first piece that is still there. */
  #first = 0
  #bytes = 0
  #end: End | undefined

  constructor(options: OpenAnswerOptions) {
    this.#options = options
    this.#source = options.body.getReader()
    this.whole = this.#pump()
  }

  /** The answer for one more reader, until `signal` fires; undefined if its beginning is gone, or the answer failed. */
  read(signal: AbortSignal): Response | undefined {
    if (this.#first > 0 || (this.#end && this.#end !== 'ended')) return undefined
    const reader: Reader = { next: 0, wake: () => {} }
    this.#readers.add(reader)
    const leave = () => {
      reader.wake()
      if (this.#readers.delete(reader)) this.#endIfUnread()
    }
    signal.addEventListener('abort', leave, { once: true })
    const done = () => {
      signal.removeEventListener('abort', leave)
      this.#readers.delete(reader)
    }
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: async (controller) => {
        while (this.#readers.has(reader) && !this.#end && reader.next >= this.#first + this.#pieces.length)
          await new Promise<void>((resolve) => {
            reader.wake = resolve
          })
        const piece = this.#pieces[reader.next - this.#first]
        if (this.#readers.has(reader) && piece) {
          reader.next++
          this.#trim()
          return controller.enqueue(piece)
        }
        if (this.#readers.has(reader) && this.#end === 'ended') controller.close()
        else controller.error(this.#end && this.#end !== 'ended' ? this.#end.error : new Error('Cut off: too slow.'))
        done()
      },
      cancel: leave,
    })
    return new Response(stream, { status: this.#options.status, headers: this.#options.headers })
  }

  async #pump(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      for (;;) {
        const read = await within(longestSilenceMs, this.#source.read())
        if (read === 'late') throw new Error('The worker has sent nothing for too long.')
        const { done, value } = read
        if (this.#end) return undefined
        if (done) break
        this.#pieces.push(value)
        this.#bytes += value.byteLength
        this.#trim()
        for (const reader of this.#readers) reader.wake()
      }
    } catch (error) {
      this.#finish({ error })
      void this.#source.cancel().catch(() => {})
      return undefined
    }
    const whole = this.#first === 0 ? joined(this.#pieces, this.#bytes) : undefined
    this.#finish('ended')
    return whole
  }

  #trim(): void {
    while (this.#bytes > this.#options.maxBytes) {
      const slowest = [...this.#readers].filter(({ next }) => next <= this.#first)
      // The newest piece is all that a single reader who is behind may hold up.
      if (slowest.length > 0 && this.#pieces.length === 1) return
      for (const reader of slowest) {
        this.#readers.delete(reader)
        reader.wake()
      }
      this.#bytes -= this.#pieces.shift()?.byteLength ?? 0
      this.#first++
      this.#endIfUnread()
    }
  }

  #endIfUnread(): void {
    if (this.#readers.size > 0 || this.#end) return
    this.#finish({ error: new Error('Nobody reads this any more.') })
    void this.#source.cancel().catch(() => {})
  }

  #finish(end: End): void {
    this.#end ??= end
    this.#options.onDone()
    for (const reader of this.#readers) reader.wake()
  }
}

function joined(pieces: readonly Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(bytes)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.byteLength
  }
  return whole
}
