/** One report of FFmpeg's `-progress`. */
export interface TranscodeProgress {
  /** Frames of the first rendition since the start. */
  readonly frames: number
  /** Frames encoded per second, averaged by FFmpeg since the start. */
  readonly fps: number
  /** Media seconds encoded per wall second since the start; null before it is known. Under 1 the machine is too slow. */
  readonly speed: number | null
  readonly droppedFrames: number
  readonly duplicatedFrames: number
}

/** No report is longer than this; what is longer is thrown away. */
const maxReportChars = 64 * 1024

/** Cuts the `key=value` lines of `-progress` into reports; each ends with a `progress=` line. */
export class ProgressReader {
  readonly #onReport: (report: TranscodeProgress) => void
  #text = ''
  #fields = new Map<string, string>()

  constructor(onReport: (report: TranscodeProgress) => void) {
    this.#onReport = onReport
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
    if (key === 'progress') {
      this.#onReport(toReport(this.#fields))
      this.#fields.clear()
    } else if (this.#fields.size < 200) this.#fields.set(key, line.slice(equals + 1).trim())
  }
}

function toReport(fields: ReadonlyMap<string, string>): TranscodeProgress {
  const number = (key: string) => Number.parseFloat(fields.get(key) ?? '') || 0
  const speed = Number.parseFloat(fields.get('speed') ?? '')
  return {
    frames: number('frame'),
    fps: number('fps'),
    speed: Number.isFinite(speed) ? speed : null,
    droppedFrames: number('drop_frames'),
    duplicatedFrames: number('dup_frames'),
  }
}
