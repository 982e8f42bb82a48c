import { eventually } from '#tests/support/eventually.ts'
import type { TestWeir } from '#tests/support/weir.ts'

/** One line of the worker's log. */
export interface LogLine {
  /** RFC 3339, in milliseconds: what happened is told at once, where the API hears of it with the next heartbeat. */
  readonly time: string
  readonly msg: string
  readonly stream?: string
  readonly event?: string
}

/** Waits for the first line like this since then; gives when it was written, Unix milliseconds. */
export function loggedAt(weir: TestWeir, isIt: (line: LogLine) => boolean, sinceMs: number): Promise<number> {
  return eventually(
    'the worker logs it',
    () => {
      const lines = weir
        .worker!.stderr()
        .split('\n')
        .filter((line) => line.startsWith('{"time"'))
      const found = lines
        .map((line): LogLine => JSON.parse(line))
        .find((line) => Date.parse(line.time) >= sinceMs && isIt(line))
      return found && Date.parse(found.time)
    },
    { timeoutMs: 90_000, intervalMs: 100 },
  )
}
