import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { LogThreshold } from '#schema/log/threshold.ts'
import { LogQueue } from '../agent/log-queue.ts'
import type { WorkerConfig } from '../config.ts'
import { createLog, type Log } from './log.ts'
import { RotatingFile } from './rotating-file.ts'
import { writeToStderr } from './stderr.ts'

/** The log of a worker, how much it takes, and what of it control still has to get. */
export interface WorkerLog {
  readonly log: Log
  readonly threshold: LogThreshold
  readonly queue: LogQueue
}

/** On stderr, where one is named into files, and what is about streams to control. */
export function openWorkerLog({ logLevel, logFile }: Pick<WorkerConfig, 'logLevel' | 'logFile'>): WorkerLog {
  const threshold = new LogThreshold(logLevel)
  const queue = new LogQueue((stream) => threshold.isDebugged(stream))
  if (logFile !== null) mkdirSync(dirname(logFile), { recursive: true, mode: 0o700 })
  const file = logFile === null ? undefined : new RotatingFile(logFile)
  const log = createLog({
    threshold,
    write: (line) => {
      writeToStderr(line)
      file?.write(Buffer.from(`${JSON.stringify(line)}\n`))
      queue.add(line)
    },
  })
  return { log, threshold, queue }
}
