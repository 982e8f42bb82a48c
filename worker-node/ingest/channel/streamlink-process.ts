import type { Readable } from 'node:stream'
import { execa } from 'execa'
import type { StreamlinkBinary } from './streamlink-binary.ts'

/** How streamlinks of one channel are started. */
export interface StreamlinkLaunch {
  readonly streamlink: StreamlinkBinary
  /** What to put before the program so that it dies with this process. */
  readonly launcher: readonly string[]
  readonly environment: NodeJS.ProcessEnv
  /** Aborting stops the process. */
  readonly signal: AbortSignal
}

export interface StreamlinkProcess {
  readonly pid: number | undefined
  /** The media. */
  readonly stdout: Readable
  /** The process is gone and its media has been read to the end, or destroyed. Gives the exit code; null after a signal. */
  readonly exited: Promise<number | null>
  /** SIGINT, then SIGKILL. What stdout still holds is thrown away. */
  stop(): void
}

const killAfterMs = 1_000
/** Longer lines are cut, characters. */
const maxLineChars = 16 * 1024

/** Starts a streamlink that writes media to stdout and its log to stderr; `onLine` gets each line of the log. */
export function startStreamlink(
  { streamlink, launcher, environment, signal }: StreamlinkLaunch,
  args: readonly string[],
  onLine: (line: string) => void,
): StreamlinkProcess {
  const [program, ...words] = [...launcher, streamlink.path, ...args] as [string, ...string[]]
  const child = execa(program, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    buffer: false,
    reject: false,
    extendEnv: false,
    env: environment,
    encoding: 'buffer',
  })
  let ladder: NodeJS.Timeout | undefined
  const stop = () => {
    if (ladder) return
    child.stdout.destroy()
    child.kill('SIGINT')
    ladder = setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  }
  child.stderr.on('data', lines(onLine))
  child.stdout.on('error', () => {})
  const exited = child.then(({ exitCode }) => {
    clearTimeout(ladder)
    signal.removeEventListener('abort', stop)
    return exitCode ?? null
  })
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  return { pid: child.pid, stdout: child.stdout, exited, stop }
}

/** Splits what comes into lines. */
function lines(onLine: (line: string) => void): (chunk: Buffer) => void {
  let rest = ''
  return (chunk) => {
    const parts = (rest + chunk.toString('utf8')).split(/[\r\n]+/)
    rest = (parts.pop() ?? '').slice(0, maxLineChars)
    for (const part of parts) if (part !== '') onLine(part.slice(0, maxLineChars))
  }
}
