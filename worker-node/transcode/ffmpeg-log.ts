import { FloodGate } from '#schema/log/flood-gate.ts'
import type { LogLevel } from '#schema/log/line.ts'
import type { Log } from '../observe/log.ts'
import { classifyStderr } from './classify.ts'

/** A line is cut here, characters. */
const lineMax = 1_000

const levels: Readonly<Record<string, LogLevel>> = {
  panic: 'error',
  fatal: 'error',
  error: 'error',
  warning: 'warn',
  info: 'debug',
  verbose: 'debug',
  debug: 'debug',
  trace: 'debug',
}

interface FfmpegLine {
  readonly level: LogLevel
  /** The part of FFmpeg that says it: `h264`, `libx264`, `srt`; undefined where it does not say. */
  readonly module: string | undefined
  readonly text: string
}

/** FFmpeg warns of the range of JPEG at each start, though it is set. */
const harmless = /^deprecated pixel format used/

/** A line of FFmpeg with `-loglevel level+…`: `[h264 @ 0x5617] [error] words`. What has no level is of no importance. */
export function readFfmpegLine(line: string): FfmpegLine {
  const [, module, level, text = line] =
    /^(?:\[([^\]@]+?) @ (?:0x)?[0-9a-f]+\] )*(?:\[(\w+)\] )?(.*)$/i.exec(line) ?? []
  const known = level === undefined ? undefined : harmless.test(text) ? 'debug' : levels[level]
  return known ? { level: known, module, text } : { level: 'debug', module: undefined, text: line }
}

/**
 * What one FFmpeg writes to stderr as lines of the log: level, part and code told apart, a flood counted. Holds one line
 * that is not whole yet, at most 1,000 characters of it.
 */
export class FfmpegLog {
  readonly #log: Log
  readonly #gate: FloodGate<FfmpegLine>
  #begun = ''

  constructor(log: Log, nowMs?: () => number) {
    this.#log = log.child({ part: 'ffmpeg' })
    this.#gate = new FloodGate((line, repeated) => this.#write(line, repeated), nowMs)
  }

  push(chunk: string): void {
    const lines = (this.#begun + chunk).split(/[\r\n]+/)
    this.#begun = (lines.pop() ?? '').slice(0, lineMax)
    for (const line of lines) this.#take(line)
  }

  /** It is gone. */
  end(): void {
    this.#take(this.#begun)
    this.#begun = ''
    this.#gate.settle(true)
  }

  #take(line: string): void {
    if (line.trim() === '') return
    const read = readFfmpegLine(line.slice(0, lineMax))
    this.#gate.push(`${read.module}${read.text}`, read)
  }

  #write({ level, module, text }: FfmpegLine, repeated: number): void {
    const { code } =
      level === 'error' ? classifyStderr(`${module ? `[${module} @ 0x0] ` : ''}[error] ${text}`) : { code: undefined }
    this.#log[level](
      {
        ...(module !== undefined && { module }),
        ...(code !== undefined && code !== 'encoder_failed' && { code }),
        ...(repeated > 0 && { repeated }),
      },
      repeated > 0 ? `${text} (repeated ${repeated} times)` : text,
    )
  }
}
