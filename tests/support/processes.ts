import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { eventually } from './eventually.ts'

/** A child process of a test, with what it said. */
export interface TestProcess {
  readonly pid: number
  readonly child: ChildProcess
  stdout(): string
  stderr(): string
  /** True once it has ended. */
  hasEnded(): boolean
  /** Ctrl-C: the signal goes to the whole process group, as a terminal sends it. Needs `group: true`. */
  interrupt(): Promise<number | null>
  /** Sends a signal and resolves with the exit code (null after a signal) once it has ended. */
  end(signal?: NodeJS.Signals): Promise<number | null>
}

/** Starts a program; `env` adds to a clean environment without our variables. */
export function startProcess(
  program: string,
  args: readonly string[],
  { env = {}, cwd, group = false }: { env?: NodeJS.ProcessEnv; cwd?: string; group?: boolean } = {},
): TestProcess {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('WEIR_')))
  const child = spawn(program, args, {
    env: { ...inherited, ...env },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: group,
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`${program} could not be started`)
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8')
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8')
  })
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  return {
    pid,
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    hasEnded,
    interrupt: async () => {
      const gone = once(child, 'exit')
      process.kill(-pid, 'SIGINT')
      await gone
      return child.exitCode
    },
    end: async (signal = 'SIGTERM') => {
      if (!hasEnded()) {
        const gone = once(child, 'exit')
        child.kill(signal)
        if (signal !== 'SIGKILL') child.kill('SIGCONT')
        await gone
      }
      return child.exitCode
    },
  }
}

/** The first line of JSON that a process prints on stdout. */
export function readyLine<Ready>(name: string, started: TestProcess, timeoutMs = 60_000): Promise<Ready> {
  return eventually(
    `${name} is ready`,
    () => {
      if (started.hasEnded()) throw new Error(`${name} ended: ${started.stderr()}`)
      const line = started.stdout().split('\n', 1)[0] ?? ''
      return started.stdout().includes('\n') ? (JSON.parse(line) as Ready & object) : undefined
    },
    { timeoutMs },
  ) as Promise<Ready>
}

/** Process ids of the children of `pid`, their children too, whose command contains `word`. */
export function descendants(pid: number, word = ''): number[] {
  const children = readText(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
  return children.flatMap((child) => [
    ...(readText(`/proc/${child}/cmdline`).includes(word) ? [child] : []),
    ...descendants(child, word),
  ])
}

/** Whether a process still exists (and is no zombie). */
export const isAlive = (pid: number): boolean => /^State:\s+[^ZX]/m.test(readText(`/proc/${pid}/status`))

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
