import { LogThreshold } from '#schema/log/threshold.ts'
import { logFile as openLogFile } from '#schema/node/log-file.ts'
import { writeToStderr } from '#schema/node/stderr.ts'
import { LogQueue } from '../agent/log-queue.ts'
import type { WorkerConfig } from '../config.ts'
import { createLog, type Log } from './log.ts'

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
  const writeToFile = logFile === null ? undefined : openLogFile(logFile)
  const log = createLog({
    threshold,
    write: (line) => {
      writeToStderr(line)
      writeToFile?.(line)
      queue.add(line)
    },
  })
  return { log, threshold, queue }
}
