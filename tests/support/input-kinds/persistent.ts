import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestProcess } from '../processes.ts'

/** A program that is started again whenever it ends, as encoders try again until they are let in. */
export class Persistent {
  readonly #start: () => Promise<TestProcess>
  #now: TestProcess | undefined
  #wanted = false
  #running: Promise<void> = Promise.resolve()
  /** How often it was started. */
  starts = 0

  constructor(start: () => Promise<TestProcess>) {
    this.#start = start
  }

  /** Starts it; resolves at once. */
  begin(): void {
    if (this.#wanted) return
    this.#wanted = true
    this.#running = this.#run()
  }

  /** Ends it for good, until `begin`. */
  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#wanted = false
    await this.#now?.end(signal)
    await this.#running
  }

  /** Ends it; the next one comes by itself. */
  async restart(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.#now?.end(signal)
  }

  signal(signal: NodeJS.Signals): void {
    this.#now?.child.kill(signal)
  }

  async #run(): Promise<void> {
    while (this.#wanted) {
      const started = await this.#start()
      this.#now = started
      this.starts++
      if (!started.hasEnded()) await once(started.child, 'exit')
      if (this.#wanted) await sleep(pauseMs)
    }
  }
}

/** Between two tries. */
const pauseMs = 500
