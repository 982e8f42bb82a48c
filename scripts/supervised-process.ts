import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { RotatingFile } from '../schema/node/rotating-file.ts'

/** A child that is told to stop has this long before it is killed, milliseconds. */
const stopLimitMs = 15_000
const restartAfterMs = 1_000
/** What is kept of the child's words, to show when it can't start. */
const maxTailChars = 8_192

/** Where the system has it, `setpriv` lets the children end when the launcher dies, however it dies. */
const launcher = existsSync('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig', 'TERM', '--'] : []

export interface SupervisedOptions {
  readonly name: string
  /** A `.ts` file that prints one JSON line with `ready: true` on stdout once it is up. */
  readonly script: string
  readonly env: NodeJS.ProcessEnv
  readonly logFile: string
  /** Told when it dies and is started again. */
  readonly onRestart: (words: string) => void
}

/** The child could not start; the message is what it said. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

/** One child process that is kept running: started again when it dies, until `stop`. */
export class SupervisedProcess<Ready extends object> {
  readonly #options: SupervisedOptions
  readonly #log: RotatingFile
  #child: ChildProcess | undefined
  #stopping = false
  #restart: NodeJS.Timeout | undefined

  constructor(options: SupervisedOptions) {
    this.#options = options
    this.#log = new RotatingFile(options.logFile)
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Starts it; gives its ready line. Rejects with a {@link StartError} if it ends before that. */
  start(extraEnv: NodeJS.ProcessEnv = {}): Promise<Ready> {
    const { promise, resolve, reject } = Promise.withResolvers<Ready>()
    const [program = '', ...args] = [...launcher, process.execPath, this.#options.script]
    const child = spawn(program, args, {
      env: { ...this.#options.env, ...extraEnv },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Ctrl-C reaches only the launcher, which stops its children in the right order.
      detached: true,
    })
    this.#child = child
    let isReady = false
    let tail = ''
    let line = ''
    child.stderr.on('data', (chunk: Buffer) => {
      this.#log.write(chunk)
      if (!isReady) tail = (tail + chunk.toString('utf8')).slice(-maxTailChars)
    })
    child.stdout.on('data', (chunk: Buffer) => {
      if (isReady) return
      line += chunk.toString('utf8')
      const end = line.indexOf('\n')
      if (end < 0) return
      isReady = true
      resolve(JSON.parse(line.slice(0, end)) as Ready)
    })
    child.once('exit', (code, signal) => {
      if (!isReady) reject(new StartError(wordsOf(tail) || `${this.#options.name} ended at once (${signal ?? code}).`))
      else if (!this.#stopping) this.#startAgain(extraEnv, signal ?? `code ${code}`)
    })
    return promise
  }

  /** Ends it cleanly, or by force after 15 s. */
  async stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#restart)
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGTERM')
    const force = setTimeout(() => child.kill('SIGKILL'), stopLimitMs)
    await gone
    clearTimeout(force)
  }

  #startAgain(extraEnv: NodeJS.ProcessEnv, how: string): void {
    this.#options.onRestart(`${this.#options.name} stopped unexpectedly (${how}); starting it again.`)
    this.#restart = setTimeout(() => {
      this.start(extraEnv).catch((error: unknown) => {
        if (!this.#stopping) this.#startAgain(extraEnv, error instanceof Error ? error.message : String(error))
      })
    }, restartAfterMs)
  }
}

/** The lines meant for people: those that are not JSON log lines. */
const wordsOf = (tail: string): string =>
  tail
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('{'))
    .join('\n')
