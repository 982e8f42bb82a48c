import { closeSync, openSync, renameSync, statSync, writeSync } from 'node:fs'

const maxBytes = 8 * 1024 * 1024

/** A log file and its predecessor: at most 16 MiB on disk. */
export class RotatingLog {
  readonly path: string
  #file: number
  #bytes: number

  constructor(path: string) {
    this.path = path
    this.#file = openSync(path, 'a', 0o600)
    this.#bytes = statSync(path).size
  }

  /** Writes, or drops the chunk where that can't be: a full disk must not end what is being logged. */
  write(chunk: Uint8Array): void {
    try {
      this.#write(chunk)
    } catch {
      // Nothing can be told anywhere; the next write tries again.
    }
  }

  #write(chunk: Uint8Array): void {
    if (this.#bytes + chunk.length > maxBytes) {
      closeSync(this.#file)
      renameSync(this.path, `${this.path}.1`)
      this.#file = openSync(this.path, 'a', 0o600)
      this.#bytes = 0
    }
    this.#bytes += writeSync(this.#file, chunk)
  }
}
