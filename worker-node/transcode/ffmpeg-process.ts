import type { Readable, Writable } from 'node:stream'
import { execa } from 'execa'
import { classifyStderr, type FfmpegFault, redactStderr } from './classify.ts'
import type { FfmpegBinary } from './ffmpeg-binary.ts'
import { FfmpegLog } from './ffmpeg-log.ts'

export interface FfmpegOptions {
  readonly ffmpeg: FfmpegBinary
  readonly args: readonly string[]
  /** Whether stdin is fed by us. */
  readonly stdin: boolean
  /** Takes what FFmpeg writes to descriptors 3, 4, …; they are always drained. What a sink throws ends the process. */
  readonly sinks: readonly ((chunk: Buffer) => void)[]
  /** Descriptors of open files that it is handed, behind those of the sinks; ours may be closed at once. */
  readonly files?: readonly number[]
  /** Aborting stops the process. */
  readonly signal: AbortSignal
  /** Milliseconds between SIGINT, SIGTERM and SIGKILL. */
  readonly stopStepMs?: number
  /** Working folder. */
  readonly cwd?: string
  /** Variables beside those of the system. */
  readonly env?: Readonly<Record<string, string>>
}

export interface FfmpegExit {
  /** `ended`: its input ended or we stopped it. `killed`: somebody else's signal. `failed`: an error of its own. */
  readonly reason: 'ended' | 'killed' | 'failed'
  /** Exit code; null after a signal. */
  readonly code: number | null
  /** What went wrong in words; null unless `failed`. */
  readonly fault: FfmpegFault | null
  /** The end of what FFmpeg wrote to stderr, without addresses. At most 64 Ki characters. */
  readonly stderrTail: string
}

export interface FfmpegProcess {
  readonly pid: number | undefined
  readonly stdin: Writable | null
  /** What the sinks read from, in their order: pausing one holds FFmpeg back. */
  readonly outputs: readonly Readable[]
  /** What it wrote to stderr so far: see `stderrTail`. */
  stderrSoFar(): string
  /** Never rejects. */
  readonly exited: Promise<FfmpegExit>
  /** Ends the input, then SIGINT → SIGTERM → SIGKILL until it is gone. */
  stop(): Promise<FfmpegExit>
}

const stderrTailChars = 64 * 1024

/** Starts one FFmpeg with arguments as an array, never through a shell. It dies with this process. */
export function startFfmpeg(options: FfmpegOptions): FfmpegProcess {
  const { ffmpeg, args, stdin, sinks, files = [], signal, stopStepMs = 1_000 } = options
  const [program, ...words] = [...ffmpeg.launcher, ffmpeg.path, ...args] as [string, ...string[]]
  const child = execa(program, words, {
    stdio: [
      ...([stdin ? 'pipe' : 'ignore', 'ignore', 'pipe'] as const),
      ...sinks.map(() => 'pipe' as const),
      // execa takes any descriptor; its types name the first few.
      ...files.map((descriptor) => descriptor as 3),
    ],
    buffer: false,
    reject: false,
    extendEnv: false,
    env: { ...ffmpegEnvironment(process.env), ...options.env },
    encoding: 'buffer',
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  let stopping = false
  let gone = false
  let sinkError: unknown
  let stderr = ''
  let ladder: NodeJS.Timeout | undefined

  const stop = () => {
    if (!stopping && !gone) {
      stopping = true
      child.stdin?.destroy()
      const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGKILL']
      const step = () => {
        const next = signals.shift()
        if (next) child.kill(next)
        if (signals.length > 0) ladder = setTimeout(step, stopStepMs)
      }
      step()
    }
    return exited
  }

  const told = ffmpeg.log && new FfmpegLog(ffmpeg.log.child({ pid: child.pid }))
  child.stderr?.on('data', (chunk: Buffer) => {
    const text = chunk.toString('utf8')
    stderr = (stderr + text).slice(-stderrTailChars)
    told?.push(text)
  })
  child.stdin?.on('error', () => {}) // EPIPE: the exit tells why
  const stderrSoFar = () => redactStderr(wholeLines(stderr))
  const outputs = sinks.map((_, index) => child.stdio[3 + index] as Readable)
  sinks.forEach((sink, index) => {
    const pipe = outputs[index]!
    pipe.on('error', () => {})
    pipe.on('data', (chunk: Buffer) => {
      if (sinkError !== undefined) return
      try {
        sink(chunk)
      } catch (error) {
        sinkError = error
        child.kill('SIGKILL')
      }
    })
  })
  const exited = child.then(({ exitCode, signal: endSignal }): FfmpegExit => {
    gone = true
    told?.end()
    clearTimeout(ladder)
    signal.removeEventListener('abort', stop)
    const code = exitCode ?? null
    const stderrTail = stderrSoFar()
    if (sinkError !== undefined) {
      const detail = `What FFmpeg wrote can't be read: ${sinkError instanceof Error ? sinkError.message : 'unknown'}`
      return { reason: 'failed', code, fault: { code: 'output_unreadable', detail }, stderrTail }
    }
    if (stopping || code === 0) return { reason: 'ended', code, fault: null, stderrTail }
    // FFmpeg catches SIGINT and SIGTERM and then leaves with 255.
    if (endSignal !== undefined || code === 255) return { reason: 'killed', code, fault: null, stderrTail }
    return { reason: 'failed', code, fault: classifyStderr(stderr), stderrTail }
  })
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  return { pid: child.pid, stdin: child.stdin, outputs, stderrSoFar, exited, stop }
}

/**
 * The ring without the line that it cut in two: a half line may hold the key of an address whose beginning is gone.
 */
function wholeLines(ring: string): string {
  return ring.length < stderrTailChars ? ring : ring.slice(ring.indexOf('\n') + 1 || ring.length)
}

/** FFmpeg reads strangers' media: it gets the system's environment, and nothing of ours or that is named like a secret. */
export const ffmpegEnvironment = (system: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(system).filter(([name]) => !notForFfmpeg.test(name)))

const notForFfmpeg = /^WEIR_|TOKEN|SECRET|PASSW|CREDENTIAL|(^|_)KEY(_|$)/i
