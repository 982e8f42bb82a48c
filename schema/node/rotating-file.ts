import { closeSync, openSync, readdirSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

export interface RotatingFileOptions {
  /** A file that is this large is put aside for a new one. */
  readonly maxBytes?: number
  /** One that is this old too, milliseconds. */
  readonly maxAgeMs?: number
  /** All log files of the folder together, bytes: the oldest that were put aside go first. */
  readonly totalBytes?: number
  /** What was put aside goes after so long, milliseconds. */
  readonly keptMs?: number
  /** Unix milliseconds. */
  readonly nowMs?: () => number
}

const dayMs = 24 * 3_600_000
/** What was put aside: `worker.log.20261122T172500123Z`; `.1` in former versions. */
const asidePattern = /\.log\.(\d{8}T\d{9}Z|\d)$/

/**
 * A log file for its owner alone (mode 0600), put aside by size (8 MiB) and by age (a day). The log files of its folder
 * take up 64 MiB together at most, and none is older than 14 days.
 */
export class RotatingFile {
  readonly path: string
  readonly #options: Required<RotatingFileOptions>
  #file: number
  #bytes: number
  #begunMs: number
  #isAtLineEnd = true
  /** Not a device such as /dev/null or /dev/stdout, which is everybody's. */
  readonly #mayBePutAside: boolean

  constructor(path: string, options: RotatingFileOptions = {}) {
    this.path = path
    this.#options = {
      ...{ maxBytes: 8 * 1024 * 1024, maxAgeMs: dayMs, totalBytes: 64 * 1024 * 1024, keptMs: 14 * dayMs },
      nowMs: Date.now,
      ...options,
    }
    this.#file = openSync(path, 'a', 0o600)
    const found = statSync(path)
    this.#mayBePutAside = found.isFile()
    this.#bytes = found.size
    this.#begunMs = found.size === 0 ? this.#options.nowMs() : found.birthtimeMs
    this.#prune()
  }

  /** Writes, or drops the chunk where that can't be: a full disk must not end what is being logged. */
  write(chunk: Uint8Array): void {
    try {
      const { maxBytes, maxAgeMs, nowMs } = this.#options
      const isDue = this.#bytes > 0 && (this.#bytes + chunk.length > maxBytes || nowMs() - this.#begunMs > maxAgeMs)
      // Lines stay whole, unless one does not end.
      if (isDue && this.#mayBePutAside && (this.#isAtLineEnd || this.#bytes > maxBytes)) this.#putAside()
      this.#bytes += writeSync(this.#file, chunk)
      this.#isAtLineEnd = chunk.at(-1) === 0x0a
    } catch {
      // Nothing can be told anywhere; the next write tries again.
    }
  }

  close(): void {
    closeSync(this.#file)
  }

  #putAside(): void {
    const nowMs = this.#options.nowMs()
    closeSync(this.#file)
    try {
      renameSync(this.path, `${this.path}.${new Date(nowMs).toISOString().replace(/[-:.]/g, '')}`)
      this.#bytes = 0
      this.#begunMs = nowMs
    } finally {
      this.#file = openSync(this.path, 'a', 0o600)
    }
    this.#prune()
  }

  /** Also what other processes have put aside here: the bound is that of the folder. */
  #prune(): void {
    const { totalBytes, keptMs, nowMs } = this.#options
    const folder = dirname(this.path)
    const files = readdirSync(folder)
      .filter((name) => name.endsWith('.log') || name === basename(this.path) || asidePattern.test(name))
      .map((name) => ({ name, ...sizeAndAge(join(folder, name)) }))
    let total = files.reduce((sum, { size }) => sum + size, 0)
    for (const { name, size, mtimeMs } of files.toSorted((a, b) => a.mtimeMs - b.mtimeMs)) {
      if (!asidePattern.test(name)) continue
      if (total <= totalBytes && nowMs() - mtimeMs <= keptMs) continue
      rmSync(join(folder, name), { force: true })
      total -= size
    }
  }
}

function sizeAndAge(path: string): { size: number; mtimeMs: number } {
  const { size, mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { size: 0, mtimeMs: 0 }
  return { size, mtimeMs }
}
