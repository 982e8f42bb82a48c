import { readyLine, startProcess, type TestProcess } from './processes.ts'

const script = new URL('file-server.ts', import.meta.url).pathname

/** A web server with a folder, for `user:secret`, that can be frozen, killed and started again on another port. */
export class FileServer {
  readonly #folder: string
  #process: TestProcess | undefined

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Gives its port. */
  async start(): Promise<number> {
    this.#process = startProcess(process.execPath, [script, this.#folder])
    return (await readyLine<{ port: number }>('the file server', this.#process)).port
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.child.kill(signal)
  }

  async kill(): Promise<void> {
    await this.#process?.end('SIGKILL')
  }
}
