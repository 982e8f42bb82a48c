import type { Writable } from 'node:stream'

/** Encrypted at once, bytes: two TLS records. Most pictures of 6 Mbit/s are smaller, keyframes several times as large. */
export const sliceBytes = 32 * 1024

interface Waiting {
  readonly bytes: Buffer
  from: number
  readonly written: ((error?: Error | null) => void) | undefined
}

/**
 * Writes to a socket that encrypts, in order, one slice after the other has left. What is encrypted is a copy of a
 * destination's own: a whole keyframe for a hundred destinations at once would take a hundred keyframes of memory, which the
 * process keeps. What waits is held by reference, as much as whoever writes allows.
 */
export class SlicedWrites {
  readonly #socket: Writable
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #isWriting = false
  #endsAfter = false

  constructor(socket: Writable) {
    this.#socket = socket
  }

  /** Bytes that have not been handed to the kernel. */
  get writableLength(): number {
    return this.#waitingBytes + this.#socket.writableLength
  }

  /** `written` is called when all of it has left, or with the error that it did not; after a loss maybe never. */
  write(bytes: Buffer, written?: Waiting['written']): void {
    this.#waitingBytes += bytes.length
    this.#waiting.push({ bytes, from: 0, written })
    this.#next()
  }

  /** Ends the socket after all that was written. */
  end(): void {
    this.#endsAfter = true
    this.#next()
  }

  #next(): void {
    if (this.#isWriting) return
    const first = this.#waiting[0]
    if (!first) {
      if (this.#endsAfter) this.#socket.end()
      return
    }
    const slice = first.bytes.subarray(first.from, first.from + sliceBytes)
    first.from += slice.length
    this.#waitingBytes -= slice.length
    this.#isWriting = true
    this.#socket.write(slice, (error) => {
      this.#isWriting = false
      if (error) this.#lost(error)
      else this.#left(first)
    })
  }

  #left(first: Waiting): void {
    if (first.from === first.bytes.length) {
      this.#waiting.shift()
      first.written?.()
    }
    this.#next()
  }

  #lost(error: Error): void {
    const [first] = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    first?.written?.(error)
  }
}
