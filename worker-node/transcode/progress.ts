/** One report of FFmpeg's `-progress`. */
export interface TranscodeProgress {
  /** Frames of the first rendition since the start. */
  readonly frames: number
  /** Frames encoded per second of late. */
  readonly fps: number
  /** Media seconds encoded per wall second of late. Well under 1, the machine or the source is slow. Null: no picture is encoded. */
  readonly speed: number | null
  readonly droppedFrames: number
  readonly duplicatedFrames: number
}

/** No report is longer than this; what is longer is thrown away. */
const maxReportChars = 64 * 1024
/** Rates are over this long at least: of two reports that were held up and come at once, the second tells nothing. Milliseconds. */
const leastMs = 900
/** Reports that are remembered for that. */
const remembered = 8

/**
 * Cuts the `key=value` lines of `-progress` into reports; each ends with a `progress=` line. Rates are counted from
 * frames: FFmpeg's own are averages since the start, and its speed counts the outputs' time offset as media.
 */
export class ProgressReader {
  readonly #plannedFps: number | null
  readonly #onReport: (report: TranscodeProgress) => void
  readonly #nowMs: () => number
  #text = ''
  #fields = new Map<string, string>()
  #counted: { readonly frames: number; readonly atMs: number }[]

  /** `plannedFps` is null where pictures pass as they come; `nowMs` is a monotonic clock. */
  constructor(plannedFps: number | null, onReport: (report: TranscodeProgress) => void, nowMs: () => number) {
    this.#plannedFps = plannedFps
    this.#onReport = onReport
    this.#nowMs = nowMs
    this.#counted = [{ frames: 0, atMs: nowMs() }]
  }

  push(chunk: Uint8Array): void {
    const lines = (this.#text + Buffer.from(chunk).toString('latin1')).split('\n')
    this.#text = (lines.pop() ?? '').slice(-maxReportChars)
    for (const line of lines) this.#readLine(line)
  }

  #readLine(line: string): void {
    const equals = line.indexOf('=')
    if (equals < 0) return
    const key = line.slice(0, equals)
    if (key === 'progress') this.#report()
    else if (this.#fields.size < 200) this.#fields.set(key, line.slice(equals + 1).trim())
  }

  #report(): void {
    const count = (key: string) => Number.parseInt(this.#fields.get(key) ?? '', 10) || 0
    const now = { frames: count('frame'), atMs: this.#nowMs() }
    const before = this.#counted.findLast(({ atMs }) => now.atMs - atMs >= leastMs) ?? this.#counted[0] ?? now
    const seconds = (now.atMs - before.atMs) / 1_000
    const fps = seconds > 0 ? (now.frames - before.frames) / seconds : 0
    this.#counted = [...this.#counted.slice(this.#counted.indexOf(before)), now].slice(-remembered)
    this.#onReport({
      frames: now.frames,
      fps,
      speed: this.#plannedFps === null ? null : fps / this.#plannedFps,
      droppedFrames: count('drop_frames'),
      duplicatedFrames: count('dup_frames'),
    })
    this.#fields.clear()
  }
}
