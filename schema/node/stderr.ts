import { writeSync } from 'node:fs'
import type { LogLine } from '../log/line.ts'

/** A reader that is behind is waited for this often, a millisecond each; then the line is lost. */
const tries = 20

/** Writes one line of JSON on stderr before it returns; lost where nobody takes it. */
export function writeToStderr(line: LogLine): void {
  let rest = Buffer.from(`${JSON.stringify(line)}\n`)
  for (let attempt = 0; attempt < tries && rest.length > 0; attempt++) {
    try {
      rest = rest.subarray(writeSync(2, rest))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
      Atomics.wait(clock, 0, 0, 1)
    }
  }
}

const clock = new Int32Array(new SharedArrayBuffer(4))
